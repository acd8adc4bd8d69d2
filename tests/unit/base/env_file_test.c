/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env_file.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

static void names_of_variables_are_not_empty_and_have_no_blanks(void **state)
{
    static const struct {
        const char *item;
        bool is_valid;
    } cases[] = {
        {"A=b", true}, {"A=", true},    {"a-b.c=d=e", true}, {"=b", false},     {"A", false},
        {"", false},   {" A=b", false}, {"A b=c", false},    {"A\tb=c", false}, {"A\x7f=b", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(env_item_is_valid(cases[i].item), cases[i].is_valid);
}

static void lines_are_read_with_their_values_as_they_stand(void **state)
{
    auto_strv items = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("env", "A=b=c\n\nB= \"x\" \nC=");
    assert_success(env_file_read("env", &items, &err), &err);
    assert_int_equal(items.len, 3);
    assert_string_equal(items.items[0], "A=b=c");
    assert_string_equal(items.items[1], "B= \"x\" ");
    assert_string_equal(items.items[2], "C=");
}

static void items_replace_older_ones(void **state)
{
    auto_strv env = STRV_INIT;
    auto_strv items = STRV_INIT;

    (void)state;
    words_push(&env, "A=1 B=2");
    words_push(&items, "B=3=4 C=5");
    env_set_items(&env, &items);
    auto_free char *text = words_join(&env);
    assert_string_equal(text, "A=1 B=3=4 C=5");
}

static void other_lines_are_refused_by_number(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"A=b\n\nrest\n", "env:3: \"rest\" is not NAME=VALUE"},
        {"=b\n", "env:1: \"=b\" is not NAME=VALUE"},
        {"A b=c\n", "env:1: \"A b=c\" is not NAME=VALUE"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv items = STRV_INIT;
        auto_error err = ERROR_INIT;
        test_write("env", cases[i].text);
        assert_int_equal(env_file_read("env", &items, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].message);
    }
}

static void files_that_are_missing_or_binary_are_named(void **state)
{
    auto_strv items = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(env_file_read("nowhere", &items, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open nowhere: No such file or directory");
    test_run("sh", "-c", "printf 'A=b\\0c\\n' >env", NULL);
    assert_int_equal(env_file_read("env", &items, &err), -1);
    assert_error(&err, ERROR_REFUSED, "env has a NUL byte");
    assert_int_equal(items.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_variables_are_not_empty_and_have_no_blanks),
        file_test(lines_are_read_with_their_values_as_they_stand),
        cmocka_unit_test(items_replace_older_ones),
        file_test(other_lines_are_refused_by_number),
        file_test(files_that_are_missing_or_binary_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
