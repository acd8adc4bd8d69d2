/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_tree.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

/* OUT_DIR is ROOT/out, where ROOT is the test's directory. */
static int finish(const char *discards, bool has_root, struct error *err)
{
    auto_free char *root = NULL;
    auto_strv patterns = STRV_INIT;

    if (fs_getcwd(&root, err) < 0)
        return -1;
    auto_free char *out = xasprintf("%s/out", root);
    words_push(&patterns, discards);
    struct build_script_tree tree = {out, "zlib", has_root ? root : NULL, &patterns};
    return build_script_tree_finish(&tree, err);
}

static void make_out(void)
{
    test_run("mkdir", "-p", "out/lib/deep", NULL);
}

static void write_root(const char *path, const char *after)
{
    auto_free char *root = NULL;
    auto_error err = ERROR_INIT;

    assert_success(fs_getcwd(&root, &err), &err);
    auto_free char *text = xasprintf("prefix=%s%s", root, after);
    test_write(path, text);
}

static void the_root_is_found_by_whole_names(void **state)
{
    static const struct {
        const char *text;
        int offset; /* -1: not found */
    } cases[] = {
        {"/a/b", 0},      {"-L/a/b/c", 2}, {"/a/b:", 0}, {"/a/bc", -1}, {"/a/b-c /a/b", 7},
        {"/a/b.d/e", -1}, {"\"/a/b\"", 1}, {"/a", -1},   {"", -1},      {"/a/b_", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = cases[i].text;
        const char *found = build_script_find_root(text, strlen(text), "/a/b");
        assert_int_equal(found ? found - text : -1, cases[i].offset);
    }
}

static void files_that_hold_the_root_are_all_named(void **state)
{
    auto_error err = ERROR_INIT;
    auto_free char *root = NULL;

    (void)state;
    make_out();
    write_root("out/lib/z.pc", "\n");
    write_root("out/lib/deep/config", "/x");
    write_root("out/other", "-more");
    assert_int_equal(finish("", true, &err), -1);
    auto_error ignored = ERROR_INIT;
    assert_success(fs_getcwd(&root, &ignored), &ignored);
    auto_free char *message =
        xasprintf("the build script of zlib wrote the path of the working directory %s into files "
                  "in OUT_DIR, which differ from place to place by that: lib/deep/config, "
                  "lib/z.pc; discard what nobody needs by --discard GLOB",
                  root);
    assert_error(&err, ERROR_REFUSED, message);
}

static void only_some_of_many_files_are_named(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_out();
    for (int i = 0; i < 7; i++) {
        auto_free char *path = xasprintf("out/%d", i);
        write_root(path, "");
    }
    assert_int_equal(finish("", true, &err), -1);
    assert_non_null(strstr(err.text, ": 0, 1, 2, 3, 4 and 2 more; discard"));
}

static void what_is_discarded_is_removed(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_out();
    write_root("out/lib/z.pc", "");
    write_root("out/lib/deep/config.log", "");
    test_write("out/lib/pc", "");
    assert_int_equal(symlink("/nowhere", "out/link.pc"), 0);
    assert_success(finish("*.pc deep", true, &err), &err);
    assert_int_equal(test_count_entries("out"), 1);
    assert_int_equal(test_count_entries("out/lib"), 1);
    assert_true(fs_exists("out/lib/pc"));
}

static void in_a_directory_given_by_its_absolute_path_all_stays_but_what_is_discarded(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_out();
    write_root("out/a", "");
    test_write("out/b.d", "");
    assert_int_equal(symlink("/nowhere", "out/link"), 0);
    assert_success(finish("*.d", false, &err), &err);
    assert_int_equal(test_count_entries("out"), 3);
}

static void links_into_the_directory_become_relative(void **state)
{
    static const struct {
        const char *path, *below, *expected;
    } cases[] = {
        {"out/a", "/lib/z", "lib/z"},
        {"out/lib/b", "/lib/z", "../lib/z"},
        {"out/lib/deep/c", "/z", "../../z"},
        {"out/d", "", "."},
        {"out/lib/e", "", ".."},
        {"out/lib/deep/f", "", "../.."},
    };
    auto_free char *root = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    make_out();
    assert_success(fs_getcwd(&root, &err), &err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *target = xasprintf("%s/out%s", root, cases[i].below);
        assert_int_equal(symlink(target, cases[i].path), 0);
    }
    assert_int_equal(symlink("../lib/./z", "out/lib/relative"), 0);
    assert_success(finish("", true, &err), &err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[100] = "";
        assert_true(readlink(cases[i].path, target, sizeof(target) - 1) > 0);
        assert_string_equal(target, cases[i].expected);
    }
}

static void links_that_leave_the_directory_are_refused(void **state)
{
    static const char *const targets[] = {"/usr/include", "../../x", "../lib/../../x"};

    (void)state;
    make_out();
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_free char *message =
            xasprintf("the build script of zlib left lib/x in OUT_DIR, a link to %s, which is "
                      "outside and may not be there later; discard it by --discard 'x', or have "
                      "the script copy the file",
                      targets[i]);
        assert_int_equal(symlink(targets[i], "out/lib/x"), 0);
        assert_int_equal(finish("", true, &err), -1);
        assert_error(&err, ERROR_REFUSED, message);
        assert_int_equal(unlink("out/lib/x"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_is_found_by_whole_names),
        file_test(files_that_hold_the_root_are_all_named),
        file_test(only_some_of_many_files_are_named),
        file_test(what_is_discarded_is_removed),
        file_test(in_a_directory_given_by_its_absolute_path_all_stays_but_what_is_discarded),
        file_test(links_into_the_directory_become_relative),
        file_test(links_that_leave_the_directory_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
