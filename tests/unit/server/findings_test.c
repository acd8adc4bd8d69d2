/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/findings.h"

#include <string.h>

#include "support/test.h"

static void findings_are_kept_in_their_order(void **state)
{
    auto_findings findings = FINDINGS_INIT;

    (void)state;
    for (int i = 0; i < 20; i++)
        findings_add(&findings, FINDING_OK, "number", "%d", i);
    findings_remedy(&findings, "do %s", "this");
    assert_int_equal(findings.len, 20);
    assert_string_equal(findings.items[7].text, "7");
    assert_null(findings.items[7].remedy);
    assert_string_equal(findings.items[19].subject, "number");
    assert_string_equal(findings.items[19].remedy, "do this");
}

static void worst_level_is_that_of_the_whole(void **state)
{
    static const enum finding_level levels[] = {FINDING_OK, FINDING_WARN, FINDING_OK, FINDING_BAD,
                                                FINDING_WARN};
    static const enum finding_level worst[] = {FINDING_OK, FINDING_WARN, FINDING_WARN, FINDING_BAD,
                                               FINDING_BAD};
    auto_findings findings = FINDINGS_INIT;

    (void)state;
    assert_int_equal(findings_worst(&findings), FINDING_OK);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        findings_add(&findings, levels[i], "x", "x");
        assert_int_equal(findings_worst(&findings), worst[i]);
    }
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_string_equal(finding_level_name(FINDING_OK), "ok");
    assert_string_equal(finding_level_name(FINDING_WARN), "warn");
    assert_string_equal(finding_level_name(FINDING_BAD), "bad");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_kept_in_their_order),
        cmocka_unit_test(worst_level_is_that_of_the_whole),
        cmocka_unit_test(levels_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
