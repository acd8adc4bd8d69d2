/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/helper_time.h"

#include "support/test.h"

static void time_is_read(void **state)
{
    static const struct {
        const char *text;
        time_t time;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-01-31T12:00:00Z", 1769860800},
        {"2026-01-31T12:00:00.123456Z", 1769860800},
        {"2026-01-31T13:30:00+01:30", 1769860800},
        {"2026-01-31T11:00:00-01:00", 1769860800},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        time_t found = 1;
        assert_true(helper_time_parse(cases[i].text, &found));
        assert_int_equal(found, cases[i].time);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "tomorrow",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+1:00",
        "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00:00Zulu",
        "2026-13-31T12:00:00Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        time_t found = 1;
        assert_false(helper_time_parse(cases[i], &found));
        assert_int_equal(found, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_is_read),
        cmocka_unit_test(what_is_no_time_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
