/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/rpc_service.h"
#include "support/test.h"

static void messages_go_both_ways(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Chat");

    for (int i = 0; i < 100; i++) {
        auto_buf reply = BUF_INIT;
        assert_true(rpc_client_send(call, &i, sizeof(i)));
        assert_true(rpc_client_read(call, &reply));
        assert_int_equal(reply.len, sizeof(i));
        assert_memory_equal(reply.data, &i, sizeof(i));
    }
    rpc_client_half_close(call);
    auto_buf none = BUF_INIT;
    assert_false(rpc_client_read(call, &none));
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_OK);
    rpc_service_wait(service, &service->closed, 1);
    assert_int_equal(service->messages, 100);
    assert_int_equal(service->half_closed, 1);
}

static void messages_of_many_kinds_of_length_arrive_whole(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Collect");
    auto_buf sent = BUF_INIT, reply = BUF_INIT;

    for (size_t len = 0; len < 300000; len = 3 * len + 1) {
        auto_buf message = BUF_INIT;
        while (message.len < len)
            buf_add_char(&message, (char)(message.len % 253));
        assert_true(rpc_client_send(call, message.data, message.len));
        buf_add(&sent, message.data, message.len);
    }
    rpc_client_half_close(call);
    assert_true(rpc_client_read(call, &reply));
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_OK);
    assert_int_equal(reply.len, sent.len);
    assert_memory_equal(reply.data, sent.data, sent.len);
}

static void half_close_without_a_message_is_seen(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Chat");

    rpc_client_half_close(call);
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_OK);
    rpc_service_wait(service, &service->closed, 1);
    assert_int_equal(service->messages, 0);
    assert_int_equal(service->half_closed, 1);
}

static void early_answer_reaches_a_client_that_goes_on_sending(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Early");
    auto_buf chunk = BUF_INIT, reply = BUF_INIT;

    buf_add_zeros(&chunk, 256 << 10);
    for (int i = 0; i < 1000 && rpc_client_send(call, chunk.data, chunk.len); i++) {
    }
    assert_true(rpc_client_read(call, &reply));
    assert_buf(&reply, "enough");
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_OK);
    rpc_service_wait(service, &service->closed, 1);
    assert_int_equal(service->messages, 1);
    assert_int_equal(service->half_closed, 0);
}

/* The client neither sends its end nor reads. */
static void early_answer_ends_the_call_without_the_clients_help(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Early");

    rpc_client_send(call, "x", 1);
    rpc_service_wait(service, &service->closed, 1);
    assert_int_equal(rpc_service_settle(service, "/test/Early", 1).errors, 0);
    auto_buf reply = BUF_INIT;
    assert_true(rpc_client_read(call, &reply));
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_OK);
}

static void other_threads_may_write_and_finish(void **state)
{
    struct rpc_service *service = *state;

    for (int i = 0; i < 50; i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        auto_buf reply = BUF_INIT;
        struct rpc_client_call *call = rpc_client_open(service->client, "/test/Thread");
        rpc_client_send(call, "x", 1);
        rpc_client_send(call, "x", 1);
        assert_true(rpc_client_read(call, &reply));
        assert_buf(&reply, "from a thread");
        rpc_client_end(call, &end);
        assert_int_equal(end.code, RPC_OK);
    }
    rpc_service_wait(service, &service->closed, 50);
}

static void too_long_message_ends_the_call_and_is_no_half_close(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Hold");
    auto_buf message = BUF_INIT;

    buf_add_zeros(&message, RPC_SERVICE_MAX_MESSAGE + 1);
    assert_true(rpc_client_send(call, "x", 1));
    rpc_service_wait(service, &service->messages, 1);
    rpc_client_send(call, message.data, message.len);
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_RESOURCE_EXHAUSTED);
    assert_string_equal(end.message, "Received message larger than max (1048577 vs. 1048576)");
    rpc_service_wait(service, &service->closed, 1);
    assert_int_equal(service->half_closed, 0);
    assert_int_equal(service->messages, 1);
}

/* Where a call is when its client cancels it. */
static void send_one(struct rpc_service *service, struct rpc_client_call *call)
{
    rpc_client_send(call, "x", 1);
    rpc_service_wait(service, &service->messages, 1);
}

static void only_open(struct rpc_service *service, struct rpc_client_call *call)
{
    (void)service;
    (void)call;
}

static void only_send(struct rpc_service *service, struct rpc_client_call *call)
{
    (void)service;
    rpc_client_send(call, "x", 1);
}

static void read_one(struct rpc_service *service, struct rpc_client_call *call)
{
    auto_buf reply = BUF_INIT;

    send_one(service, call);
    assert_true(rpc_client_read(call, &reply));
}

static void send_and_close(struct rpc_service *service, struct rpc_client_call *call)
{
    rpc_client_send(call, "x", 1);
    rpc_client_half_close(call);
    rpc_service_wait(service, &service->half_closed, 1);
}

static const struct stage {
    const char *method;
    void (*reach)(struct rpc_service *service, struct rpc_client_call *call);
} stages[] = {
    {"/test/Hold", only_open},      {"/test/Hold", only_send},  {"/test/Hold", send_one},
    {"/test/Hold", send_and_close}, {"/test/Chat", read_one},   {"/test/Flood", send_one},
    {"/test/Flood", read_one},      {"/test/Early", only_send}, {"/test/Thread", only_send},
};

static void cancel_closes_the_call_once_at_each_stage(void **state)
{
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        rpc_service_start(state);
        struct rpc_service *service = *state;
        struct rpc_client_call *call = rpc_client_open(service->client, stages[i].method);
        stages[i].reach(service, call);
        rpc_client_cancel(call);
        rpc_client_end(call, &end);
        assert_int_equal(end.code, RPC_CANCELLED);
        rpc_service_wait_for_closed(service);
        rpc_service_stop(state);
    }
}

static void cancelled_call_counts_as_an_error(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Hold");

    send_one(service, call);
    assert_int_equal(rpc_service_stats(service, "/test/Hold").open, 1);
    rpc_client_cancel(call);
    rpc_client_end(call, &end);
    struct rpc_method_stats stats = rpc_service_settle(service, "/test/Hold", 1);
    assert_int_equal(stats.calls, 1);
    assert_int_equal(stats.errors, 1);
}

static void add_frame(struct buf *out, char type, char flags, const struct buf *payload)
{
    char head[9] = {0,        (char)(payload->len >> 8), (char)payload->len, type, flags, 0, 0, 0,
                    type != 4};

    buf_add(out, head, sizeof(head));
    buf_add(out, payload->data, payload->len);
}

static void add_header(struct buf *out, const char *name, const char *value)
{
    buf_add_char(out, 0);
    buf_add_char(out, (char)strlen(name));
    buf_add_str(out, name);
    buf_add_char(out, (char)strlen(value));
    buf_add_str(out, value);
}

/* Opens a connection with one call and one message, in HTTP/2 by hand. Returns the socket. */
static int call_by_hand(struct rpc_service *service, const char *method)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)service->port)};
    auto_buf out = BUF_INIT, settings = BUF_INIT, headers = BUF_INIT, data = BUF_INIT;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    buf_add_str(&out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    add_frame(&out, 4, 0, &settings);
    add_header(&headers, ":method", "POST");
    add_header(&headers, ":scheme", "http");
    add_header(&headers, ":path", method);
    add_header(&headers, ":authority", "localhost");
    add_header(&headers, "te", "trailers");
    add_header(&headers, "content-type", "application/grpc");
    add_frame(&out, 1, 4, &headers);
    buf_add(&data, "\0\0\0\0\1x", 6);
    add_frame(&out, 0, 0, &data);
    assert_int_equal(send(fd, out.data, out.len, 0), out.len);
    return fd;
}

/* A client that goes away without a word. */
static void calls_are_closed_when_the_connection_breaks(void **state)
{
    struct rpc_service *service = *state;
    int hold = call_by_hand(service, "/test/Hold");
    int flood = call_by_hand(service, "/test/Flood");

    rpc_service_wait(service, &service->messages, 2);
    close(hold);
    close(flood);
    rpc_service_wait(service, &service->closed, 2);
    assert_int_equal(service->half_closed, 0);
}

static void silent_client_is_ended_after_the_limit(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Collect");

    rpc_client_send(call, "x", 1);
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_DEADLINE_EXCEEDED);
    assert_string_equal(end.message, "the client sent no message for 1 s");
    rpc_service_wait(service, &service->closed, 1);
}

static void client_that_never_reads_is_ended_after_the_limit(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, "/test/Brief");

    rpc_client_send(call, "x", 1);
    rpc_client_half_close(call);
    rpc_service_wait(service, &service->closed, 1);
    auto_buf messages = BUF_INIT;
    while (rpc_client_read(call, &messages)) {
    }
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_DEADLINE_EXCEEDED);
    assert_string_equal(end.message, "the client took no message for too long");
}

static void two_hundred_calls_run_at_once(void **state)
{
    struct rpc_service *service = *state;
    enum { COUNT = 200 };
    struct rpc_client_call *calls[COUNT];

    for (int i = 0; i < COUNT; i++) {
        calls[i] = rpc_client_open(service->client, "/test/Chat");
        assert_true(rpc_client_send(calls[i], &i, sizeof(i)));
    }
    rpc_service_wait(service, &service->opened, COUNT);
    assert_int_equal(service->closed, 0);
    for (int i = COUNT - 1; i >= 0; i--) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        auto_buf reply = BUF_INIT;
        rpc_client_half_close(calls[i]);
        assert_true(rpc_client_read(calls[i], &reply));
        assert_memory_equal(reply.data, &i, sizeof(i));
        rpc_client_end(calls[i], &end);
        assert_int_equal(end.code, RPC_OK);
    }
    rpc_service_wait(service, &service->closed, COUNT);
}

static void stop_cancels_what_runs_after_the_grace(void **state)
{
    struct rpc_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *hold = rpc_client_open(service->client, "/test/Hold");
    struct rpc_client_call *flood = rpc_client_open(service->client, "/test/Flood");

    rpc_client_send(hold, "x", 1);
    rpc_client_send(flood, "x", 1);
    rpc_service_wait(service, &service->messages, 2);
    rpc_server_stop(service->server, 10);
    assert_int_equal(service->closed, 2);
    rpc_client_end(hold, &end);
    assert_int_not_equal(end.code, RPC_OK);
    rpc_client_end(flood, &end);
    assert_int_not_equal(end.code, RPC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rpc_test(messages_go_both_ways),
        rpc_test(messages_of_many_kinds_of_length_arrive_whole),
        rpc_test(half_close_without_a_message_is_seen),
        rpc_test(early_answer_reaches_a_client_that_goes_on_sending),
        rpc_test(early_answer_ends_the_call_without_the_clients_help),
        rpc_test(other_threads_may_write_and_finish),
        rpc_test(too_long_message_ends_the_call_and_is_no_half_close),
        cmocka_unit_test(cancel_closes_the_call_once_at_each_stage),
        rpc_test(cancelled_call_counts_as_an_error),
        rpc_test(calls_are_closed_when_the_connection_breaks),
        rpc_test(silent_client_is_ended_after_the_limit),
        rpc_test(client_that_never_reads_is_ended_after_the_limit),
        rpc_test(two_hundred_calls_run_at_once),
        rpc_test(stop_cancels_what_runs_after_the_grace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
