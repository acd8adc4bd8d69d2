/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/object.h"

#include <elf.h>
#include <string.h>

#include "rust/elf.h"
#include "support/test.h"

static void add_le(struct buf *buf, size_t width, uint32_t value)
{
    for (size_t i = 0; i < width; i++)
        buf_add_char(buf, (char)(value >> (8 * i)));
}

static void add_coff_section(struct buf *buf, const char *name, uint32_t len, uint32_t at)
{
    buf_addf(buf, "%s", name);
    buf_add_zeros(buf, 8 - strlen(name) + 8);
    add_le(buf, 4, len);
    add_le(buf, 4, at);
    buf_add_zeros(buf, 16);
}

/* x86-64 COFF with the sections .rmeta ("meta") and, by the string table, .bundled_lib ("lib"). */
static void write_coff(struct buf *buf)
{
    add_le(buf, 2, 0x8664);
    add_le(buf, 2, 2);
    buf_add_zeros(buf, 4);
    add_le(buf, 4, 100 + 7);
    buf_add_zeros(buf, 8);
    add_coff_section(buf, ".rmeta", 4, 100);
    add_coff_section(buf, "/4", 3, 104);
    buf_add_str(buf, "metalib");
    add_le(buf, 4, 17);
    buf_add(buf, ".bundled_lib", 13);
}

static void write_wasm(struct buf *buf)
{
    static const char bytes[] = "\0asm\1\0\0\0"
                                "\1\1\x7f"          /* a section of another kind */
                                "\0\x9\7linking\2"  /* custom, with one byte */
                                "\0\xb\6.rmetameta" /* custom, with "meta" */
                                "\0\x10\14.bundled_liblib";

    buf_add(buf, bytes, sizeof(bytes) - 1);
}

static void write_elf(struct buf *buf)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    const struct elf_section sections[] = {
        {.name = ".rmeta", .type = SHT_PROGBITS, .data = (const unsigned char *)"meta", .len = 4},
        {.name = ".bundled_lib",
         .type = SHT_PROGBITS,
         .data = (const unsigned char *)"lib",
         .len = 3},
    };

    elf_write(&target, sections, 2, buf);
}

static void (*const writers[])(struct buf *) = {write_coff, write_wasm, write_elf};

#define WRITER_COUNT (sizeof(writers) / sizeof(*writers))

static int find(const struct buf *bytes, const char *name, struct buf *found, struct error *err)
{
    const unsigned char *data = NULL;
    size_t len = 0;
    int status =
        object_section((const unsigned char *)bytes->data, bytes->len, name, &data, &len, err);

    buf_reset(found);
    if (status == 0)
        buf_add(found, data, len);
    return status;
}

static void object_section_reads_coff_wasm_and_elf(void **state)
{
    (void)state;
    for (size_t i = 0; i < WRITER_COUNT; i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        auto_buf found = BUF_INIT;
        writers[i](&bytes);
        assert_success(find(&bytes, ".rmeta", &found, &err), &err);
        assert_buf(&found, "meta");
        assert_success(find(&bytes, ".bundled_lib", &found, &err), &err);
        assert_buf(&found, "lib");
        assert_int_equal(find(&bytes, ".other", &found, &err), 1);
        assert_int_equal(find(&bytes, ".another_one", &found, &err), 1);
    }
}

static void object_section_says_when_bytes_are_no_object(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_buf found = BUF_INIT;

    (void)state;
    assert_int_equal(find(&bytes, ".rmeta", &found, &err), 1);
    buf_add_str(&bytes, "rust and more than a COFF header's length");
    assert_int_equal(find(&bytes, ".rmeta", &found, &err), 1);
}

static void object_section_refuses_coff_cut_off(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_buf found = BUF_INIT;

    (void)state;
    write_coff(&bytes);
    buf_set_len(&bytes, 102);
    assert_int_equal(find(&bytes, ".rmeta", &found, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the COFF object is cut off in its section .rmeta");
    buf_set_len(&bytes, 99);
    assert_int_equal(find(&bytes, ".rmeta", &found, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the COFF object is cut off in its section table");
}

static void object_section_refuses_wasm_cut_off_in_a_section(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_buf found = BUF_INIT;

    (void)state;
    write_wasm(&bytes);
    size_t whole = bytes.len;
    for (size_t len = whole - 1; len > whole - 16; len--) {
        buf_set_len(&bytes, len);
        assert_int_equal(find(&bytes, ".bundled_lib", &found, &err), -1);
        assert_error(&err, ERROR_REFUSED, "the WebAssembly object is cut off");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(object_section_reads_coff_wasm_and_elf),
        cmocka_unit_test(object_section_says_when_bytes_are_no_object),
        cmocka_unit_test(object_section_refuses_coff_cut_off),
        cmocka_unit_test(object_section_refuses_wasm_cut_off_in_a_section),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
