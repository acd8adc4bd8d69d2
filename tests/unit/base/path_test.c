/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static void path_splits_at_the_last_slash(void **state)
{
    static const struct {
        const char *path, *dir, *base;
    } cases[] = {
        {"a", ".", "a"},     {"a/b", "a", "b"}, {"/a", "/", "a"}, {"a/b/c", "a/b", "c"},
        {"../a", "..", "a"}, {"a/", "a", ""},   {"", ".", ""},    {"/", "/", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *dir = path_dirname(cases[i].path);
        assert_string_equal(dir, cases[i].dir);
        assert_string_equal(path_basename(cases[i].path), cases[i].base);
    }
}

static void path_join_needs_no_dir_for_here_and_for_absolute_names(void **state)
{
    static const struct {
        const char *dir, *name, *expected;
    } cases[] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},
        {".", "b", "b"},   {"a", "/b", "/b"},  {"/", "b", "/b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *path = path_join(cases[i].dir, cases[i].name);
        assert_string_equal(path, cases[i].expected);
    }
}

static void path_separator_is_a_slash_where_one_is_missing(void **state)
{
    (void)state;
    assert_string_equal(path_separator(""), "");
    assert_string_equal(path_separator("."), "/");
    assert_string_equal(path_separator("a"), "/");
    assert_string_equal(path_separator("a/"), "");
}

static void path_clean_drops_dots_and_doubled_slashes(void **state)
{
    static const struct {
        const char *path, *expected;
    } cases[] = {
        {"a/b", "a/b"},
        {"./a//b/./c/", "a/b/c"},
        {"", "."},
        {".", "."},
        {"./", "."},
        {"/", "/"},
        {"//", "/"},
        {"/./", "/"},
        {"/.a/b.", "/.a/b."},
        {"a/../b", "a/../b"},
        {"../", ".."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *path = path_clean(cases[i].path);
        assert_string_equal(path, cases[i].expected);
    }
}

static void path_below_gives_a_relative_rest(void **state)
{
    static const struct {
        const char *path, *dir, *expected;
    } cases[] = {
        {"/a/b/c", "/a", "b/c"}, {"/a/b", "/a/", "b"}, {"/a", "/a", ""},
        {"/a/", "/a", ""},       {"/a//b", "/a", "b"}, {"/a", "/", "a"},
        {"/ab", "/a", NULL},     {"b/c", "a", NULL},   {"/a", "/a/b", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *rest = path_below(cases[i].path, cases[i].dir);
        if (cases[i].expected)
            assert_string_equal(rest, cases[i].expected);
        else
            assert_null(rest);
    }
}

static void path_is_inside_only_without_a_way_out(void **state)
{
    static const char *const inside[] = {"a", "a/b", "./a", "..a/b", "a..", "a/..b"};
    static const char *const outside[] = {"", "/a", "..", "../a", "a/..", "a/../b"};

    (void)state;
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
        assert_true(path_is_inside(inside[i]));
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        assert_false(path_is_inside(outside[i]));
}

static void path_relative_goes_up_and_down(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        const char *relative;
    } cases[] = {
        {"", "a/b", "a/b"},     {"a", "a/b", "b"},
        {"a/b", "a/c", "../c"}, {"a/b", "ab/c", "../../ab/c"},
        {"a/b", "a/b", ""},     {"a/b/c", "d", "../../../d"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *relative = path_relative(cases[i].from, cases[i].to);
        assert_string_equal(relative, cases[i].relative);
    }
}

static void prefixes_and_suffixes_are_bytes(void **state)
{
    (void)state;
    assert_true(has_prefix("--emit", "--"));
    assert_true(has_prefix("a", ""));
    assert_false(has_prefix("a", "ab"));
    assert_true(has_suffix("libx.rlib", ".rlib"));
    assert_false(has_suffix("lib", ".rlib"));
    assert_string_equal(after_prefix("-Clto", "-C"), "lto");
    assert_null(after_prefix("-Clto", "-Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_splits_at_the_last_slash),
        cmocka_unit_test(path_join_needs_no_dir_for_here_and_for_absolute_names),
        cmocka_unit_test(path_separator_is_a_slash_where_one_is_missing),
        cmocka_unit_test(path_clean_drops_dots_and_doubled_slashes),
        cmocka_unit_test(path_below_gives_a_relative_rest),
        cmocka_unit_test(path_is_inside_only_without_a_way_out),
        cmocka_unit_test(path_relative_goes_up_and_down),
        cmocka_unit_test(prefixes_and_suffixes_are_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
