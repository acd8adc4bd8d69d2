/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/status.h"

#include "support/test.h"

static void status_is_set_in_place_of_an_earlier_one(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    assert_int_equal(rpc_status_set(&status, RPC_NOT_FOUND, "%s is gone", "blob"), -1);
    assert_int_equal(status.code, RPC_NOT_FOUND);
    assert_string_equal(status.message, "blob is gone");
    buf_add_str(&status.details, "details");
    /* Its own message may be an argument. */
    assert_int_equal(rpc_status_set(&status, RPC_INTERNAL, "read: %s", status.message), -1);
    assert_int_equal(status.code, RPC_INTERNAL);
    assert_string_equal(status.message, "read: blob is gone");
    assert_int_equal(status.details.len, 0);
    rpc_status_release(&status);
    assert_int_equal(status.code, RPC_OK);
    assert_null(status.message);
}

static void codes_have_grpcs_names(void **state)
{
    (void)state;
    assert_string_equal(rpc_code_name(RPC_OK), "OK");
    assert_string_equal(rpc_code_name(RPC_INVALID_ARGUMENT), "INVALID_ARGUMENT");
    assert_string_equal(rpc_code_name(16), "UNAUTHENTICATED");
    assert_string_equal(rpc_code_name(17), "UNKNOWN");
    assert_string_equal(rpc_code_name(-1), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_is_set_in_place_of_an_earlier_one),
        cmocka_unit_test(codes_have_grpcs_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
