/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/target.h"

#include <string.h>

#include "support/test.h"

#define ONE_IS "one is grpc://HOST:PORT, grpcs://HOST:PORT or unix:PATH"

static void target_is_read(void **state)
{
    static const struct {
        const char *address, *name, *uri;
        bool tls;
    } cases[] = {
        {"grpc://host:80", "dns:///host:80", "http://host:80", false},
        {"tcp:127.0.0.1:8980", "dns:///127.0.0.1:8980", "http://127.0.0.1:8980", false},
        {"grpcs://a.b-c.d:65535", "dns:///a.b-c.d:65535", "https://a.b-c.d:65535", true},
        {"grpcs://host", "dns:///host:443", "https://host:443", true},
        {"grpc://[::1]:9", "dns:///[::1]:9", "http://[::1]:9", false},
        {"grpcs://[fe80::1%eth0]", "dns:///[fe80::1%eth0]:443", "https://[fe80::1%eth0]:443", true},
        {"unix:/run/a.sock", "unix:/run/a.sock", "unix:/run/a.sock", false},
        {"unix:a", "unix:a", "unix:a", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rpc_target target = RPC_TARGET_INIT;
        auto_error err = ERROR_INIT;
        assert_success(rpc_target_parse(cases[i].address, &target, &err), &err);
        assert_string_equal(target.name, cases[i].name);
        assert_string_equal(target.uri, cases[i].uri);
        assert_int_equal(target.tls, cases[i].tls);
    }
}

static void what_is_no_address_is_refused_by_name(void **state)
{
    static const struct {
        const char *address, *text;
    } cases[] = {
        {"host:80", "the address host:80 is of no kind that cleaved knows; " ONE_IS},
        {"", "the address  is of no kind that cleaved knows; " ONE_IS},
        {"http://host:80", "the address http://host:80 is of no kind that cleaved knows; " ONE_IS},
        {"grpc://", "the address grpc:// names no host; " ONE_IS},
        {"grpc://:80", "the address grpc://:80 names no host; " ONE_IS},
        {"grpc://a/b:80", "the address grpc://a/b:80 names no host; " ONE_IS},
        {"grpc://[::1:80", "the address grpc://[::1:80 names no host; " ONE_IS},
        {"grpc://host", "the address grpc://host has no port; " ONE_IS},
        {"grpc://[::1]80",
         "the address grpc://[::1]80 has something after its host that is no port; " ONE_IS},
        {"grpc://host:",
         "the address grpc://host: has a port that isn't a number from 1 to 65535; " ONE_IS},
        {"grpcs://host:0",
         "the address grpcs://host:0 has a port that isn't a number from 1 to 65535; " ONE_IS},
        {"grpc://host:65536",
         "the address grpc://host:65536 has a port that isn't a number from 1 to 65535; " ONE_IS},
        {"grpc://host:8x",
         "the address grpc://host:8x has a port that isn't a number from 1 to 65535; " ONE_IS},
        {"unix:", "the address unix: names no socket file; " ONE_IS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rpc_target target = RPC_TARGET_INIT;
        auto_error err = ERROR_INIT;
        assert_int_equal(rpc_target_parse(cases[i].address, &target, &err), -1);
        assert_error(&err, ERROR_USAGE, cases[i].text);
        assert_null(target.name);
    }
}

static void socket_path_that_is_too_long_is_refused(void **state)
{
    struct rpc_target target = RPC_TARGET_INIT;
    auto_error err = ERROR_INIT;
    char address[200];

    (void)state;
    memset(address, 'a', sizeof(address) - 1);
    address[sizeof(address) - 1] = '\0';
    memcpy(address, "unix:", strlen("unix:"));
    assert_int_equal(rpc_target_parse(address, &target, &err), -1);
    assert_non_null(strstr(err.text, "has a path that is too long for a socket; " ONE_IS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_is_read),
        cmocka_unit_test(what_is_no_address_is_refused_by_name),
        cmocka_unit_test(socket_path_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
