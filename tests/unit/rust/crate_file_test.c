/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/crate_file.h"

#include <elf.h>
#include <string.h>

#include "base/memory.h"
#include "rust/ar.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "rust/marker.h"
#include "support/test.h"

#define VERSION "rustc 1.95.0 (59807616e 2026-04-14)"
#define NEW_METADATA "rust\0\0\0\12........\43" VERSION "\xc1 and on rust-end-file"
#define OLD_METADATA "rust\0\0\0\6....\14rustc 1.63.0\xc1 and on"
#define DYLIB_METADATA "rust\0\0\0\12........" NEW_METADATA

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

static const struct elf_target target = ELF_TARGET_X86_64;

static void write_elf(const char *name, uint64_t flags, const unsigned char *data, size_t len,
                      struct buf *buf)
{
    struct elf_section section = {
        .name = name, .type = SHT_PROGBITS, .flags = flags, .data = data, .len = len};

    elf_write(&target, &section, 1, buf);
}

/* The marker of the crate whose metadata is "abc". */
static void write_marker(struct buf *buf)
{
    struct marker marker = {.kind = MARKER_CRATE};

    digest_of("abc", 3, &marker.digest);
    marker_write(&marker, buf);
}

/* An archive; each argument may be NULL for a member that it lacks. */
static void write_archive(const struct buf *metadata, const struct buf *marker, const char *object,
                          struct buf *buf)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;

    if (metadata)
        ar_add_member(&ar, METADATA_MEMBER, metadata->data, metadata->len);
    if (marker)
        ar_add_member(&ar, MARKER_MEMBER, marker->data, marker->len);
    if (object)
        ar_add_member(&ar, "x.o", object, strlen(object));
    assert_success(ar_write_buf(&ar, buf, &err), &err);
}

static void parse(const struct buf *bytes, struct crate_file *ret_file)
{
    auto_error err = ERROR_INIT;

    assert_success(crate_file_parse(bytes->data, bytes->len, ret_file, &err), &err);
}

static void assert_refused(const struct buf *bytes, const char *text)
{
    auto_error err = ERROR_INIT;
    struct crate_file file = CRATE_FILE_INIT;

    assert_int_equal(crate_file_parse(bytes->data, bytes->len, &file, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
    assert_null(file.metadata);
}

static void assert_version(const struct crate_file *file, const char *expected)
{
    auto_error err = ERROR_INIT;
    auto_free char *version = NULL;

    assert_success(crate_file_rustc_version(file, &version, &err), &err);
    assert_string_equal(version, expected);
}

static void assert_digest_of(const struct crate_file *file, const void *data, size_t len)
{
    struct digest digest, expected;

    crate_file_digest(file, &digest);
    digest_of(data, len, &expected);
    assert_true(digest_equal(&digest, &expected));
}

static void crate_file_knows_metadata(void **state)
{
    auto_buf bytes = BUF_INIT;
    struct crate_file file = CRATE_FILE_INIT;

    (void)state;
    buf_add(&bytes, BYTES(NEW_METADATA));
    parse(&bytes, &file);
    assert_int_equal(file.kind, CRATE_METADATA);
    assert_false(file.has_marker);
    assert_digest_of(&file, BYTES(NEW_METADATA));
    assert_version(&file, VERSION);
}

static void crate_file_knows_old_metadata(void **state)
{
    auto_buf bytes = BUF_INIT;
    struct crate_file file = CRATE_FILE_INIT;

    (void)state;
    buf_add(&bytes, BYTES(OLD_METADATA));
    parse(&bytes, &file);
    assert_int_equal(file.kind, CRATE_METADATA);
    assert_version(&file, "rustc 1.63.0");
}

static void crate_file_knows_a_rlib_with_raw_and_with_wrapped_metadata(void **state)
{
    auto_buf raw = BUF_INIT;
    auto_buf wrapped = BUF_INIT;

    (void)state;
    buf_add(&raw, BYTES(NEW_METADATA));
    write_elf(".rmeta", SHF_EXCLUDE, BYTES(NEW_METADATA), &wrapped);
    for (int i = 0; i < 2; i++) {
        auto_buf bytes = BUF_INIT;
        struct crate_file file = CRATE_FILE_INIT;
        write_archive(i ? &wrapped : &raw, NULL, "object", &bytes);
        parse(&bytes, &file);
        assert_int_equal(file.kind, CRATE_RLIB);
        assert_int_equal(file.metadata_len, sizeof(NEW_METADATA) - 1);
        assert_digest_of(&file, BYTES(NEW_METADATA));
        assert_version(&file, VERSION);
    }
}

static void crate_file_knows_a_hollow_rlib_and_trusts_its_marker(void **state)
{
    auto_buf metadata = BUF_INIT;
    auto_buf marker = BUF_INIT;
    auto_buf bytes = BUF_INIT;
    struct crate_file file = CRATE_FILE_INIT;

    (void)state;
    buf_add(&metadata, BYTES(NEW_METADATA));
    write_marker(&marker);
    write_archive(&metadata, &marker, NULL, &bytes);
    parse(&bytes, &file);
    assert_int_equal(file.kind, CRATE_HOLLOW_RLIB);
    assert_true(file.has_marker);
    assert_digest_of(&file, "abc", 3);
}

static void crate_file_knows_a_link_rlib(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf marker = BUF_INIT;
    auto_buf bytes = BUF_INIT;
    struct crate_file file = CRATE_FILE_INIT;
    char *version = NULL;

    (void)state;
    write_marker(&marker);
    write_archive(NULL, &marker, "object", &bytes);
    parse(&bytes, &file);
    assert_int_equal(file.kind, CRATE_LINK_RLIB);
    assert_null(file.metadata);
    assert_digest_of(&file, "abc", 3);
    assert_int_equal(crate_file_rustc_version(&file, &version, &err), -1);
    assert_error(&err, ERROR_REFUSED, "a link rlib doesn't say which rustc made it");
}

static void crate_file_tells_dylibs_by_whether_they_can_be_loaded(void **state)
{
    const struct elf_section sections[] = {
        {.name = DYLIB_SECTION,
         .type = SHT_PROGBITS,
         .data = (const unsigned char *)DYLIB_METADATA,
         .len = sizeof(DYLIB_METADATA) - 1},
        {.name = ".dynamic", .type = SHT_DYNAMIC},
    };

    (void)state;
    for (size_t count = 1; count <= 2; count++) {
        auto_buf bytes = BUF_INIT;
        struct crate_file file = CRATE_FILE_INIT;
        elf_write(&target, sections, count, &bytes);
        parse(&bytes, &file);
        assert_int_equal(file.kind, count == 1 ? CRATE_HOLLOW_DYLIB : CRATE_DYLIB);
        assert_digest_of(&file, BYTES(DYLIB_METADATA));
        assert_version(&file, VERSION);
    }
}

static void crate_file_names_every_kind(void **state)
{
    static const char *const names[] = {"metadata",  "rlib",  "hollow rlib",
                                        "link rlib", "dylib", "hollow dylib"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_string_equal(crate_file_kind_name((enum crate_file_kind)i), names[i]);
}

static void crate_file_refuses_metadata_cut_off(void **state)
{
    auto_buf metadata = BUF_INIT;
    auto_buf bytes = BUF_INIT;

    (void)state;
    buf_add(&metadata, BYTES(NEW_METADATA));
    buf_set_len(&metadata, metadata.len - 1);
    assert_refused(&metadata, "the crate's metadata is cut off");
    buf_set_len(&metadata, 9);
    assert_refused(&metadata, "the crate's metadata is cut off");
    write_archive(&metadata, NULL, NULL, &bytes);
    assert_refused(&bytes, "the crate's metadata is cut off");
}

static void crate_file_refuses_foreign_bytes(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"", "neither a rlib nor a dylib nor metadata that rustc made"},
        {"rust", "neither a rlib nor a dylib nor metadata that rustc made"},
        {"#!/bin/sh\n", "neither a rlib nor a dylib nor metadata that rustc made"},
        {"!<arch>\n", "an archive without lib.rmeta and without a marker: no crate"},
        {"!<arch>\nlib.rmeta", "the archive is cut off at byte 17, in a header"},
        {"!<thin>\n", "a thin archive, whose members lie elsewhere: make it without ar's T"},
        {"\177ELF", "the ELF file is cut off or broken: its header ends early"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_buf bytes = BUF_INIT;
        buf_add_str(&bytes, cases[i].bytes);
        assert_refused(&bytes, cases[i].text);
    }
}

static void crate_file_refuses_an_elf_file_that_is_no_dylib(void **state)
{
    auto_buf other = BUF_INIT;
    auto_buf broken = BUF_INIT;
    auto_buf compressed = BUF_INIT;

    (void)state;
    write_elf(".text", 0, BYTES("code"), &other);
    assert_refused(&other, "an ELF file without a section .rustc: no dylib of a crate");
    write_elf(DYLIB_SECTION, 0, BYTES("other bytes"), &broken);
    assert_refused(&broken, "its section .rustc holds no metadata that cleave knows");
    write_elf(DYLIB_SECTION, SHF_COMPRESSED, BYTES(DYLIB_METADATA), &compressed);
    assert_refused(&compressed, "its section .rustc holds no metadata that cleave knows");
}

static void crate_file_refuses_broken_members(void **state)
{
    static const struct {
        const char *metadata, *marker, *text;
    } cases[] = {
        {"text", NULL, "its member lib.rmeta holds no metadata that cleave knows"},
        {"\177ELF", NULL,
         "its member lib.rmeta: the ELF file is cut off or broken: its header ends early"},
        {NULL, "text", "its member cleave.marker.o is no marker"},
        {NULL, "\177ELF",
         "its member cleave.marker.o: the ELF file is cut off or broken: its header ends early"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_buf metadata = BUF_INIT;
        auto_buf marker = BUF_INIT;
        auto_buf bytes = BUF_INIT;
        buf_add_str(&metadata, cases[i].metadata ? cases[i].metadata : "");
        buf_add_str(&marker, cases[i].marker ? cases[i].marker : "");
        write_archive(cases[i].metadata ? &metadata : NULL, cases[i].marker ? &marker : NULL, "x",
                      &bytes);
        assert_refused(&bytes, cases[i].text);
    }
}

static void crate_file_refuses_a_static_library_with_markers(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf marker = BUF_INIT;
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_marker(&marker);
    ar_add_member(&ar, MARKER_MEMBER, marker.data, marker.len);
    ar_add_member(&ar, MARKER_MEMBER, marker.data, marker.len);
    assert_success(ar_write_buf(&ar, &bytes, &err), &err);
    assert_refused(&bytes, "its markers stand for other crates: a static library that isn't "
                           "assembled, no crate");
}

static void crate_file_refuses_metadata_without_a_version(void **state)
{
    static const struct {
        const unsigned char *data;
        size_t len;
    } cases[] = {
        {BYTES("rust\0\0\0\6. ")},
        {BYTES("rust\0\0\0\6....\14rustc 1.63.0")},
        {BYTES("rust\0\0\0\6....\14rustc 1.63.0 ")},
        {BYTES("rust\0\0\0\6....\14clang 1.63.0\xc1")},
        {BYTES("rust\0\0\0\6....\14rustc\0 .63.0\xc1")},
        {BYTES("rust\0\0\0\6....\5rustc\xc1")},
        {BYTES("rust\0\0\0\6....\377rustc 1.63.0\xc1")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_error err = ERROR_INIT;
        struct crate_file file = CRATE_FILE_INIT;
        char *version = NULL;
        assert_success(crate_file_parse(cases[i].data, cases[i].len, &file, &err), &err);
        assert_int_equal(crate_file_rustc_version(&file, &version, &err), -1);
        assert_error(&err, ERROR_REFUSED, "the metadata doesn't say which rustc made it");
        assert_null(version);
    }
}

static void crate_file_open_names_the_file(void **state)
{
    auto_error err = ERROR_INIT;
    struct crate_file file = CRATE_FILE_INIT;

    (void)state;
    assert_int_equal(crate_file_open("none.rlib", &file, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open none.rlib: No such file or directory");
    test_write("text.rlib", "text");
    assert_int_equal(crate_file_open("text.rlib", &file, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "text.rlib: neither a rlib nor a dylib nor metadata that rustc made");
    assert_int_equal(crate_file_open(".", &file, &err), -1);
    assert_error(&err, ERROR_REFUSED, ". is not a regular file");
}

static void open_crate(const char *path, struct crate_file *ret_file)
{
    auto_error err = ERROR_INIT;

    assert_success(crate_file_open(path, ret_file, &err), &err);
}

/* The first line of what the program prints. */
static char *first_line(const char *const *argv)
{
    auto_buf output = BUF_INIT;

    test_output(argv, &output);
    return xstrndup(output.data, strcspn(output.data, "\n"));
}

static void crate_file_reads_what_rustc_writes(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    test_write("a.rs", "pub fn answer() -> u32 { 42 }\n");
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        const char *const ask[] = {*rustc, "--version", NULL};
        auto_free char *version = first_line(ask);
        auto_crate_file metadata = CRATE_FILE_INIT;
        auto_crate_file rlib = CRATE_FILE_INIT;
        auto_crate_file dylib = CRATE_FILE_INIT;
        struct digest of_rlib;
        struct digest of_dylib;
        test_run(*rustc, "--crate-type=rlib,dylib", "--emit=metadata,link", "-Cprefer-dynamic",
                 "a.rs", NULL);
        open_crate("liba.rmeta", &metadata);
        open_crate("liba.rlib", &rlib);
        open_crate("liba.so", &dylib);
        assert_int_equal(metadata.kind, CRATE_METADATA);
        assert_int_equal(rlib.kind, CRATE_RLIB);
        assert_int_equal(dylib.kind, CRATE_DYLIB);
        assert_digest_of(&rlib, metadata.metadata, metadata.metadata_len);
        crate_file_digest(&rlib, &of_rlib);
        assert_int_equal(crate_file_rlib_digest(&dylib, &of_dylib), 0);
        assert_true(digest_equal(&of_dylib, &of_rlib));
        assert_int_equal(crate_file_rlib_digest(&rlib, &of_rlib), 1);
        assert_version(&metadata, version);
        assert_version(&rlib, version);
        assert_version(&dylib, version);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crate_file_knows_metadata),
        cmocka_unit_test(crate_file_knows_old_metadata),
        cmocka_unit_test(crate_file_knows_a_rlib_with_raw_and_with_wrapped_metadata),
        cmocka_unit_test(crate_file_knows_a_hollow_rlib_and_trusts_its_marker),
        cmocka_unit_test(crate_file_knows_a_link_rlib),
        cmocka_unit_test(crate_file_tells_dylibs_by_whether_they_can_be_loaded),
        cmocka_unit_test(crate_file_names_every_kind),
        cmocka_unit_test(crate_file_refuses_metadata_cut_off),
        cmocka_unit_test(crate_file_refuses_foreign_bytes),
        cmocka_unit_test(crate_file_refuses_an_elf_file_that_is_no_dylib),
        cmocka_unit_test(crate_file_refuses_broken_members),
        cmocka_unit_test(crate_file_refuses_a_static_library_with_markers),
        cmocka_unit_test(crate_file_refuses_metadata_without_a_version),
        file_test(crate_file_open_names_the_file),
        file_test(crate_file_reads_what_rustc_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
