/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/hollow.h"

#include <elf.h>
#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "rust/ar.h"
#include "rust/crate_file.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "rust/marker.h"
#include "support/crates.h"
#include "support/test.h"

#define METADATA "rust\0\0\0\12........ and on rust-end-file"
#define METADATA_LEN (sizeof(METADATA) - 1)

static const struct elf_target target = {.is_64 = true, .machine = EM_AARCH64};

static void write_elf(const char *name, const void *data, size_t len, struct buf *buf)
{
    struct elf_section sections[] = {
        {.name = ".note.gnu.property", .type = SHT_NOTE, .align = 8, .data = data, .len = 4},
        {.name = name, .type = SHT_PROGBITS, .flags = SHF_EXCLUDE, .data = data, .len = len},
    };

    elf_write(&target, sections, 2, buf);
}

static void write_file(const char *path, const struct buf *bytes)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_write_file(path, bytes->data, bytes->len, &err), &err);
}

/*
 * A rlib with a bundled library, and the crate's .rmeta file. NAMED is what lib.rmeta-link has of
 * such libraries, NULL as in rustc 1.97.
 */
static void write_crate_with(const char *const *named)
{
    auto_error err = ERROR_INIT;
    auto_buf metadata = BUF_INIT;
    auto_buf rmeta_link = BUF_INIT;
    auto_buf bundled = BUF_INIT;
    auto_ar ar = AR_INIT;

    write_elf(".rmeta", METADATA, METADATA_LEN, &metadata);
    write_elf(BUNDLED_SECTION, "!<arch>\n", 8, &bundled);
    ar_add_member(&ar, METADATA_MEMBER, metadata.data, metadata.len);
    test_rmeta_link(named, &rmeta_link);
    ar_add_member(&ar, METADATA_LINK_MEMBER, rmeta_link.data, rmeta_link.len);
    ar_add_member(&ar, "a.a.0123456789abcdef-cgu.0.rcgu.o", "code", 4);
    ar_add_symbol(&ar, "answer");
    ar_add_member(&ar, "libnat.a", bundled.data, bundled.len);
    assert_success(ar_write(&ar, "liba.rlib", &err), &err);
    assert_success(fs_write_file("liba.rmeta", METADATA, METADATA_LEN, &err), &err);
}

static void write_crate(void)
{
    write_crate_with(NULL);
}

static void open_crate(const char *path, struct crate_file *crate, struct ar *ar)
{
    auto_error err = ERROR_INIT;

    assert_success(crate_file_open(path, crate, &err), &err);
    assert_success(ar_parse(crate->mapping.data, crate->mapping.len, ar, &err), &err);
}

static void hollow(const char *in, const char *out)
{
    auto_error err = ERROR_INIT;

    assert_success(hollow_write(in, out, &err), &err);
}

static void assert_same_files(const char *a, const char *b)
{
    auto_error err = ERROR_INIT;
    auto_mapping x = MAPPING_INIT;
    auto_mapping y = MAPPING_INIT;

    assert_success(mapping_open(a, &x, &err), &err);
    assert_success(mapping_open(b, &y, &err), &err);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
}

static void assert_digest_of_metadata(const struct crate_file *crate)
{
    struct digest digest, expected;

    crate_file_digest(crate, &digest);
    digest_of(METADATA, METADATA_LEN, &expected);
    assert_true(crate->has_marker);
    assert_true(digest_equal(&digest, &expected));
}

static void hollow_of_metadata_has_it_and_a_marker(void **state)
{
    auto_crate_file crate = CRATE_FILE_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_crate();
    hollow("liba.rmeta", "hollow.rlib");
    open_crate("hollow.rlib", &crate, &ar);
    assert_int_equal(crate.kind, CRATE_HOLLOW_RLIB);
    assert_digest_of_metadata(&crate);
    assert_int_equal(ar.member_count, 2);
    assert_string_equal(ar.members[0].name, METADATA_MEMBER);
    assert_int_equal(ar.members[0].len, METADATA_LEN);
    assert_memory_equal(ar.members[0].data, METADATA, METADATA_LEN);
    assert_string_equal(ar.members[1].name, MARKER_MEMBER);
}

static void hollow_of_a_rlib_has_stand_ins_for_bundled_libraries(void **state)
{
    auto_error err = ERROR_INIT;
    auto_crate_file crate = CRATE_FILE_INIT;
    auto_ar ar = AR_INIT;
    auto_ar library = AR_INIT;
    auto_marker marker = MARKER_INIT;
    const unsigned char *data;
    struct digest expected;
    size_t len;

    (void)state;
    write_crate();
    hollow("liba.rlib", "hollow.rlib");
    open_crate("hollow.rlib", &crate, &ar);
    assert_int_equal(ar.member_count, 3);
    assert_success(crate_bundled_library(&ar, "libnat.a", &data, &len, &err), &err);
    assert_success(ar_parse(data, len, &library, &err), &err);
    assert_int_equal(library.member_count, 1);
    assert_string_equal(library.members[0].name, MARKER_MEMBER);
    assert_success(marker_read(library.members[0].data, library.members[0].len, &marker, &err),
                   &err);
    digest_of(METADATA, METADATA_LEN, &expected);
    assert_int_equal(marker.kind, MARKER_BUNDLED);
    assert_string_equal(marker.name, "libnat.a");
    assert_true(digest_equal(&marker.digest, &expected));
}

static void hollow_has_the_member_that_names_bundled_libraries(void **state)
{
    static const char *const named[] = {"", "libnat.a", NULL};
    static const char *const members[] = {METADATA_MEMBER, METADATA_LINK_MEMBER, MARKER_MEMBER,
                                          "libnat.a"};
    auto_buf rmeta_link = BUF_INIT;
    auto_crate_file crate = CRATE_FILE_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_crate_with(named);
    hollow("liba.rlib", "hollow.rlib");
    open_crate("hollow.rlib", &crate, &ar);
    assert_int_equal(crate.kind, CRATE_HOLLOW_RLIB);
    assert_int_equal(ar.member_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(ar.members[i].name, members[i]);
    test_rmeta_link(named, &rmeta_link);
    assert_int_equal(ar.members[1].len, rmeta_link.len);
    assert_memory_equal(ar.members[1].data, rmeta_link.data, rmeta_link.len);
}

static void hollow_of_a_hollow_is_the_same(void **state)
{
    static const char *const named[] = {"libnat.a", NULL};

    (void)state;
    write_crate();
    hollow("liba.rlib", "hollow.rlib");
    hollow("hollow.rlib", "again.rlib");
    assert_same_files("hollow.rlib", "again.rlib");
    write_crate_with(named);
    hollow("liba.rlib", "hollow.rlib");
    hollow("hollow.rlib", "again.rlib");
    assert_same_files("hollow.rlib", "again.rlib");
}

static void hollow_refuses_a_rlib_that_names_other_libraries_than_it_has(void **state)
{
    static const char *const named[] = {"libnat.a", "libother.a", NULL};
    auto_error err = ERROR_INIT;

    (void)state;
    write_crate_with(named);
    assert_int_equal(hollow_write("liba.rlib", "out.rlib", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "liba.rlib: its member lib.rmeta-link names the bundled library libother.a, which "
                 "isn't in it in a form that cleave knows");
    assert_false(fs_exists("out.rlib"));
}

static void hollow_of_a_dylib_has_nothing_but_its_section(void **state)
{
    static const char section_bytes[] = "rust\0\0\0\12........" METADATA;
    auto_error err = ERROR_INIT;
    auto_buf object = BUF_INIT;
    auto_mapping mapping = MAPPING_INIT;
    struct elf elf;
    struct elf_section section;

    (void)state;
    write_elf(DYLIB_SECTION, section_bytes, sizeof(section_bytes) - 1, &object);
    write_file("rmeta.o", &object);
    hollow("rmeta.o", "hollow.so");
    hollow("hollow.so", "again.so");
    assert_same_files("hollow.so", "again.so");
    assert_success(mapping_open("hollow.so", &mapping, &err), &err);
    assert_success(elf_open(mapping.data, mapping.len, &elf, &err), &err);
    assert_int_equal(elf.section_count, 3);
    assert_int_equal(elf.target.machine, EM_AARCH64);
    assert_success(elf_find_name(&elf, DYLIB_SECTION, &section, &err), &err);
    assert_int_equal(section.flags, 0);
    assert_int_equal(section.len, sizeof(section_bytes) - 1);
    assert_memory_equal(section.data, section_bytes, section.len);
}

static void link_rlib_has_the_marker_in_the_place_of_the_metadata(void **state)
{
    static const char *const names[] = {MARKER_MEMBER, "a.a.0123456789abcdef-cgu.0.rcgu.o",
                                        "libnat.a"};
    auto_error err = ERROR_INIT;
    auto_crate_file crate = CRATE_FILE_INIT;
    auto_ar ar = AR_INIT;
    struct elf elf;
    struct elf_section note;

    (void)state;
    write_crate();
    assert_success(link_rlib_write("liba.rlib", "link.rlib", &err), &err);
    open_crate("link.rlib", &crate, &ar);
    assert_int_equal(crate.kind, CRATE_LINK_RLIB);
    assert_digest_of_metadata(&crate);
    assert_int_equal(ar.member_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(ar.members[i].name, names[i]);
    assert_int_equal(ar.members[1].symbol_count, 1);
    assert_string_equal(ar.symbols[ar.members[1].first_symbol], "answer");
    assert_success(elf_open(ar.members[0].data, ar.members[0].len, &elf, &err), &err);
    assert_int_equal(elf.target.machine, EM_AARCH64);
    assert_success(elf_find_name(&elf, ".note.gnu.property", &note, &err), &err);
}

static void link_rlib_without_elf_objects_is_a_copy(void **state)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    ar_add_member(&ar, "a.rcgu.o", "\0asm\1\0\0\0", 8);
    ar_add_member(&ar, METADATA_MEMBER, METADATA, METADATA_LEN);
    assert_success(ar_write(&ar, "libw.rlib", &err), &err);
    assert_success(link_rlib_write("libw.rlib", "link.rlib", &err), &err);
    assert_same_files("libw.rlib", "link.rlib");
}

static void link_rlib_takes_the_target_from_an_object_where_metadata_is_raw(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf object = BUF_INIT;
    auto_crate_file crate = CRATE_FILE_INIT;
    auto_ar ar = AR_INIT;
    auto_ar link_rlib = AR_INIT;
    struct elf elf;

    (void)state;
    write_elf(".text", "code", 4, &object);
    ar_add_member(&ar, "a.rcgu.o", object.data, object.len);
    ar_add_member(&ar, METADATA_MEMBER, METADATA, METADATA_LEN);
    assert_success(ar_write(&ar, "libr.rlib", &err), &err);
    assert_success(link_rlib_write("libr.rlib", "link.rlib", &err), &err);
    open_crate("link.rlib", &crate, &link_rlib);
    assert_string_equal(link_rlib.members[1].name, MARKER_MEMBER);
    assert_success(elf_open(link_rlib.members[1].data, link_rlib.members[1].len, &elf, &err), &err);
    assert_int_equal(elf.target.machine, EM_AARCH64);
}

static void hollow_refuses_what_has_no_metadata_and_writes_nothing(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    write_crate();
    assert_success(link_rlib_write("liba.rlib", "link.rlib", &err), &err);
    assert_int_equal(hollow_write("link.rlib", "out.rlib", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "link.rlib is a link rlib, which has no metadata: give the "
                 "rlib that rustc wrote");
    test_write("text", "text");
    assert_int_equal(hollow_write("text", "out.rlib", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "text: neither a rlib nor a dylib nor metadata that rustc made");
    assert_false(fs_exists("out.rlib"));
}

static void link_rlib_is_made_from_real_rlibs_only(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    write_crate();
    hollow("liba.rlib", "hollow.rlib");
    assert_int_equal(link_rlib_write("hollow.rlib", "out.rlib", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "hollow.rlib (hollow rlib): a link rlib is made from the "
                 "rlib that rustc wrote");
    assert_int_equal(link_rlib_write("liba.rmeta", "out.rlib", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "liba.rmeta (metadata): a link rlib is made from the "
                 "rlib that rustc wrote");
    assert_false(fs_exists("out.rlib"));
}

static void rustc_takes_a_hollow_for_each_kind_of_crate(void **state)
{
    static const char *const types[] = {"bin", "cdylib", "dylib"};

    (void)state;
    if (!*test_rustcs())
        skip();
    test_write("a.rs", "pub fn answer<T: Into<u32>>(t: T) -> u32 { t.into() + 40 }\n");
    test_write("b.rs", "pub fn main() { println!(\"{}\", a::answer(2u8)); }\n");
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        auto_error err = ERROR_INIT;
        test_run(*rustc, "--crate-type=rlib", "--emit=metadata,link", "a.rs", NULL);
        hollow("liba.rlib", "hollow.rlib");
        hollow("liba.rmeta", "again.rlib");
        assert_same_files("hollow.rlib", "again.rlib");
        assert_success(fs_remove_all("liba.rmeta", &err), &err);
        assert_success(fs_rename("hollow.rlib", "liba.rlib", &err), &err);
        for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
            test_run(*rustc, "--edition=2021", "--extern=a=liba.rlib", "--crate-type", types[i],
                     "-Clinker=/bin/true", "b.rs", NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(hollow_of_metadata_has_it_and_a_marker),
        file_test(hollow_of_a_rlib_has_stand_ins_for_bundled_libraries),
        file_test(hollow_has_the_member_that_names_bundled_libraries),
        file_test(hollow_of_a_hollow_is_the_same),
        file_test(hollow_of_a_dylib_has_nothing_but_its_section),
        file_test(hollow_refuses_a_rlib_that_names_other_libraries_than_it_has),
        file_test(link_rlib_has_the_marker_in_the_place_of_the_metadata),
        file_test(link_rlib_without_elf_objects_is_a_copy),
        file_test(link_rlib_takes_the_target_from_an_object_where_metadata_is_raw),
        file_test(hollow_refuses_what_has_no_metadata_and_writes_nothing),
        file_test(link_rlib_is_made_from_real_rlibs_only),
        file_test(rustc_takes_a_hollow_for_each_kind_of_crate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
