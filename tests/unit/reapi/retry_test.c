/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/retry.h"

#include "reapi/details.h"
#include "support/test.h"

static void only_codes_that_can_pass_are_tried_again(void **state)
{
    static const bool passes[] = {
        [RPC_OK] = false,
        [RPC_CANCELLED] = true,
        [RPC_UNKNOWN] = true,
        [RPC_INVALID_ARGUMENT] = false,
        [RPC_DEADLINE_EXCEEDED] = true,
        [RPC_NOT_FOUND] = false,
        [RPC_ALREADY_EXISTS] = false,
        [RPC_PERMISSION_DENIED] = false,
        [RPC_RESOURCE_EXHAUSTED] = true,
        [RPC_FAILED_PRECONDITION] = false,
        [RPC_ABORTED] = true,
        [RPC_OUT_OF_RANGE] = false,
        [RPC_UNIMPLEMENTED] = false,
        [RPC_INTERNAL] = true,
        [RPC_UNAVAILABLE] = true,
        [RPC_DATA_LOSS] = false,
        [RPC_UNAUTHENTICATED] = false,
    };

    (void)state;
    for (size_t code = 0; code < sizeof(passes) / sizeof(passes[0]); code++) {
        struct rpc_status status = {.code = (enum rpc_code)code, .details = BUF_INIT};
        struct retry retry;
        unsigned delay = 0;
        retry_init(&retry, 1, 10);
        assert_int_equal(retry_code_passes((enum rpc_code)code), passes[code]);
        assert_int_equal(retry_may(&retry, &status, &delay), passes[code]);
    }
}

static void attempts_end_and_delays_double_up_to_a_limit(void **state)
{
    static const unsigned expected[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
    struct rpc_status status = {.code = RPC_UNAVAILABLE, .details = BUF_INIT};
    struct retry retry;
    unsigned delay = 0;

    (void)state;
    retry_init(&retry, sizeof(expected) / sizeof(expected[0]), 100);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(retry_may(&retry, &status, &delay));
        assert_in_range(delay, expected[i] / 2, expected[i] / 2 + expected[i]);
    }
    assert_false(retry_may(&retry, &status, &delay));
}

static void progress_gives_all_attempts_back(void **state)
{
    struct rpc_status status = {.code = RPC_UNAVAILABLE, .details = BUF_INIT};
    struct retry retry;
    unsigned delay = 0;

    (void)state;
    retry_init(&retry, 2, 100);
    assert_true(retry_may(&retry, &status, &delay));
    assert_true(retry_may(&retry, &status, &delay));
    assert_false(retry_may(&retry, &status, &delay));
    retry_renew(&retry);
    assert_true(retry_may(&retry, &status, &delay));
    assert_in_range(delay, 50, 150);
}

static void service_that_names_a_delay_is_asked_again_after_it(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct retry retry;
    unsigned delay = 0;

    (void)state;
    retry_init(&retry, 2, 100);
    status_overloaded(&status, 7, "busy");
    assert_true(retry_may(&retry, &status, &delay));
    assert_int_equal(delay, 7000);
    status.code = RPC_PERMISSION_DENIED; /* it said so, whatever the code */
    assert_true(retry_may(&retry, &status, &delay));
    assert_false(retry_may(&retry, &status, &delay));
}

static void delay_that_is_asked_for_has_a_limit(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct retry retry;
    unsigned delay = 0;

    (void)state;
    retry_init(&retry, 1, 100);
    status_overloaded(&status, 1000000, "busy");
    assert_true(retry_may(&retry, &status, &delay));
    assert_int_equal(delay, RETRY_ASKED_MAX_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_codes_that_can_pass_are_tried_again),
        cmocka_unit_test(attempts_end_and_delays_double_up_to_a_limit),
        cmocka_unit_test(progress_gives_all_attempts_back),
        cmocka_unit_test(service_that_names_a_delay_is_asked_again_after_it),
        cmocka_unit_test(delay_that_is_asked_for_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
