/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/protocol.h"

#include <stdbool.h>
#include <string.h>

#include "base/version.h"
#include "support/test.h"

enum {
    OLDER = LOCAL_PROTOCOL - 1,
    SAME = LOCAL_PROTOCOL,
    NEWER = LOCAL_PROTOCOL + 1,
};

static Local__Stop user_stops, successor_stops;
static Local__Nothing nothing;

static void set_messages(void)
{
    local__stop__init(&user_stops);
    local__stop__init(&successor_stops);
    successor_stops.to_replace = true;
    local__nothing__init(&nothing);
}

static Local__Request stop_request(unsigned protocol, Local__Stop *stop)
{
    Local__Request request = local_request();

    request.protocol = protocol;
    request.what_case = LOCAL__REQUEST__WHAT_STOP;
    request.stop = stop;
    return request;
}

static Local__Request stats_request(unsigned protocol)
{
    Local__Request request = local_request();

    request.protocol = protocol;
    request.what_case = LOCAL__REQUEST__WHAT_STATS;
    request.stats = &nothing;
    return request;
}

static void messages_say_our_versions(void **state)
{
    (void)state;
    assert_int_equal(local_request().protocol, LOCAL_PROTOCOL);
    assert_string_equal(local_request().version, CLEAVE_VERSION);
    assert_int_equal(local_reply().protocol, LOCAL_PROTOCOL);
    assert_string_equal(local_reply().version, CLEAVE_VERSION);
}

static void requests_of_our_protocol_are_served(void **state)
{
    auto_error err = ERROR_INIT;
    Local__Request stats = stats_request(SAME);

    (void)state;
    assert_success(local_request_check(&stats, &err), &err);
}

static void users_stop_every_daemon(void **state)
{
    static const unsigned protocols[] = {OLDER, SAME, NEWER};

    (void)state;
    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
        auto_error err = ERROR_INIT;
        Local__Request request = stop_request(protocols[i], &user_stops);
        assert_success(local_request_check(&request, &err), &err);
    }
}

static void only_an_older_daemon_makes_room(void **state)
{
    auto_error err = ERROR_INIT;
    Local__Request newer = stop_request(NEWER, &successor_stops);
    Local__Request same = stop_request(SAME, &successor_stops);
    Local__Request older = stop_request(OLDER, &successor_stops);

    (void)state;
    assert_success(local_request_check(&newer, &err), &err);
    assert_int_equal(local_request_check(&same, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "this cleaved (" CLEAVE_VERSION ", protocol 2) isn't older than the caller "
                 "(" CLEAVE_VERSION ", protocol 2) and stays");
    assert_int_equal(local_request_check(&older, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "this cleaved (" CLEAVE_VERSION ", protocol 2) isn't older than the caller "
                 "(" CLEAVE_VERSION ", protocol 1) and stays");
}

static void requests_of_another_protocol_are_refused(void **state)
{
    auto_error err = ERROR_INIT;
    Local__Request newer = stats_request(NEWER);

    (void)state;
    assert_int_equal(local_request_check(&newer, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "this cleaved (" CLEAVE_VERSION ") speaks protocol 2, and the caller "
                 "(" CLEAVE_VERSION ") protocol 3; end it with cleaved stop and start the one that "
                 "goes with the caller");
}

static void request_for_nothing_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    Local__Request request = local_request();

    (void)state;
    assert_int_equal(local_request_check(&request, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the request asks for nothing that cleaved knows");
}

/* Its bytes may never change: every version stops every other by them. */
static void stop_has_the_same_bytes_for_ever(void **state)
{
    auto_buf bytes = BUF_INIT;
    Local__Request request = stop_request(1, &successor_stops);

    (void)state;
    request.version = (char *)"v";
    local_pack(&request.base, &bytes);
    assert_int_equal(bytes.len, 9);
    assert_memory_equal(bytes.data, "\x08\x01\x12\x01v\x1a\x02\x08\x01", 9);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_say_our_versions),
        cmocka_unit_test(requests_of_our_protocol_are_served),
        cmocka_unit_test(users_stop_every_daemon),
        cmocka_unit_test(only_an_older_daemon_makes_room),
        cmocka_unit_test(requests_of_another_protocol_are_refused),
        cmocka_unit_test(request_for_nothing_is_refused),
        cmocka_unit_test(stop_has_the_same_bytes_for_ever),
    };

    set_messages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
