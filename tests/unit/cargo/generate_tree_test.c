/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_tree.h"

#include <string.h>

#include "support/test.h"

static int parse(const char *text, struct cargo_tree *tree, struct error *err)
{
    return cargo_tree_parse(text, strlen(text), tree, err);
}

static void tree_gives_depth_kind_and_features_of_each_line(void **state)
{
    static const char text[] = "app v0.1.0 (/w/app)\tdefault,x\n"
                               "|-- a v1.0.0\t\n"
                               "|   `-- b v1.0.0\tone\n"
                               "|   [build-dependencies]\n"
                               "|   `-- c v1.0.0\t\n"
                               "|       `-- d v1.0.0\t\n"
                               "`-- e v1.0.0 (proc-macro)\t\n"
                               "[dev-dependencies]\n"
                               "`-- b v1.0.0\tone (*)\n"
                               "\n"
                               "lib v0.1.0 (/w/lib)\t (*)\n";
    static const struct {
        const char *package;
        size_t depth;
        enum cargo_dep_kind kind;
        size_t features;
        bool repeated;
    } lines[] = {
        {"app v0.1.0 (/w/app)", 0, CARGO_DEP_NORMAL, 2, false},
        {"a v1.0.0", 1, CARGO_DEP_NORMAL, 0, false},
        {"b v1.0.0", 2, CARGO_DEP_NORMAL, 1, false},
        {"c v1.0.0", 2, CARGO_DEP_BUILD, 0, false},
        {"d v1.0.0", 3, CARGO_DEP_NORMAL, 0, false},
        {"e v1.0.0 (proc-macro)", 1, CARGO_DEP_NORMAL, 0, false},
        {"b v1.0.0", 1, CARGO_DEP_DEV, 1, true},
        {"lib v0.1.0 (/w/lib)", 0, CARGO_DEP_NORMAL, 0, true},
    };
    auto_cargo_tree tree = CARGO_TREE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(parse(text, &tree, &err), &err);
    assert_int_equal(tree.len, sizeof(lines) / sizeof(lines[0]));
    for (size_t i = 0; i < tree.len; i++) {
        assert_string_equal(tree.lines[i].package, lines[i].package);
        assert_int_equal(tree.lines[i].depth, lines[i].depth);
        assert_int_equal(tree.lines[i].kind, lines[i].kind);
        assert_int_equal(tree.lines[i].features.len, lines[i].features);
        assert_int_equal(tree.lines[i].repeated, lines[i].repeated);
    }
    assert_string_equal(tree.lines[0].features.items[1], "x");
}

static void tree_refuses_other_lines(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"a v1.0.0\n", "names no package and features: a v1.0.0"},
        {"\tx\n", "names no package and features: \tx"},
        {"`-- a v1.0.0\t\n", "belongs to no package above it: `-- a v1.0.0\t"},
        {"[build-dependencies]\n", "belongs to no package above it: [build-dependencies]"},
        {"a v1\t\n|   `-- b v1\t\n", "belongs to no package above it: |   `-- b v1\t"},
        {"a v1\t\n|   b v1\t\n", "is indented and has no branch: |   b v1\t"},
        {"a v1\tx,,y\n", "has a feature without a name: a v1\tx,,y"},
        {"a v1\tx y\n", "has a feature without a name: a v1\tx y"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_cargo_tree tree = CARGO_TREE_INIT;
        auto_error err = ERROR_INIT;
        auto_buf message = BUF_INIT;
        buf_addf(&message, "cargo tree printed a line that %s", cases[i].message);
        assert_int_equal(parse(cases[i].text, &tree, &err), -1);
        assert_error(&err, ERROR_REFUSED, message.data);
        assert_int_equal(tree.len, 0);
    }
}

static void tree_refuses_bytes_that_are_no_text_and_endless_depth(void **state)
{
    auto_cargo_tree tree = CARGO_TREE_INIT;
    auto_error err = ERROR_INIT;
    auto_buf deep = BUF_INIT;

    (void)state;
    assert_int_equal(cargo_tree_parse("a\0b", 3, &tree, &err), -1);
    assert_error(&err, ERROR_REFUSED, "cargo tree printed a NUL byte");
    for (size_t i = 0; i <= CARGO_TREE_DEPTH_CAP; i++)
        buf_add_str(&deep, "    ");
    buf_add_str(&deep, "`-- a v1\t");
    assert_int_equal(parse(deep.data, &tree, &err), -1);
    assert_non_null(strstr(err.text, "is nested too deeply"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_gives_depth_kind_and_features_of_each_line),
        cmocka_unit_test(tree_refuses_other_lines),
        cmocka_unit_test(tree_refuses_bytes_that_are_no_text_and_endless_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
