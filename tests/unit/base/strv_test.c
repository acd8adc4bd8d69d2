/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static void strv_is_a_valid_argv_when_empty(void **state)
{
    auto_strv v = STRV_INIT;

    (void)state;
    assert_int_equal(v.len, 0);
    assert_null(v.items[0]);
}

static void strv_owns_copies_of_what_is_pushed(void **state)
{
    auto_strv v = STRV_INIT;
    char text[] = "one";

    (void)state;
    strv_push(&v, text);
    text[0] = 'X';
    strv_push_len(&v, "twofold", 3);
    strv_pushf(&v, "%s-%d", "three", 3);
    strv_push_take(&v, xstrdup("four"));
    assert_int_equal(v.len, 4);
    assert_string_equal(v.items[0], "one");
    assert_string_equal(v.items[1], "two");
    assert_string_equal(v.items[2], "three-3");
    assert_string_equal(v.items[3], "four");
    assert_null(v.items[4]);
}

static void strv_stays_terminated_while_it_grows(void **state)
{
    auto_strv v = STRV_INIT;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        strv_pushf(&v, "%d", i);
        assert_null(v.items[v.len]);
    }
    assert_string_equal(v.items[999], "999");
}

static void strv_push_all_appends_in_order(void **state)
{
    char *more[] = {(char[]){"b"}, (char[]){"c"}, (char[]){"d"}};
    auto_strv v = STRV_INIT;

    (void)state;
    strv_push(&v, "a");
    strv_push_all(&v, more, 2);
    assert_int_equal(v.len, 3);
    assert_string_equal(v.items[2], "c");
}

static void strv_push_list_takes_all_up_to_null(void **state)
{
    char *list[] = {(char[]){"b"}, (char[]){"c"}, NULL};
    auto_strv v = STRV_INIT;

    (void)state;
    strv_push(&v, "a");
    strv_push_list(&v, list);
    strv_push_list(&v, strv_empty);
    assert_int_equal(v.len, 3);
    assert_string_equal(v.items[2], "c");
    assert_ptr_not_equal(v.items[2], list[1]);
}

static void strv_contains_compares_whole_strings(void **state)
{
    auto_strv v = STRV_INIT;

    (void)state;
    assert_false(strv_contains(&v, ""));
    strv_push(&v, "lib");
    assert_true(strv_contains(&v, "lib"));
    assert_false(strv_contains(&v, "li"));
    assert_false(strv_contains(&v, "libx"));
}

static void strv_sorts_by_bytes(void **state)
{
    auto_strv v = STRV_INIT;

    (void)state;
    strv_sort(&v);
    strv_push(&v, "\xc3\xa9");
    strv_push(&v, "b");
    strv_push(&v, "B");
    strv_push(&v, "a");
    strv_sort(&v);
    assert_string_equal(v.items[0], "B");
    assert_string_equal(v.items[1], "a");
    assert_string_equal(v.items[2], "b");
    assert_string_equal(v.items[3], "\xc3\xa9");
}

static void strv_can_be_used_again_after_release(void **state)
{
    auto_strv v = STRV_INIT;

    (void)state;
    strv_push(&v, "a");
    strv_release(&v);
    assert_int_equal(v.len, 0);
    strv_push(&v, "b");
    assert_string_equal(v.items[0], "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strv_is_a_valid_argv_when_empty),
        cmocka_unit_test(strv_owns_copies_of_what_is_pushed),
        cmocka_unit_test(strv_stays_terminated_while_it_grows),
        cmocka_unit_test(strv_push_all_appends_in_order),
        cmocka_unit_test(strv_push_list_takes_all_up_to_null),
        cmocka_unit_test(strv_contains_compares_whole_strings),
        cmocka_unit_test(strv_sorts_by_bytes),
        cmocka_unit_test(strv_can_be_used_again_after_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
