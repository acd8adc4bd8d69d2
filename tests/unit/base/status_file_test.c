/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status_file.h"

#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

static void lines_are_a_key_and_its_value(void **state)
{
    auto_strv items = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("status", "STABLE_REVISION r1\n\nBUILD_EMBED_LABEL\nEMPTY \nUSER  two  words ");
    assert_success(status_file_read("status", &items, &err), &err);
    assert_int_equal(items.len, 4);
    assert_string_equal(items.items[0], "STABLE_REVISION=r1");
    assert_string_equal(items.items[1], "BUILD_EMBED_LABEL=");
    assert_string_equal(items.items[2], "EMPTY=");
    assert_string_equal(items.items[3], "USER= two  words ");
}

static void lines_without_a_key_are_refused_by_number(void **state)
{
    auto_strv items = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("status", "A 1\n value\nB 2\n");
    assert_int_equal(status_file_read("status", &items, &err), -1);
    assert_error(&err, ERROR_REFUSED, "status:2: \" value\" is not KEY VALUE");
}

static void a_file_with_a_nul_byte_is_refused(void **state)
{
    auto_strv items = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_run("sh", "-c", "printf 'A 1\\0c\\n' >status", NULL);
    assert_int_equal(status_file_read("status", &items, &err), -1);
    assert_error(&err, ERROR_REFUSED, "status has a NUL byte");
}

static void keys_in_braces_become_their_values(void **state)
{
    static const struct {
        const char *text;
        const char *expanded;
    } cases[] = {
        {"", ""},           {"plain", "plain"},
        {"{A}", "1"},       {"x{A}y{B}{A}", "x1y{A}1"},
        {"{EMPTY}|", "|"},  {"{UNKNOWN} {A", "{UNKNOWN} {A"},
        {"{{A}}", "{1}"},   {"{} }{ {", "{} }{ {"},
        {"{A=1}", "{A=1}"},
    };
    auto_strv items = STRV_INIT;

    (void)state;
    words_push(&items, "A=1 B={A} EMPTY= A=2");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *expanded = status_expand(cases[i].text, &items);
        assert_string_equal(expanded, cases[i].expanded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(lines_are_a_key_and_its_value),
        file_test(lines_without_a_key_are_refused_by_number),
        file_test(a_file_with_a_nul_byte_is_refused),
        cmocka_unit_test(keys_in_braces_become_their_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
