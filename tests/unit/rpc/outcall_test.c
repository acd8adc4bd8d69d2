/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/outcall.h"

#include <string.h>

#include "base/memory.h"
#include "support/rpc_service.h"
#include "support/test.h"

static struct rpc_channel *connect_to(int port, unsigned idle_seconds, size_t max_message)
{
    auto_free char *address = xasprintf("grpc://127.0.0.1:%d", port);
    auto_error err = ERROR_INIT;
    struct rpc_channel_options options = {
        .address = address,
        .user_agent = "test",
        .max_message = max_message,
        .idle_seconds = idle_seconds,
    };
    struct rpc_channel *channel = NULL;

    assert_success(rpc_channel_open(&options, &channel, &err), &err);
    return channel;
}

static struct rpc_channel *channel_of(void **state)
{
    struct rpc_service *service = *state;

    return connect_to(service->port, RPC_CLIENT_SECONDS, 1 << 20);
}

static struct rpc_outcall *open_call(struct rpc_channel *channel, const char *method)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct rpc_outcall *call = NULL;

    assert_int_equal(
        rpc_outcall_open(channel, &(struct rpc_outcall_options){.method = method}, &call, &status),
        0);
    return call;
}

static int unary(struct rpc_channel *channel, const char *method, const char *text,
                 struct buf *reply, struct rpc_status *status)
{
    auto_buf request = BUF_INIT;

    buf_add_str(&request, text);
    return rpc_unary(channel, &(struct rpc_outcall_options){.method = method}, &request, reply,
                     status, NULL);
}

static bool send_text(struct rpc_outcall *call, const char *text)
{
    auto_buf message = BUF_INIT;

    buf_add_str(&message, text);
    return rpc_outcall_send(call, &message);
}

static void unary_call_has_a_reply(void **state)
{
    struct rpc_channel *channel = channel_of(state);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf reply = BUF_INIT;

    for (int i = 0; i < 3; i++)
        assert_int_equal(unary(channel, "/test/Echo", "hello", &reply, &status), 0);
    assert_buf(&reply, "hellohellohello");
    rpc_channel_close(channel);
}

static void status_has_code_text_and_details(void **state)
{
    struct rpc_channel *channel = channel_of(state);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf reply = BUF_INIT;

    assert_int_equal(unary(channel, "/test/Fail", "x", &reply, &status), -1);
    assert_int_equal(status.code, RPC_NOT_FOUND);
    assert_string_equal(status.message, "no such thing: x");
    assert_buf(&status.details, "details");
    assert_buf(&reply, "");
    assert_int_equal(unary(channel, "/test/None", "x", &reply, &status), -1);
    assert_int_equal(status.code, RPC_UNIMPLEMENTED);
    rpc_channel_close(channel);
}

static void messages_go_both_ways(void **state)
{
    struct rpc_channel *channel = channel_of(state);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf message = BUF_INIT;
    struct rpc_outcall *call = open_call(channel, "/test/Chat");

    assert_true(send_text(call, "a"));
    assert_true(rpc_outcall_receive(call, &message));
    assert_true(send_text(call, "b"));
    assert_true(rpc_outcall_receive(call, &message));
    rpc_outcall_half_close(call);
    assert_false(rpc_outcall_receive(call, &message));
    rpc_outcall_end(call, &status, NULL);
    assert_int_equal(status.code, RPC_OK);
    assert_buf(&message, "ab");
    rpc_channel_close(channel);
}

static void service_that_answers_early_ends_the_sending(void **state)
{
    struct rpc_channel *channel = channel_of(state);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf message = BUF_INIT;
    struct rpc_outcall *call = open_call(channel, "/test/Early");

    while (send_text(call, "more"))
        ;
    assert_true(rpc_outcall_receive(call, &message));
    rpc_outcall_end(call, &status, NULL);
    assert_int_equal(status.code, RPC_OK);
    assert_buf(&message, "enough");
    rpc_channel_close(channel);
}

static void call_that_is_cancelled_ends_though_messages_come(void **state)
{
    struct rpc_channel *channel = channel_of(state);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf message = BUF_INIT;
    struct rpc_outcall *call = open_call(channel, "/test/Flood");

    assert_true(send_text(call, "go"));
    assert_true(rpc_outcall_receive(call, &message));
    rpc_outcall_cancel(call);
    rpc_outcall_end(call, &status, NULL);
    assert_int_equal(status.code, RPC_CANCELLED);
    rpc_channel_close(channel);
    rpc_service_wait_for_closed(*state);
}

static void silent_service_ends_the_call(void **state)
{
    struct rpc_service *service = *state;
    struct rpc_channel *channel = connect_to(service->port, 1, 1 << 20);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf message = BUF_INIT;
    struct rpc_outcall *call = open_call(channel, "/test/Hold");

    assert_true(send_text(call, "x"));
    rpc_outcall_half_close(call);
    assert_false(rpc_outcall_receive(call, &message));
    rpc_outcall_end(call, &status, NULL);
    assert_int_equal(status.code, RPC_DEADLINE_EXCEEDED);
    assert_string_equal(status.message, "the service neither took nor gave a message for too long");
    rpc_channel_close(channel);
}

static void stop_ends_calls_that_wait_and_calls_that_go_well(void **state)
{
    static const char *const methods[] = {"/test/Hold", "/test/Flood"};
    struct rpc_channel *channel = channel_of(state);

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        atomic_bool stop = false;
        struct rpc_outcall_options options = {.method = methods[i], .stop = &stop};
        auto_rpc_status status = RPC_STATUS_INIT;
        auto_buf message = BUF_INIT;
        struct rpc_outcall *call = NULL;
        assert_int_equal(rpc_outcall_open(channel, &options, &call, &status), 0);
        assert_true(send_text(call, "go"));
        atomic_store(&stop, true);
        while (rpc_outcall_receive(call, &message))
            ;
        rpc_outcall_end(call, &status, NULL);
        assert_int_equal(status.code, RPC_CANCELLED);
        assert_string_equal(status.message, "interrupted");
    }
    rpc_channel_close(channel);
}

static void message_over_the_limit_is_refused(void **state)
{
    struct rpc_service *service = *state;
    struct rpc_channel *channel = connect_to(service->port, RPC_CLIENT_SECONDS, 1000);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf reply = BUF_INIT;

    assert_int_equal(unary(channel, "/test/Big", "", &reply, &status), -1);
    assert_int_equal(status.code, RPC_RESOURCE_EXHAUSTED);
    assert_buf(&reply, "");
    rpc_channel_close(channel);
}

static void service_that_is_not_there_is_unavailable(void **state)
{
    struct rpc_service *service = *state;
    struct rpc_channel *channel = channel_of(state);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf reply = BUF_INIT;

    rpc_server_stop(service->server, 0);
    assert_int_equal(unary(channel, "/test/Echo", "x", &reply, &status), -1);
    assert_int_equal(status.code, RPC_UNAVAILABLE);
    rpc_channel_close(channel);
}

static void helper_that_fails_is_why_the_call_is_unauthenticated(void **state)
{
    struct rpc_service *service = *state;
    auto_free char *address = xasprintf("grpc://127.0.0.1:%d", service->port);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_error err = ERROR_INIT;
    auto_buf reply = BUF_INIT;
    struct rpc_channel_options options = {.address = address,
                                          .user_agent = "test",
                                          .max_message = 1000,
                                          .idle_seconds = 9,
                                          .credential_helper = "false"};
    struct rpc_channel *channel = NULL;

    assert_success(rpc_channel_open(&options, &channel, &err), &err);
    assert_int_equal(unary(channel, "/test/Echo", "x", &reply, &status), -1);
    assert_int_equal(status.code, RPC_UNAUTHENTICATED);
    assert_string_equal(status.message, "the credential helper false ended with status 1");
    rpc_channel_close(channel);
}

static void options_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        const char *address, *ca, *cert, *key, *text;
    } cases[] = {
        {"grpc://a:1", "ca", NULL, NULL,
         "certificates were given for grpc://a:1, which has no TLS; write grpcs://HOST:PORT"},
        {"unix:a", NULL, "cert", "key",
         "certificates were given for unix:a, which has no TLS; write grpcs://HOST:PORT"},
        {"grpcs://a:1", NULL, "cert", NULL,
         "a client's certificate needs its key, and the key its certificate: give both or none"},
        {"grpcs://a:1", "no-such-file", NULL, NULL,
         "cannot open no-such-file: No such file or directory"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        struct rpc_channel_options options = {.address = cases[i].address,
                                              .tls_ca = cases[i].ca,
                                              .tls_cert = cases[i].cert,
                                              .tls_key = cases[i].key,
                                              .user_agent = "test",
                                              .idle_seconds = 1};
        struct rpc_channel *channel = NULL;
        assert_int_equal(rpc_channel_open(&options, &channel, &err), -1);
        assert_string_equal(err.text, cases[i].text);
        assert_null(channel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rpc_test(unary_call_has_a_reply),
        rpc_test(status_has_code_text_and_details),
        rpc_test(messages_go_both_ways),
        rpc_test(service_that_answers_early_ends_the_sending),
        rpc_test(call_that_is_cancelled_ends_though_messages_come),
        rpc_test(silent_service_ends_the_call),
        rpc_test(stop_ends_calls_that_wait_and_calls_that_go_well),
        rpc_test(message_over_the_limit_is_refused),
        rpc_test(service_that_is_not_there_is_unavailable),
        rpc_test(helper_that_fails_is_why_the_call_is_unauthenticated),
        cmocka_unit_test(options_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
