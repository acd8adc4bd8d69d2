/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/staticlib.h"

#include <elf.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"
#include "rust/ar.h"
#include "rust/crate_file.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "rust/hollow.h"
#include "support/crates.h"
#include "support/test.h"

#define METADATA "rust\0\0\0\12........ and on rust-end-file"
#define METADATA_LEN (sizeof(METADATA) - 1)

/* A member whose bytes and only symbol are its name, and which isn't that of a rlib's metadata. */
static void add_object(struct ar *ar, const char *name)
{
    ar_add_member(ar, name, name, strlen(name));
    ar_add_symbol(ar, name);
}

static void add_objects(struct ar *ar, const char *const *names)
{
    for (; *names; names++)
        add_object(ar, *names);
}

/* A rlib with these objects, and a library that bundles what LIBRARY holds unless it is NULL. */
static void write_rlib(const char *path, const char *const *names, const struct buf *library)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    auto_error err = ERROR_INIT;
    auto_buf wrapped = BUF_INIT;
    auto_buf rmeta_link = BUF_INIT;
    auto_ar ar = AR_INIT;

    test_rmeta_link(NULL, &rmeta_link);
    ar_add_member(&ar, METADATA_MEMBER, METADATA, METADATA_LEN);
    ar_add_member(&ar, METADATA_LINK_MEMBER, rmeta_link.data, rmeta_link.len);
    add_objects(&ar, names);
    if (library) {
        struct elf_section section = {.name = BUNDLED_SECTION,
                                      .type = SHT_PROGBITS,
                                      .data = (const unsigned char *)library->data,
                                      .len = library->len};
        elf_write(&target, &section, 1, &wrapped);
        ar_add_member(&ar, "libnat.a", wrapped.data, wrapped.len);
    }
    assert_success(ar_write(&ar, path, &err), &err);
}

#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* A sysroot of two rlibs with code and one without. */
static void write_sysroot(void)
{
    auto_error err = ERROR_INIT;
    static const char *const none[] = {NULL};

    assert_success(fs_mkdir_all("sys/lib", &err), &err);
    write_rlib("sys/lib/libcore.rlib", NAMES("core.0.o", "core.1.o"), NULL);
    write_rlib("sys/lib/libempty.rlib", none, NULL);
    write_rlib("sys/lib/libstd.rlib", NAMES("std.o"), NULL);
    test_write("sys/lib/libstd.rmeta", "no archive");
}

static void write_library(const char *path, const char *const *names)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;

    add_objects(&ar, names);
    assert_success(ar_write(&ar, path, &err), &err);
}

static void skeleton(const char *in, const char *out)
{
    auto_error err = ERROR_INIT;

    assert_success(staticlib_skeleton(in, "sys/lib", "lib", out, &err), &err);
}

static void open_archive(const char *path, struct mapping *mapping, struct ar *ar)
{
    auto_error err = ERROR_INIT;

    assert_success(mapping_open(path, mapping, &err), &err);
    assert_success(ar_parse(mapping->data, mapping->len, ar, &err), &err);
}

static void assert_members(const char *path, const char *const *names)
{
    auto_mapping mapping = MAPPING_INIT;
    auto_ar ar = AR_INIT;

    open_archive(path, &mapping, &ar);
    for (size_t i = 0; i < ar.member_count; i++) {
        assert_non_null(names[i]);
        assert_string_equal(ar.members[i].name, names[i]);
    }
    assert_null(names[ar.member_count]);
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

static void list_markers(const char *path, struct marker_list *list)
{
    auto_error err = ERROR_INIT;

    assert_success(staticlib_markers(path, list, &err), &err);
}

static void skeleton_has_markers_for_the_runs_of_the_sysroot(void **state)
{
    auto_marker_list list = MARKER_LIST_INIT;

    (void)state;
    write_sysroot();
    write_library("in.a", NAMES("a.o", "std.o", "core.0.o", "core.1.o", "b.o"));
    skeleton("in.a", "skeleton.a");
    assert_members("skeleton.a", NAMES("a.o", MARKER_MEMBER, MARKER_MEMBER, "b.o"));
    list_markers("skeleton.a", &list);
    assert_int_equal(list.len, 2);
    assert_int_equal(list.items[0].kind, MARKER_SYSROOT);
    assert_string_equal(list.items[0].name, "lib/libstd.rlib");
    assert_string_equal(list.items[1].name, "lib/libcore.rlib");
}

static void skeleton_keeps_a_part_of_a_run(void **state)
{
    (void)state;
    write_sysroot();
    write_library("in.a", NAMES("core.0.o", "a.o", "core.1.o", "core.0.o"));
    skeleton("in.a", "skeleton.a");
    assert_same_files("in.a", "skeleton.a");
}

static void skeleton_keeps_members_with_other_bytes(void **state)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_sysroot();
    ar_add_member(&ar, "std.o", "other", 5);
    assert_success(ar_write(&ar, "in.a", &err), &err);
    skeleton("in.a", "skeleton.a");
    assert_same_files("in.a", "skeleton.a");
}

static void assembling_undoes_the_skeleton(void **state)
{
    auto_error err = ERROR_INIT;
    const char *const files[] = {"sys/lib/libstd.rlib", "sys/lib/libcore.rlib"};

    (void)state;
    write_sysroot();
    write_library("in.a", NAMES("a.o", "std.o", "b.o", "core.0.o", "core.1.o"));
    skeleton("in.a", "skeleton.a");
    assert_success(staticlib_assemble("skeleton.a", files, 2, "out.a", &err), &err);
    assert_same_files("in.a", "out.a");
}

/* A library whose second member is an ELF object that the index, as GNU's ar's may, doesn't know.
 */
static void write_native_library(struct buf *buf)
{
    auto_error err = ERROR_INIT;
    auto_buf object = BUF_INIT;
    auto_ar ar = AR_INIT;

    test_write("nat.c", "static int l; int *g(void) { return &l; } "
                        "__attribute__((weak)) int w; int u(void); int v(void) { return u(); }");
    test_run("cc", "-c", "-O0", "nat.c", NULL);
    assert_success(fs_read_file("nat.o", 1 << 20, &object, &err), &err);
    add_object(&ar, "text.o");
    ar_add_member(&ar, "nat.o", object.data, object.len);
    assert_success(ar_write_buf(&ar, buf, &err), &err);
}

/* A static library's codegen: its own object, and what rustc copies out of the hollow. */
static void write_codegen(const char *hollow, const char *path)
{
    auto_error err = ERROR_INIT;
    auto_mapping mapping = MAPPING_INIT;
    auto_ar rlib = AR_INIT;
    auto_ar library = AR_INIT;
    auto_ar ar = AR_INIT;
    const unsigned char *data;
    size_t len;

    open_archive(hollow, &mapping, &rlib);
    assert_success(crate_bundled_library(&rlib, "libnat.a", &data, &len, &err), &err);
    assert_success(ar_parse(data, len, &library, &err), &err);
    add_object(&ar, "own.o");
    ar_add_copy(&ar, &rlib, ar_find(&rlib, MARKER_MEMBER));
    ar_add_copy(&ar, &library, &library.members[0]);
    assert_success(ar_write(&ar, path, &err), &err);
}

static void assembling_fills_in_a_crate_and_its_bundled_library(void **state)
{
    static const char *const symbols[] = {"own.o", "a.0.o", "a.1.o", "text.o", "g", "w", "v"};
    auto_error err = ERROR_INIT;
    auto_buf native = BUF_INIT;
    auto_mapping mapping = MAPPING_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_native_library(&native);
    write_rlib("liba.rlib", NAMES("a.0.o", "a.1.o"), &native);
    assert_success(hollow_write("liba.rlib", "hollow.rlib", &err), &err);
    write_codegen("hollow.rlib", "codegen.a");
    const char *const files[] = {"liba.rlib", "liba.rlib"};
    assert_success(staticlib_assemble("codegen.a", files, 2, "out.a", &err), &err);
    assert_members("out.a", NAMES("own.o", "a.0.o", "a.1.o", "text.o", "nat.o"));
    open_archive("out.a", &mapping, &ar);
    assert_int_equal(ar.symbol_count, sizeof(symbols) / sizeof(*symbols));
    for (size_t i = 0; i < ar.symbol_count; i++)
        assert_string_equal(ar.symbols[i], symbols[i]);
}

static void markers_of_a_skeleton_are_listed_in_order(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf native = BUF_INIT;
    auto_marker_list list = MARKER_LIST_INIT;

    (void)state;
    write_native_library(&native);
    write_rlib("liba.rlib", NAMES("a.o"), &native);
    assert_success(hollow_write("liba.rlib", "hollow.rlib", &err), &err);
    write_codegen("hollow.rlib", "codegen.a");
    list_markers("codegen.a", &list);
    assert_int_equal(list.len, 2);
    assert_int_equal(list.items[0].kind, MARKER_CRATE);
    assert_int_equal(list.items[1].kind, MARKER_BUNDLED);
    assert_string_equal(list.items[1].name, "libnat.a");
    assert_true(digest_equal(&list.items[0].digest, &list.items[1].digest));
}

static void assert_not_assembled(const char *const *files, size_t count, enum error_kind kind,
                                 const char *text)
{
    auto_error err = ERROR_INIT;

    assert_int_equal(staticlib_assemble("codegen.a", files, count, "out.a", &err), -1);
    assert_error(&err, kind, text);
    assert_false(fs_exists("out.a"));
}

static void assembling_refuses_wrong_files_and_writes_nothing(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf native = BUF_INIT;

    (void)state;
    write_native_library(&native);
    write_rlib("liba.rlib", NAMES("a.o"), &native);
    write_rlib("libb.rlib", NAMES("b.o"), NULL);
    assert_success(hollow_write("liba.rlib", "hollow.rlib", &err), &err);
    write_codegen("hollow.rlib", "codegen.a");
    test_write("text", "text");
    assert_not_assembled(NAMES("liba.rlib"), 1, ERROR_REFUSED,
                         "codegen.a has 2 markers and not the 1 it had");
    assert_not_assembled(NAMES("hollow.rlib", "liba.rlib"), 2, ERROR_REFUSED,
                         "hollow.rlib (hollow rlib) has no code: give the rlib that rustc wrote");
    assert_not_assembled(NAMES("liba.rlib", "libb.rlib"), 2, ERROR_REFUSED,
                         "libb.rlib: no library libnat.a is bundled in it");
    assert_not_assembled(NAMES("none.rlib", "liba.rlib"), 2, ERROR_FAILURE,
                         "cannot open none.rlib: No such file or directory");
    assert_not_assembled(NAMES("text", "liba.rlib"), 2, ERROR_REFUSED, "text: not an ar archive");
    assert_not_assembled(NAMES("codegen.a", "liba.rlib"), 2, ERROR_REFUSED,
                         "codegen.a: its markers stand for other crates: a static library that "
                         "isn't assembled, no crate");
}

static void a_broken_bundled_library_is_refused_by_name(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf native = BUF_INIT;
    auto_buf broken = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_native_library(&native);
    write_rlib("liba.rlib", NAMES("a.o"), &native);
    assert_success(hollow_write("liba.rlib", "hollow.rlib", &err), &err);
    write_codegen("hollow.rlib", "codegen.a");
    ar_add_member(&ar, "nat.o", "\177ELF", 4);
    assert_success(ar_write_buf(&ar, &broken, &err), &err);
    write_rlib("liba.rlib", NAMES("a.o"), &broken);
    assert_not_assembled(NAMES("liba.rlib", "liba.rlib"), 2, ERROR_REFUSED,
                         "liba.rlib: the member nat.o of its bundled library libnat.a: the ELF "
                         "file is cut off or broken: its header ends early");
    buf_set_len(&broken, broken.len - 1);
    write_rlib("liba.rlib", NAMES("a.o"), &broken);
    assert_not_assembled(NAMES("liba.rlib", "liba.rlib"), 2, ERROR_REFUSED,
                         "liba.rlib: its bundled library libnat.a: the archive is cut off at byte "
                         "139, in the member at byte 76");
}

/* As rustc since 1.99 leaves it when the hollow that it sees doesn't name the library. */
static void a_bundled_library_that_codegen_left_out_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf native = BUF_INIT;
    auto_mapping mapping = MAPPING_INIT;
    auto_ar codegen = AR_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_native_library(&native);
    write_rlib("liba.rlib", NAMES("a.o"), &native);
    assert_success(hollow_write("liba.rlib", "hollow.rlib", &err), &err);
    write_codegen("hollow.rlib", "whole.a");
    open_archive("whole.a", &mapping, &codegen);
    ar_add_copy(&ar, &codegen, &codegen.members[0]);
    ar_add_copy(&ar, &codegen, &codegen.members[1]);
    assert_success(ar_write(&ar, "codegen.a", &err), &err);
    assert_not_assembled(NAMES("liba.rlib"), 1, ERROR_REFUSED,
                         "liba.rlib: it bundles libnat.a, which codegen left out of the static "
                         "library: the hollow that codegen saw didn't name it; run codegen against "
                         "one made from this rlib");
}

static void markers_of_a_foreign_file_are_refused_by_name(void **state)
{
    auto_error err = ERROR_INIT;
    auto_marker_list list = MARKER_LIST_INIT;

    (void)state;
    test_write("text", "text");
    assert_int_equal(staticlib_markers("text", &list, &err), -1);
    assert_error(&err, ERROR_REFUSED, "text: not an ar archive");
    write_library("fake.a", NAMES("a.o", MARKER_MEMBER));
    assert_int_equal(staticlib_markers("fake.a", &list, &err), -1);
    assert_error(&err, ERROR_REFUSED, "fake.a: its member cleave.marker.o is no marker");
    assert_int_equal(list.len, 0);
}

/* The file that stands for a marker, of which there are two kinds here. Owned by caller. */
static char *file_of(const struct marker *marker, const char *sysroot)
{
    static const char *const crates[] = {"real/liba.rlib", "real/libb.rlib"};

    if (marker->kind == MARKER_SYSROOT)
        return path_join(sysroot, marker->name);
    for (size_t i = 0; i < 2; i++) {
        auto_error err = ERROR_INIT;
        auto_crate_file crate = CRATE_FILE_INIT;
        struct digest digest;
        assert_success(crate_file_open(crates[i], &crate, &err), &err);
        crate_file_digest(&crate, &digest);
        if (digest_equal(&digest, &marker->digest))
            return xstrdup(crates[i]);
    }
    fail_msg("no crate for a marker");
    return NULL;
}

static void assemble(const char *path, const char *sysroot, const char *out)
{
    auto_error err = ERROR_INIT;
    auto_marker_list list = MARKER_LIST_INIT;
    auto_strv files = STRV_INIT;

    list_markers(path, &list);
    for (size_t i = 0; i < list.len; i++)
        strv_push_take(&files, file_of(&list.items[i], sysroot));
    assert_success(staticlib_assemble(path, (const char *const *)files.items, files.len, out, &err),
                   &err);
}

static void write_sources(void)
{
    test_write("nat.c", "int nat(void) { return 3; }");
    test_run("cc", "-c", "nat.c", NULL);
    test_run("ar", "rcD", "libnat.a", "nat.o", NULL);
    test_write("a.rs",
               "#[link(name = \"nat\", kind = \"static\", modifiers = \"+whole-archive\")]\n"
               "extern \"C\" { fn nat() -> i32; }\n"
               "pub fn answer<T: Into<i32>>(t: T) -> i32 { t.into() + unsafe { nat() } }\n"
               "#[no_mangle] pub extern \"C\" fn a_symbol() {}\n");
    test_write("b.rs", "pub fn text() -> String { format!(\"{}\", a::answer(2u8)) }\n");
    test_write("c.rs", "#[no_mangle] pub extern \"C\" fn c() -> usize { b::text().len() }\n");
}

/* Compiles c.rs against the rlibs in DIR. */
static void compile_library(const char *rustc, const char *dir)
{
    auto_free char *extern_b = xasprintf("b=%s/libb.rlib", dir);
    auto_free char *dependency = xasprintf("dependency=%s", dir);

    test_run(rustc, "--edition=2021", "--crate-type=staticlib", "--extern", extern_b, "-L",
             dependency, "-Cpanic=abort", "c.rs", NULL);
}

static char *output_line(const char *rustc, const char *what)
{
    const char *const argv[] = {rustc, "--print", what, NULL};
    auto_buf output = BUF_INIT;

    test_output(argv, &output);
    return xstrndup(output.data, strcspn(output.data, "\n"));
}

static void a_split_static_library_is_the_one_rustc_writes(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    if (!*test_rustcs())
        skip();
    write_sources();
    assert_success(fs_mkdir_all("hollow", &err), &err);
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        auto_free char *sysroot = output_line(*rustc, "sysroot");
        auto_free char *lib_dir = output_line(*rustc, "target-libdir");
        const char *lib_path = path_below(lib_dir, sysroot);
        assert_non_null(lib_path);
        test_run(*rustc, "--edition=2021", "--crate-type=rlib", "-L.", "a.rs", "--out-dir=real",
                 NULL);
        test_run(*rustc, "--edition=2021", "--crate-type=rlib", "--extern=a=real/liba.rlib", "b.rs",
                 "--out-dir=real", NULL);
        assert_success(hollow_write("real/liba.rlib", "hollow/liba.rlib", &err), &err);
        assert_success(hollow_write("real/libb.rlib", "hollow/libb.rlib", &err), &err);
        compile_library(*rustc, "real");
        assert_success(fs_rename("libc.a", "plain.a", &err), &err);
        compile_library(*rustc, "hollow");
        assert_success(staticlib_skeleton("libc.a", lib_dir, lib_path, "skeleton.a", &err), &err);
        assemble("skeleton.a", sysroot, "out.a");
        assert_same_files("plain.a", "out.a");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(skeleton_has_markers_for_the_runs_of_the_sysroot),
        file_test(skeleton_keeps_a_part_of_a_run),
        file_test(skeleton_keeps_members_with_other_bytes),
        file_test(assembling_undoes_the_skeleton),
        file_test(assembling_fills_in_a_crate_and_its_bundled_library),
        file_test(markers_of_a_skeleton_are_listed_in_order),
        file_test(assembling_refuses_wrong_files_and_writes_nothing),
        file_test(a_broken_bundled_library_is_refused_by_name),
        file_test(a_bundled_library_that_codegen_left_out_is_refused),
        file_test(markers_of_a_foreign_file_are_refused_by_name),
        file_test(a_split_static_library_is_the_one_rustc_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
