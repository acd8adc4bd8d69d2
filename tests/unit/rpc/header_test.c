/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/header.h"

#include <string.h>

#include "support/test.h"

static void header_has_a_lower_case_name_and_all_that_follows_the_first_equals_sign(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(rpc_headers_add_text(&headers, "Authorization=Basic YQ==", &err), &err);
    assert_success(rpc_headers_add_text(&headers, "x-empty=", &err), &err);
    assert_int_equal(headers.len, 2);
    assert_string_equal(headers.items[0].name, "authorization");
    assert_buf(&headers.items[0].value, "Basic YQ==");
    assert_string_equal(headers.items[1].name, "x-empty");
    assert_buf(&headers.items[1].value, "");
}

static void binary_header_may_hold_any_byte(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(rpc_headers_add(&headers, "x-bin", "\0\xff\n", 3, &err), &err);
    assert_int_equal(headers.items[0].value.len, 3);
}

static void copies_are_appended(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT, copies = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(rpc_headers_add_text(&headers, "a=1", &err), &err);
    rpc_headers_append(&copies, &headers);
    rpc_headers_append(&copies, &headers);
    rpc_headers_release(&headers);
    assert_int_equal(copies.len, 2);
    assert_string_equal(copies.items[1].name, "a");
    assert_buf(&copies.items[1].value, "1");
}

static void bad_header_is_named_and_its_value_never_shown(void **state)
{
    static const struct {
        const char *header, *text;
    } cases[] = {
        {"authorization: secret", "a header is given as NAME=VALUE"},
        {"=secret", "a header is given as NAME=VALUE"},
        {"a b=secret",
         "the header 'a b' has a name with characters that no header's name may have"},
        {":path=secret",
         "the header ':path' has a name with characters that no header's name may have"},
        {"a=secret\n", "the header 'a' has a value with characters that are not printable ASCII"},
        {"a=\xc3\xa4", "the header 'a' has a value with characters that are not printable ASCII"},
        {"grpc-timeout=1", "the header 'grpc-timeout' is set by gRPC itself"},
        {"Content-Type=1", "the header 'Content-Type' is set by gRPC itself"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rpc_headers headers = RPC_HEADERS_INIT;
        auto_error err = ERROR_INIT;
        assert_int_equal(rpc_headers_add_text(&headers, cases[i].header, &err), -1);
        assert_error(&err, ERROR_USAGE, cases[i].text);
        assert_int_equal(headers.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_has_a_lower_case_name_and_all_that_follows_the_first_equals_sign),
        cmocka_unit_test(binary_header_may_hold_any_byte),
        cmocka_unit_test(copies_are_appended),
        cmocka_unit_test(bad_header_is_named_and_its_value_never_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
