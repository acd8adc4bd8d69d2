/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/server.h"

#include <string.h>

#include "support/rpc_service.h"
#include "support/test.h"

static void unary_call_gets_its_reply(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    rpc_client_unary(service->client, "/test/Echo", "hello", 5, &reply, &end);
    assert_int_equal(end.code, RPC_OK);
    assert_string_equal(end.message, "");
    assert_buf(&reply, "hello");
}

static void messages_may_be_empty_and_as_long_as_the_limit(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf request = BUF_INIT, reply = BUF_INIT;

    rpc_client_unary(service->client, "/test/Echo", "", 0, &reply, &end);
    assert_int_equal(end.code, RPC_OK);
    assert_int_equal(reply.len, 0);
    while (request.len < RPC_SERVICE_MAX_MESSAGE)
        buf_add_char(&request, (char)(request.len % 251));
    rpc_client_unary(service->client, "/test/Echo", request.data, request.len, &reply, &end);
    assert_int_equal(end.code, RPC_OK);
    assert_int_equal(reply.len, request.len);
    assert_memory_equal(reply.data, request.data, reply.len);
}

static void status_comes_with_message_and_details(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    rpc_client_unary(service->client, "/test/Fail", "50% \xc3\xa4\n", 7, &reply, &end);
    assert_int_equal(end.code, RPC_NOT_FOUND);
    assert_string_equal(end.message, "no such thing: 50% \xc3\xa4\n");
    assert_buf(&end.details, "details");
    assert_int_equal(reply.len, 0);
}

/* A client drops trailers that are too long, the code with them. */
static void long_status_is_cut_to_what_clients_take(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    rpc_client_unary(service->client, "/test/Long", "", 0, &reply, &end);
    assert_int_equal(end.code, RPC_INVALID_ARGUMENT);
    assert_int_equal(strlen(end.message), RPC_STATUS_MESSAGE_MAX - 1);
    assert_memory_equal(end.message + RPC_STATUS_MESSAGE_MAX - 3, "\xc3\xa4", 2);
    assert_int_equal(end.details.len, 0);
}

static void unknown_method_is_named(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    rpc_client_unary(service->client, "/test/Nothing", "x", 1, &reply, &end);
    assert_int_equal(end.code, RPC_UNIMPLEMENTED);
    assert_string_equal(end.message, "there is no method /test/Nothing");
    struct rpc_method_stats stats = rpc_service_settle(service, "other", 1);
    assert_int_equal(stats.calls, 1);
    assert_int_equal(stats.errors, 1);
}

static void too_long_message_is_resource_exhausted(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf request = BUF_INIT, reply = BUF_INIT;

    buf_add_zeros(&request, RPC_SERVICE_MAX_MESSAGE + 1);
    rpc_client_unary(service->client, "/test/Echo", request.data, request.len, &reply, &end);
    assert_int_equal(end.code, RPC_RESOURCE_EXHAUSTED);
    assert_string_equal(end.message, "Received message larger than max (1048577 vs. 1048576)");
}

static void call_without_a_message_is_an_invalid_argument(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Echo");

    rpc_client_half_close(call);
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_INVALID_ARGUMENT);
    assert_string_equal(end.message, "/test/Echo came without a message that can be read");
}

/* gRPC answers for itself. */
static void compressed_calls_are_unimplemented(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;
    struct rpc_client *client = rpc_client_new_compressing(service->target);

    rpc_client_unary(client, "/test/Echo", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40, &reply,
                     &end);
    assert_int_equal(end.code, RPC_UNIMPLEMENTED);
    rpc_client_free(client);
}

static void reply_that_is_not_taken_ends_the_call(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Big");

    rpc_client_send(call, "", 0);
    rpc_client_half_close(call);
    assert_int_equal(rpc_service_settle(service, "/test/Big", 1).errors, 1);
    assert_false(rpc_client_read(call, &reply));
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_DEADLINE_EXCEEDED);
    assert_string_equal(end.message, "the client didn't take the reply in time");
}

static void stats_count_calls_errors_and_bytes(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    for (int i = 0; i < 10; i++)
        rpc_client_unary(service->client, "/test/Echo", "abc", 3, &reply, &end);
    rpc_client_unary(service->client, "/test/Fail", "abc", 3, &reply, &end);
    struct rpc_method_stats echo = rpc_service_settle(service, "/test/Echo", 10);
    assert_int_equal(echo.calls, 10);
    assert_int_equal(echo.errors, 0);
    assert_int_equal(echo.bytes_in, 30);
    assert_int_equal(echo.bytes_out, 30);
    struct rpc_method_stats fail = rpc_service_settle(service, "/test/Fail", 1);
    assert_int_equal(fail.calls, 1);
    assert_int_equal(fail.errors, 1);
    assert_int_equal(fail.bytes_out, 0);
}

static void client_gets_unavailable_after_the_stop(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    rpc_client_unary(service->client, "/test/Echo", "abc", 3, &reply, &end);
    rpc_server_stop(service->server, 0);
    rpc_client_unary(service->client, "/test/Echo", "abc", 3, &reply, &end);
    assert_int_equal(end.code, RPC_UNAVAILABLE);
}

static void server_that_was_never_started_can_be_freed(void **state)
{
    auto_error err = ERROR_INIT;
    struct rpc_server_options options = {.max_message = 1};
    struct rpc_server *server;
    int port = 0;

    (void)state;
    assert_success(rpc_server_new(&options, &server, &err), &err);
    assert_success(rpc_server_listen(server, "tcp:127.0.0.1:0", NULL, &port, &err), &err);
    rpc_server_free(server);
    rpc_server_free(NULL);
}

static void methods_of_one_name_are_refused(void **state)
{
    auto_error err = ERROR_INIT;
    struct rpc_method methods[] = {{.name = "/a/B"}, {.name = "/a/B"}};
    struct rpc_server_options options = {.methods = methods, .method_count = 2, .max_message = 1};
    struct rpc_server *server = NULL;

    (void)state;
    assert_int_equal(rpc_server_new(&options, &server, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot serve the method /a/B twice");
    assert_null(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rpc_test(unary_call_gets_its_reply),
        rpc_test(messages_may_be_empty_and_as_long_as_the_limit),
        rpc_test(status_comes_with_message_and_details),
        rpc_test(long_status_is_cut_to_what_clients_take),
        rpc_test(unknown_method_is_named),
        rpc_test(too_long_message_is_resource_exhausted),
        rpc_test(call_without_a_message_is_an_invalid_argument),
        rpc_test(compressed_calls_are_unimplemented),
        rpc_test(reply_that_is_not_taken_ends_the_call),
        rpc_test(stats_count_calls_errors_and_bytes),
        rpc_test(client_gets_unavailable_after_the_stop),
        cmocka_unit_test(server_that_was_never_started_can_be_freed),
        cmocka_unit_test(methods_of_one_name_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
