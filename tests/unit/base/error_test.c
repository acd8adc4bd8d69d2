/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "support/test.h"

static void error_starts_as_none(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(err.kind, ERROR_NONE);
    assert_null(err.text);
}

static void error_set_returns_failure_and_keeps_text_and_kind(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(error_set(&err, ERROR_USAGE, "%s needs a value", "-o"), -1);
    assert_error(&err, ERROR_USAGE, "-o needs a value");
}

static void error_set_replaces_an_earlier_error(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    error_set_child(&err, 7, "rustc failed");
    error_set(&err, ERROR_REFUSED, "not this: %s", err.text);
    assert_error(&err, ERROR_REFUSED, "not this: rustc failed");
    assert_int_equal(err.child_status, 0);
}

static void error_set_errno_ends_in_the_system_text(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(error_set_errno(&err, ENOENT, "cannot open %s", "x"), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open x: No such file or directory");
}

static void error_prefix_puts_context_in_front(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    error_set(&err, ERROR_REFUSED, "truncated");
    assert_int_equal(error_prefix(&err, "%s", "libx.rlib"), -1);
    assert_error(&err, ERROR_REFUSED, "libx.rlib: truncated");
}

static void error_exit_status_is_the_kind_or_the_child_s(void **state)
{
    static const struct {
        enum error_kind kind;
        int status;
    } cases[] = {
        {ERROR_FAILURE, 100}, {ERROR_USAGE, 101}, {ERROR_REFUSED, 102}, {ERROR_REMOTE, 103}};
    auto_error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error_set(&err, cases[i].kind, "x");
        assert_int_equal(error_exit_status(&err), cases[i].status);
    }
    assert_int_equal(error_set_child(&err, 101, "cc failed"), -1);
    assert_error(&err, ERROR_CHILD, "cc failed");
    assert_int_equal(error_exit_status(&err), 101);
}

static void error_can_be_used_again_after_release(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    error_set(&err, ERROR_FAILURE, "first");
    error_release(&err);
    assert_int_equal(err.kind, ERROR_NONE);
    error_set(&err, ERROR_FAILURE, "second");
    assert_error(&err, ERROR_FAILURE, "second");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_starts_as_none),
        cmocka_unit_test(error_set_returns_failure_and_keeps_text_and_kind),
        cmocka_unit_test(error_set_replaces_an_earlier_error),
        cmocka_unit_test(error_set_errno_ends_in_the_system_text),
        cmocka_unit_test(error_prefix_puts_context_in_front),
        cmocka_unit_test(error_exit_status_is_the_kind_or_the_child_s),
        cmocka_unit_test(error_can_be_used_again_after_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
