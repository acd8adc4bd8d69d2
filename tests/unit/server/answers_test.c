/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/answers.h"

#include "store/store.h"
#include "support/reapi_service.h"

static void answers_have_codes_that_clients_act_on(void **state)
{
    static const struct {
        int answer;
        enum error_kind kind;
        enum rpc_code code;
    } rows[] = {
        {STORE_ABSENT, ERROR_NONE, RPC_NOT_FOUND},
        {STORE_MISMATCH, ERROR_REFUSED, RPC_INVALID_ARGUMENT},
        {STORE_FULL, ERROR_FAILURE, RPC_RESOURCE_EXHAUSTED},
        {STORE_BUSY, ERROR_FAILURE, RPC_UNAVAILABLE},
        {-1, ERROR_FAILURE, RPC_INTERNAL},
        {-1, ERROR_REFUSED, RPC_INVALID_ARGUMENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_status status = RPC_STATUS_INIT;
        auto_error err = ERROR_INIT;
        error_set(&err, rows[i].kind, "why");
        assert_int_equal(status_of_answer(&status, rows[i].answer, &err), -1);
        assert_status(&status, rows[i].code, "why");
    }
}

static void absence_needs_no_reason(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    status_of_answer(&status, STORE_ABSENT, &err);
    assert_status(&status, RPC_NOT_FOUND, "the blob isn't in the store");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_have_codes_that_clients_act_on),
        cmocka_unit_test(absence_needs_no_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
