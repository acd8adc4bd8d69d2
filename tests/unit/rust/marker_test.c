/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/marker.h"

#include <elf.h>
#include <string.h>

#include "base/memory.h"
#include "rust/elf.h"
#include "support/test.h"

#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* An object with TEXT in the section .cleave. */
static void write_object(const char *text, size_t len, struct buf *buf)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    struct elf_section section = {
        .name = ".cleave", .type = SHT_PROGBITS, .data = (const unsigned char *)text, .len = len};

    elf_write(&target, &section, 1, buf);
}

static int read_back(const struct buf *bytes, struct marker *ret_marker, struct error *err)
{
    return marker_read((const unsigned char *)bytes->data, bytes->len, ret_marker, err);
}

static void find_section(const struct buf *object, const char *name, struct elf *ret_elf,
                         struct elf_section *ret_section)
{
    auto_error err = ERROR_INIT;

    assert_success(elf_open(object->data, object->len, ret_elf, &err), &err);
    assert_success(elf_find_name(ret_elf, name, ret_section, &err), &err);
}

static void marker_reads_what_it_writes(void **state)
{
    char member[] = "libnat.a";
    char path[] = "lib/rustlib/x/lib/liba b.rlib";
    struct marker markers[] = {
        {.kind = MARKER_CRATE},
        {.kind = MARKER_BUNDLED, .name = member},
        {.kind = MARKER_SYSROOT, .name = path},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(markers) / sizeof(*markers); i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        auto_marker read = MARKER_INIT;
        if (markers[i].kind != MARKER_SYSROOT)
            digest_of("abc", 3, &markers[i].digest);
        marker_write(&markers[i], &bytes);
        assert_success(read_back(&bytes, &read, &err), &err);
        assert_int_equal(read.kind, markers[i].kind);
        assert_true(digest_equal(&read.digest, &markers[i].digest));
        if (markers[i].name)
            assert_string_equal(read.name, markers[i].name);
        else
            assert_null(read.name);
    }
}

static void marker_is_one_line_in_a_section_that_no_linker_keeps(void **state)
{
    struct marker marker = {.kind = MARKER_CRATE};
    auto_buf bytes = BUF_INIT;
    struct elf elf;
    struct elf_section section;

    (void)state;
    digest_of("abc", 3, &marker.digest);
    marker_write(&marker, &bytes);
    find_section(&bytes, ".cleave", &elf, &section);
    assert_int_equal(section.flags, SHF_EXCLUDE);
    assert_int_equal(section.len, strlen("crate sha256:" HEX "\n"));
    assert_memory_equal(section.data, "crate sha256:" HEX "\n", section.len);
}

static void marker_is_like_the_object_it_stands_for(void **state)
{
    static const struct elf_target target = {
        .is_big = true, .machine = EM_MIPS, .flags = 0x70001007, .os_abi = ELFOSABI_FREEBSD};
    const struct elf_section notes[] = {
        {.name = ".text", .type = SHT_PROGBITS, .flags = SHF_ALLOC},
        {.name = ".note.GNU-stack", .type = SHT_PROGBITS, .align = 1},
        {.name = ".note.gnu.property",
         .type = SHT_NOTE,
         .align = 8,
         .data = (const unsigned char *)"property",
         .len = 8},
    };
    struct marker marker = {.kind = MARKER_CRATE};
    auto_buf like = BUF_INIT;
    auto_buf bytes = BUF_INIT;
    struct elf elf;
    struct elf_section section;

    (void)state;
    elf_write(&target, notes, 3, &like);
    assert_int_equal(marker_write_like(&marker, (const unsigned char *)like.data, like.len, &bytes),
                     0);
    find_section(&bytes, ".note.gnu.property", &elf, &section);
    assert_false(elf.target.is_64);
    assert_true(elf.target.is_big);
    assert_int_equal(elf.target.machine, EM_MIPS);
    assert_int_equal(elf.target.flags, 0x70001007);
    assert_int_equal(elf.target.os_abi, ELFOSABI_FREEBSD);
    assert_int_equal(section.type, SHT_NOTE);
    assert_memory_equal(section.data, "property", 8);
    find_section(&bytes, ".note.GNU-stack", &elf, &section);
    find_section(&bytes, ".cleave", &elf, &section);
    assert_int_equal(elf.section_count, 5);
}

static void marker_is_not_written_like_something_that_is_no_elf(void **state)
{
    struct marker marker = {.kind = MARKER_CRATE};
    auto_buf bytes = BUF_INIT;

    (void)state;
    assert_int_equal(marker_write_like(&marker, (const unsigned char *)"\0asm", 4, &bytes), 1);
    assert_int_equal(marker_write_like(&marker, (const unsigned char *)"\177ELF", 4, &bytes), 1);
    assert_int_equal(bytes.len, 0);
}

static void marker_takes_no_note_that_asks_for_much_padding(void **state)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    struct elf_section note = {.name = ".note.gnu.property", .type = SHT_NOTE, .align = 4096};
    struct marker marker = {.kind = MARKER_CRATE};
    auto_buf like = BUF_INIT;
    auto_buf bytes = BUF_INIT;

    (void)state;
    elf_write(&target, &note, 1, &like);
    assert_int_equal(marker_write_like(&marker, (const unsigned char *)like.data, like.len, &bytes),
                     1);
    assert_int_equal(bytes.len, 0);
}

static void marker_read_says_when_bytes_are_no_marker(void **state)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct marker marker = MARKER_INIT;

    (void)state;
    assert_int_equal(marker_read((const unsigned char *)"text", 4, &marker, &err), 1);
    elf_write(&target, NULL, 0, &bytes);
    assert_int_equal(read_back(&bytes, &marker, &err), 1);
}

static void marker_refuses_text_that_is_none_of_its_own(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
#define CASE(text) {text, sizeof(text) - 1}
        CASE(""),
        CASE("crate sha256:" HEX),
        CASE("crate sha256:" HEX " x\n"),
        CASE("crate sha256:" HEX "\n\n"),
        CASE("crate sha256:abcd\n"),
        CASE("crate md5:" HEX "\n"),
        CASE("crates sha256:" HEX "\n"),
        CASE("bundled sha256:" HEX "\n"),
        CASE("bundled sha256:" HEX " \n"),
        CASE("bundled sha256:" HEX " a/b\n"),
        CASE("bundled sha256:" HEX " a\0b\n"),
        CASE("sysroot\n"),
        CASE("sysroot /lib/x.rlib\n"),
        CASE("sysroot lib/../../x.rlib\n"),
        CASE("other\n"),
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        struct marker marker = MARKER_INIT;
        write_object(cases[i].text, cases[i].len, &bytes);
        assert_int_equal(read_back(&bytes, &marker, &err), -1);
        assert_error(&err, ERROR_REFUSED,
                     "a marker whose text isn't one of cleave's: is it from a newer cleave?");
        assert_null(marker.name);
    }
}

static void marker_refuses_an_object_cut_off(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct marker marker = MARKER_INIT;

    (void)state;
    write_object("other\n", 6, &bytes);
    buf_set_len(&bytes, bytes.len - 1);
    assert_int_equal(read_back(&bytes, &marker, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "the ELF file is cut off or broken: its section table lies outside of it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marker_reads_what_it_writes),
        cmocka_unit_test(marker_is_one_line_in_a_section_that_no_linker_keeps),
        cmocka_unit_test(marker_is_like_the_object_it_stands_for),
        cmocka_unit_test(marker_is_not_written_like_something_that_is_no_elf),
        cmocka_unit_test(marker_takes_no_note_that_asks_for_much_padding),
        cmocka_unit_test(marker_read_says_when_bytes_are_no_marker),
        cmocka_unit_test(marker_refuses_text_that_is_none_of_its_own),
        cmocka_unit_test(marker_refuses_an_object_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
