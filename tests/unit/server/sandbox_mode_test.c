/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox_mode.h"

#include "support/test.h"

static void every_mode_is_read_by_its_name(void **state)
{
    static const enum sandbox_mode modes[] = {SANDBOX_AUTO, SANDBOX_USERNS, SANDBOX_NONE};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        auto_error err = ERROR_INIT;
        enum sandbox_mode mode = SANDBOX_AUTO;
        assert_success(sandbox_mode_parse(sandbox_mode_name(modes[i]), &mode, &err), &err);
        assert_int_equal(mode, modes[i]);
    }
}

static void unknown_mode_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    enum sandbox_mode mode = SANDBOX_NONE;

    (void)state;
    assert_int_equal(sandbox_mode_parse("Auto", &mode, &err), -1);
    assert_error(&err, ERROR_USAGE, "unknown sandbox Auto: there are auto, userns and none");
    assert_int_equal(mode, SANDBOX_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_is_read_by_its_name),
        cmocka_unit_test(unknown_mode_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
