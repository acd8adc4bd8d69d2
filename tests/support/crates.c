/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/crates.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include "base/fs_write.h"
#include "base/memory.h"
#include "rust/ar.h"
#include "rust/crate_file.h"
#include "rust/elf.h"
#include "rust/hollow.h"
#include "support/test.h"

/* rustc's header of a version whose metadata needs no mark at its end. */
static const char header[] = "rust\0\0\0\5";

static void add_metadata(const char *text, struct buf *metadata)
{
    buf_add(metadata, header, sizeof(header) - 1);
    buf_add_str(metadata, text);
    buf_add_char(metadata, '\n');
}

static void write_bytes(const char *path, const struct buf *bytes)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_write_file(path, bytes->data, bytes->len, &err), &err);
}

void test_write_metadata(const char *path, const char *text)
{
    auto_buf metadata = BUF_INIT;

    add_metadata(text, &metadata);
    write_bytes(path, &metadata);
}

void test_write_hollow_rlib(const char *path, const char *text)
{
    auto_error err = ERROR_INIT;
    auto_free char *metadata = xasprintf("%s.rmeta", path);

    test_write_metadata(metadata, text);
    assert_success(hollow_write(metadata, path, &err), &err);
    assert_int_equal(unlink(metadata), 0);
}

static void add_elf(const struct elf_section *sections, size_t count, struct buf *object)
{
    static const struct elf_target target = ELF_TARGET_X86_64;

    elf_write(&target, sections, count, object);
}

static void add_object(const char *text, struct buf *object)
{
    struct elf_section code = {.name = ".text",
                               .type = SHT_PROGBITS,
                               .flags = SHF_ALLOC,
                               .align = 1,
                               .data = (const unsigned char *)text,
                               .len = strlen(text)};

    add_elf(&code, 1, object);
}

void test_write_rlib(const char *path, const char *text)
{
    auto_ar ar = AR_INIT;
    auto_buf metadata = BUF_INIT;
    auto_buf object = BUF_INIT;
    auto_error err = ERROR_INIT;

    add_metadata(text, &metadata);
    add_object(text, &object);
    ar_add_member(&ar, "lib.rmeta", metadata.data, metadata.len);
    ar_add_member(&ar, "crate.rcgu.o", object.data, object.len);
    ar_add_member(&ar, "libbundled.a", text, strlen(text));
    assert_success(ar_write(&ar, path, &err), &err);
}

void test_write_link_rlib(const char *path, const char *text)
{
    auto_error err = ERROR_INIT;

    test_write_rlib(path, text);
    assert_success(link_rlib_write(path, path, &err), &err);
}

static void add_string(const char *string, struct buf *lists)
{
    buf_add_char(lists, (char)strlen(string));
    buf_add_str(lists, string);
    buf_add_char(lists, (char)0xc1);
}

static void add_bundled(const char *const *bundled, struct buf *lists)
{
    char count = 0;

    while (bundled[(size_t)count])
        count++;
    buf_add_char(lists, count);
    for (; *bundled; bundled++) {
        buf_add_char(lists, **bundled ? 1 : 0);
        if (**bundled)
            add_string(*bundled, lists);
    }
}

void test_rmeta_link(const char *const *bundled, struct buf *member)
{
    auto_buf lists = BUF_INIT;

    buf_add_char(&lists, 1);
    add_string("a.o", &lists);
    if (bundled)
        add_bundled(bundled, &lists);
    buf_add_str(&lists, "rust-end-file");
    struct elf_section section = {.name = ".rmeta-link",
                                  .type = SHT_PROGBITS,
                                  .align = 1,
                                  .data = (const unsigned char *)lists.data,
                                  .len = lists.len};
    add_elf(&section, 1, member);
}

static void write_dylib(const char *path, const char *text, size_t count)
{
    auto_buf metadata = BUF_INIT;
    auto_buf object = BUF_INIT;

    add_metadata(text, &metadata);
    struct elf_section sections[] = {
        {.name = DYLIB_SECTION,
         .type = SHT_PROGBITS,
         .align = 1,
         .data = (const unsigned char *)metadata.data,
         .len = metadata.len},
        {.name = ".dynamic", .type = SHT_DYNAMIC, .align = 1},
    };
    add_elf(sections, count, &object);
    write_bytes(path, &object);
}

void test_write_dylib(const char *path, const char *text)
{
    write_dylib(path, text, 2);
}

void test_write_hollow_dylib(const char *path, const char *text)
{
    write_dylib(path, text, 1);
}

struct digest test_digest(const char *text)
{
    auto_buf metadata = BUF_INIT;
    struct digest digest;

    add_metadata(text, &metadata);
    digest_of(metadata.data, metadata.len, &digest);
    return digest;
}
