/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/helper.h"

#include <string.h>

#include "support/test.h"

#define URI "https://host:443"

/* A program "helper" that counts its runs in "runs" and keeps what it was asked in "asked". */
static void make_helper(const char *answer)
{
    auto_buf script = BUF_INIT;

    buf_addf(&script, "#!/bin/sh\necho \"$@\" >>runs\ncat >asked\n%s\n", answer);
    test_write("helper", script.data);
    test_run("chmod", "+x", "helper", NULL);
}

static void helper_is_asked_once_and_its_headers_are_added(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;
    struct rpc_helper helper;
    unsigned generation = 0;

    (void)state;
    make_helper("echo '{\"headers\": {\"Authorization\": [\"Bearer a\", \"Bearer b\"]}}'");
    rpc_helper_init(&helper, "./helper", URI);
    assert_success(rpc_helper_headers(&helper, &headers, &generation, &err), &err);
    assert_success(rpc_helper_headers(&helper, &headers, &generation, &err), &err);
    assert_int_equal(headers.len, 4);
    assert_string_equal(headers.items[3].name, "authorization");
    assert_buf(&headers.items[3].value, "Bearer b");
    assert_file("runs", "get\n");
    assert_file("asked", "{\"uri\":\"" URI "\"}");
    rpc_helper_release(&helper);
}

static void helper_is_asked_again_when_its_answer_is_forgotten(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;
    struct rpc_helper helper;
    unsigned first = 0, second = 0;

    (void)state;
    make_helper("echo '{}'");
    rpc_helper_init(&helper, "./helper", URI);
    assert_success(rpc_helper_headers(&helper, &headers, &first, &err), &err);
    rpc_helper_forget(&helper, first);
    assert_success(rpc_helper_headers(&helper, &headers, &second, &err), &err);
    assert_int_not_equal(first, second);
    rpc_helper_forget(&helper, first);
    assert_success(rpc_helper_headers(&helper, &headers, &first, &err), &err);
    assert_int_equal(first, second);
    assert_file("runs", "get\nget\n");
    assert_int_equal(headers.len, 0);
    rpc_helper_release(&helper);
}

static void helper_is_asked_again_when_its_answer_has_expired(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;
    struct rpc_helper helper;
    unsigned generation = 0;

    (void)state;
    make_helper("echo '{\"headers\":{},\"expires\":\"2020-01-01T00:00:00Z\"}'");
    rpc_helper_init(&helper, "./helper", URI);
    assert_success(rpc_helper_headers(&helper, &headers, &generation, &err), &err);
    assert_success(rpc_helper_headers(&helper, &headers, &generation, &err), &err);
    assert_file("runs", "get\nget\n");
    rpc_helper_release(&helper);
}

static void helper_that_fails_is_named(void **state)
{
    static const struct {
        const char *script, *text;
    } cases[] = {
        {"exit 3", "the credential helper ./helper ended with status 3"},
        {"echo secret", "the credential helper ./helper answered with no JSON object"},
        {"echo '[]'", "the credential helper ./helper answered with no JSON object"},
        {"echo '{\"headers\": []}'",
         "the credential helper ./helper answered with headers that are no object"},
        {"echo '{\"headers\": {\"a\": \"secret\"}}'",
         "the credential helper ./helper answered with a header that is no list of strings"},
        {"echo '{\"headers\": {\"a\": [1]}}'",
         "the credential helper ./helper answered with a header that is no list of strings"},
        {"echo '{\"headers\": {\"a b\": [\"secret\"]}}'",
         "the credential helper ./helper: the header 'a b' has a name with characters that no "
         "header's name may have"},
        {"echo '{\"expires\": \"soon\"}'",
         "the credential helper ./helper answered with an 'expires' that is no RFC 3339 time"},
        {"head -c 1100000 /dev/zero | tr '\\0' '\\n'",
         "the credential helper ./helper answered with too many bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rpc_headers headers = RPC_HEADERS_INIT;
        auto_error err = ERROR_INIT;
        struct rpc_helper helper;
        unsigned generation = 7;
        make_helper(cases[i].script);
        rpc_helper_init(&helper, "./helper", URI);
        assert_int_equal(rpc_helper_headers(&helper, &headers, &generation, &err), -1);
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(generation, 7);
        assert_int_equal(headers.len, 0);
        rpc_helper_release(&helper);
    }
}

static void helper_that_is_not_there_is_named(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;
    struct rpc_helper helper;
    unsigned generation = 0;

    (void)state;
    rpc_helper_init(&helper, "./none", URI);
    assert_int_equal(rpc_helper_headers(&helper, &headers, &generation, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot run ./none: No such file or directory");
    rpc_helper_release(&helper);
}

static void helper_that_does_not_answer_is_killed(void **state)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;
    struct rpc_helper helper;
    unsigned generation = 0;

    (void)state;
    make_helper("exec tail -f /dev/null");
    rpc_helper_init(&helper, "./helper", URI);
    helper.seconds = 0;
    assert_int_equal(rpc_helper_headers(&helper, &headers, &generation, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "the credential helper ./helper hasn't answered within 0 s; it was killed");
    rpc_helper_release(&helper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(helper_is_asked_once_and_its_headers_are_added),
        file_test(helper_is_asked_again_when_its_answer_is_forgotten),
        file_test(helper_is_asked_again_when_its_answer_has_expired),
        file_test(helper_that_fails_is_named),
        file_test(helper_that_is_not_there_is_named),
        file_test(helper_that_does_not_answer_is_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
