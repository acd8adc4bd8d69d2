/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static void buf_starts_empty_and_readable(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    assert_buf(&buf, "");
    assert_int_equal(buf.cap, 0);
}

static void buf_grows_by_all_kinds_of_additions(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_add(&buf, "ab", 2);
    buf_add_char(&buf, 'c');
    buf_add_str(&buf, "de");
    buf_addf(&buf, "%d%s", 7, "f");
    assert_buf(&buf, "abcde7f");
}

static void buf_keeps_nul_bytes(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_add(&buf, "a\0b", 3);
    buf_add_zeros(&buf, 2);
    assert_int_equal(buf.len, 5);
    assert_memory_equal(buf.data, "a\0b\0\0", 6);
}

static void buf_takes_nothing_from_null(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_add(&buf, NULL, 0);
    buf_add_zeros(&buf, 0);
    assert_buf(&buf, "");
}

static void buf_stays_whole_when_it_grows_large(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    for (int i = 0; i < 10000; i++)
        buf_addf(&buf, "%04d", i);
    assert_int_equal(buf.len, 40000);
    assert_memory_equal(buf.data + 4 * 4321, "4321", 4);
    assert_int_equal(buf.data[buf.len], '\0');
}

static void buf_reserve_makes_room_for_the_caller(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_add_str(&buf, "x");
    buf_reserve(&buf, 100);
    memset(buf.data + buf.len, 'y', 100);
    buf_set_len(&buf, 4);
    assert_buf(&buf, "xyyy");
}

static void buf_reset_keeps_the_memory(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_reset(&buf);
    buf_add_str(&buf, "something");
    const char *data = buf.data;
    buf_reset(&buf);
    assert_buf(&buf, "");
    assert_ptr_equal(buf.data, data);
}

static void buf_detach_hands_over_and_empties(void **state)
{
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_add_str(&buf, "text");
    auto_free char *text = buf_detach(&buf);
    assert_string_equal(text, "text");
    assert_buf(&buf, "");
    auto_free char *nothing = buf_detach(&buf);
    assert_string_equal(nothing, "");
}

static void buf_replaces_every_occurrence(void **state)
{
    static const struct {
        const char *text, *from, *to, *expected;
    } cases[] = {
        {"", "a", "b", ""},        {"xyz", "a", "b", "xyz"},        {"aXa", "a", "bb", "bbXbb"},
        {"aaaa", "aa", "a", "aa"}, {"/p/x:/p/y", "/p/", "", "x:y"}, {"end a", "a", "aa", "end aa"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf buf = BUF_INIT;
        buf_add_str(&buf, cases[i].text);
        buf_replace(&buf, cases[i].from, cases[i].to);
        assert_buf(&buf, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_starts_empty_and_readable),
        cmocka_unit_test(buf_grows_by_all_kinds_of_additions),
        cmocka_unit_test(buf_keeps_nul_bytes),
        cmocka_unit_test(buf_takes_nothing_from_null),
        cmocka_unit_test(buf_stays_whole_when_it_grows_large),
        cmocka_unit_test(buf_reserve_makes_room_for_the_caller),
        cmocka_unit_test(buf_reset_keeps_the_memory),
        cmocka_unit_test(buf_detach_hands_over_and_empties),
        cmocka_unit_test(buf_replaces_every_occurrence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
