/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rpc_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "support/test.h"

#define BIG (8u << 20)
#define FLOOD_MESSAGE (64u << 10)

struct stream {
    struct rpc_service *service;
    struct rpc_call *call;
    struct buf waiting; /* to be sent */
    bool writing, ending, threaded;
    pthread_t thread;
};

static void count(struct rpc_service *service, unsigned *counter)
{
    pthread_mutex_lock(&service->lock);
    (*counter)++;
    pthread_cond_broadcast(&service->change);
    pthread_mutex_unlock(&service->lock);
}

static void add_bytes(struct buf *buf, struct rpc_bytes bytes)
{
    buf_add(buf, bytes.data, bytes.len);
}

static void echo(void *service, struct rpc_bytes request, struct buf *reply,
                 struct rpc_status *status)
{
    (void)service;
    (void)status;
    add_bytes(reply, request);
}

static void refuse(void *service, struct rpc_bytes request, struct buf *reply,
                   struct rpc_status *status)
{
    (void)service;
    buf_add_str(reply, "never seen");
    rpc_status_set(status, RPC_NOT_FOUND, "no such thing: %.*s", (int)request.len,
                   (const char *)request.data);
    buf_add_str(&status->details, "details");
}

/* In characters of two bytes, the first of them at an odd place. */
static void refuse_long(void *service, struct rpc_bytes request, struct buf *reply,
                        struct rpc_status *status)
{
    auto_buf text = BUF_INIT;

    (void)service;
    (void)request;
    (void)reply;
    buf_add_char(&text, '!');
    while (text.len < (1u << 20))
        buf_add_str(&text, "\xc3\xa4");
    rpc_status_set(status, RPC_INVALID_ARGUMENT, "%s", text.data);
    buf_add_zeros(&status->details, 1u << 20);
}

static void big(void *service, struct rpc_bytes request, struct buf *reply,
                struct rpc_status *status)
{
    (void)service;
    (void)request;
    (void)status;
    buf_add_zeros(reply, BIG);
}

static void *open_stream(void *user, struct rpc_call *call)
{
    struct stream *stream = xcalloc(1, sizeof(*stream));

    stream->service = user;
    stream->call = call;
    stream->waiting = (struct buf)BUF_INIT;
    count(stream->service, &stream->service->opened);
    return stream;
}

static void close_stream(void *state)
{
    struct stream *stream = state;
    struct rpc_service *service = stream->service;

    if (stream->threaded)
        pthread_join(stream->thread, NULL);
    buf_release(&stream->waiting);
    free(stream);
    count(service, &service->closed);
}

static void finish(struct stream *stream)
{
    static const struct rpc_status good = RPC_STATUS_INIT;

    rpc_call_finish(stream->call, &good);
}

static void count_message(void *state, struct rpc_bytes message)
{
    struct stream *stream = state;

    (void)message;
    count(stream->service, &stream->service->messages);
}

static void count_half_closed(void *state)
{
    struct stream *stream = state;

    count(stream->service, &stream->service->half_closed);
}

/* Chat: what comes while a message is on its way goes with the next. */
static void chat_go_on(struct stream *stream)
{
    if (stream->writing)
        return;
    if (stream->waiting.len > 0) {
        stream->writing = true;
        rpc_call_write(stream->call, &stream->waiting);
    } else if (stream->ending) {
        finish(stream);
    }
}

static void chat_message(void *state, struct rpc_bytes message)
{
    struct stream *stream = state;

    count_message(state, message);
    add_bytes(&stream->waiting, message);
    chat_go_on(stream);
}

static void chat_half_closed(void *state)
{
    struct stream *stream = state;

    count_half_closed(state);
    stream->ending = true;
    chat_go_on(stream);
}

static void chat_written(void *state)
{
    struct stream *stream = state;

    stream->writing = false;
    chat_go_on(stream);
}

static void collect_message(void *state, struct rpc_bytes message)
{
    struct stream *stream = state;

    count_message(state, message);
    add_bytes(&stream->waiting, message);
}

static void collect_half_closed(void *state)
{
    struct stream *stream = state;

    count_half_closed(state);
    rpc_call_answer(stream->call, &stream->waiting);
}

static void early_message(void *state, struct rpc_bytes message)
{
    struct stream *stream = state;

    count_message(state, message);
    buf_add_str(&stream->waiting, "enough");
    rpc_call_answer(stream->call, &stream->waiting);
}

static void flood_written(void *state)
{
    struct stream *stream = state;

    buf_add_zeros(&stream->waiting, FLOOD_MESSAGE);
    rpc_call_write(stream->call, &stream->waiting);
}

static void flood_message(void *state, struct rpc_bytes message)
{
    count_message(state, message);
    flood_written(state);
}

/* What a service shouldn't do, but which has a meaning: finishing while a message is on its way. */
static void *answer_from_thread(void *user)
{
    struct stream *stream = user;
    auto_buf text = BUF_INIT;

    buf_add_str(&text, "from a thread");
    rpc_call_write(stream->call, &text);
    finish(stream);
    buf_add_str(&text, "too late");
    rpc_call_write(stream->call, &text);
    return NULL;
}

static void *thread_open(void *user, struct rpc_call *call)
{
    struct stream *stream = open_stream(user, call);

    stream->threaded = pthread_create(&stream->thread, NULL, answer_from_thread, stream) == 0;
    return stream;
}

static const struct rpc_stream chat = {.open = open_stream,
                                       .message = chat_message,
                                       .half_closed = chat_half_closed,
                                       .written = chat_written,
                                       .closed = close_stream};
static const struct rpc_stream collect = {.open = open_stream,
                                          .message = collect_message,
                                          .half_closed = collect_half_closed,
                                          .closed = close_stream};
static const struct rpc_stream early = {
    .open = open_stream, .message = early_message, .closed = close_stream};
static const struct rpc_stream hold = {.open = open_stream,
                                       .message = count_message,
                                       .half_closed = count_half_closed,
                                       .closed = close_stream};
static const struct rpc_stream flood = {.open = open_stream,
                                        .message = flood_message,
                                        .written = flood_written,
                                        .closed = close_stream};
static const struct rpc_stream threaded = {
    .open = thread_open, .message = count_message, .closed = close_stream};

static const struct rpc_method methods[] = {
    {.name = "/test/Echo", .unary = echo},
    {.name = "/test/Fail", .unary = refuse},
    {.name = "/test/Long", .unary = refuse_long},
    {.name = "/test/Big", .unary = big, .idle_limit = 1},
    {.name = "/test/Chat", .stream = &chat},
    {.name = "/test/Collect", .stream = &collect, .idle_limit = 1},
    {.name = "/test/Early", .stream = &early},
    {.name = "/test/Hold", .stream = &hold},
    {.name = "/test/Flood", .stream = &flood},
    {.name = "/test/Brief", .stream = &flood, .idle_limit = 1},
    {.name = "/test/Thread", .stream = &threaded},
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

int rpc_service_start(void **state)
{
    auto_error err = ERROR_INIT;
    struct rpc_service *service = xcalloc(1, sizeof(*service));
    struct rpc_server_options options = {.methods = methods,
                                         .method_count = METHOD_COUNT,
                                         .service = service,
                                         .max_message = RPC_SERVICE_MAX_MESSAGE};
    int port = 0;

    pthread_mutex_init(&service->lock, NULL);
    pthread_cond_init(&service->change, NULL);
    assert_success(rpc_server_new(&options, &service->server, &err), &err);
    assert_success(rpc_server_listen(service->server, "tcp:127.0.0.1:0", NULL, &port, &err), &err);
    assert_success(rpc_server_start(service->server, &err), &err);
    service->port = port;
    service->target = xasprintf("127.0.0.1:%d", port);
    service->client = rpc_client_new(service->target, NULL);
    *state = service;
    return 0;
}

int rpc_service_stop(void **state)
{
    struct rpc_service *service = *state;

    rpc_client_free(service->client);
    rpc_server_stop(service->server, 100);
    rpc_server_free(service->server);
    assert_int_equal(service->opened, service->closed);
    pthread_cond_destroy(&service->change);
    pthread_mutex_destroy(&service->lock);
    free(service->target);
    free(service);
    return 0;
}

static struct timespec time_limit(void)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += RPC_CLIENT_SECONDS;
    return end;
}

void rpc_service_wait(struct rpc_service *service, const unsigned *counter, unsigned value)
{
    struct timespec end = time_limit();
    int timed_out = 0;

    pthread_mutex_lock(&service->lock);
    while (*counter < value && timed_out != ETIMEDOUT)
        timed_out = pthread_cond_timedwait(&service->change, &service->lock, &end);
    unsigned reached = *counter;
    pthread_mutex_unlock(&service->lock);
    assert_int_equal(reached, value);
}

void rpc_service_wait_for_closed(struct rpc_service *service)
{
    struct timespec end = time_limit();
    int timed_out = 0;

    pthread_mutex_lock(&service->lock);
    while (service->closed < service->opened && timed_out != ETIMEDOUT)
        timed_out = pthread_cond_timedwait(&service->change, &service->lock, &end);
    pthread_mutex_unlock(&service->lock);
    assert_int_not_equal(timed_out, ETIMEDOUT);
}

struct rpc_method_stats rpc_service_stats(struct rpc_service *service, const char *method)
{
    struct rpc_method_stats stats[METHOD_COUNT + 1];

    rpc_server_stats(service->server, stats);
    for (size_t i = 0; i <= METHOD_COUNT; i++) {
        if (strcmp(stats[i].name, method) == 0)
            return stats[i];
    }
    fail_msg("there are no stats of %s", method);
    return stats[0];
}

struct rpc_method_stats rpc_service_settle(struct rpc_service *service, const char *method,
                                           uint64_t calls)
{
    static const struct timespec moment = {.tv_nsec = 1000000};

    for (int i = 0; i < 1000 * RPC_CLIENT_SECONDS; i++) {
        struct rpc_method_stats stats = rpc_service_stats(service, method);
        if (stats.calls >= calls)
            return stats;
        nanosleep(&moment, NULL);
    }
    fail_msg("calls of %s are still open", method);
    return rpc_service_stats(service, method);
}
