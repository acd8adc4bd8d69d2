/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/server.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"
#include "rpc/init.h"
#include "rpc/server_private.h"

/* Calls that gRPC is asked for in advance, of each method: as many may come before a thread has to
 * ask again. More of them wait in gRPC. */
#define REQUESTS_PER_METHOD 16
/* Calls at once on one connection; more wait at the client. */
#define STREAMS_PER_CONNECTION 1000
#define METADATA_MAX (16 << 10)
/*
 * Bytes that all connections together may hold. gRPC looks at a message's length when it has all of
 * it: without this a client could have it keep what it announces, up to 4 GiB. Near the limit gRPC
 * takes less from each, above it ends streams.
 */
#define MEMORY_MAX (512u << 20)
#define THREADS_MIN 4 /* by default */
#define THREADS_MAX 16
#define PING_INTERVAL_MS 100 /* clients may ping as often as that */

static const struct rpc_method unknown_method = {.name = "other"};

#define integer_arg(name, number)                                                                  \
    {                                                                                              \
        .type = GRPC_ARG_INTEGER, .key = (char[]){name}, .value.integer = (number)                 \
    }

static grpc_server *create_grpc_server(size_t max_message)
{
    grpc_resource_quota *quota = grpc_resource_quota_create("cleaved");
    /* Compression is off: gRPC inflates a message without a limit. zstd is in REAPI itself. */
    grpc_arg args[] = {
        integer_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)max_message),
        integer_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1),
        integer_arg(GRPC_ARG_MAX_CONCURRENT_STREAMS, STREAMS_PER_CONNECTION),
        integer_arg(GRPC_ARG_MAX_METADATA_SIZE, METADATA_MAX),
        integer_arg(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, PING_INTERVAL_MS),
        integer_arg(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0),
        integer_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer_arg(GRPC_ARG_ALLOW_REUSEPORT, 0), /* a port that is taken is an error */
        integer_arg(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE),
        integer_arg(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0),
        integer_arg(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        integer_arg(GRPC_ARG_ENABLE_CENSUS, 0),
        integer_arg(GRPC_ARG_ENABLE_CHANNELZ, 0),
        {
            .type = GRPC_ARG_POINTER,
            .key = (char[]){GRPC_ARG_RESOURCE_QUOTA},
            .value.pointer = {quota, grpc_resource_quota_arg_vtable()},
        },
    };
    grpc_channel_args channel_args = {sizeof(args) / sizeof(args[0]), args};

    grpc_resource_quota_resize(quota, MEMORY_MAX);
    grpc_server *server = grpc_server_create(&channel_args, NULL);
    grpc_resource_quota_unref(quota);
    return server;
}

/* More threads than cores, as the methods block on the disk; each costs a little on every call. */
static unsigned default_threads(void)
{
    long threads = 2 * sysconf(_SC_NPROCESSORS_ONLN);

    if (threads < THREADS_MIN)
        return THREADS_MIN;
    return threads > THREADS_MAX ? THREADS_MAX : (unsigned)threads;
}

static int register_method(struct rpc_server *server, struct served *served, struct error *err)
{
    const struct rpc_method *method = served->method;

    served->serve = method->unary ? unary_serve : stream_serve;
    served->handle = grpc_server_register_method(server->grpc, method->name, NULL,
                                                 GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    if (!served->handle)
        return error_set(err, ERROR_FAILURE, "cannot serve the method %s twice", method->name);
    return 0;
}

static int register_methods(struct rpc_server *server, const struct rpc_server_options *options,
                            struct error *err)
{
    size_t count = options->method_count;

    server->method_count = count;
    server->served = xcalloc(count + 1, sizeof(*server->served));
    for (size_t i = 0; i <= count; i++) {
        struct served *served = &server->served[i];
        served->method = i < count ? &options->methods[i] : &unknown_method;
        served->service = options->service;
        served->ticker = &server->ticker;
        served->live = &server->live;
        if (i < count && register_method(server, served, err) != 0)
            return -1;
    }
    return 0;
}

static void is_down(void *owner, bool ok)
{
    struct rpc_server *server = owner;

    (void)ok;
    live_drop(&server->live);
}

int rpc_server_new(const struct rpc_server_options *options, struct rpc_server **ret_server,
                   struct error *err)
{
    struct rpc_server *server = xcalloc(1, sizeof(*server));

    assert(options->max_message <= INT_MAX);
    rpc_init();
    live_init(&server->live);
    ticker_init(&server->ticker);
    server->down = (struct event){.done = is_down, .owner = server};
    server->thread_count = options->threads ? options->threads : default_threads();
    server->grpc = create_grpc_server(options->max_message);
    server->queue = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(server->grpc, server->queue, NULL);
    if (register_methods(server, options, err) != 0) {
        rpc_server_free(server);
        return -1;
    }
    *ret_server = server;
    return 0;
}

static void ask_for_call(struct request *request)
{
    struct rpc_server *server = request->server;
    grpc_call_error failed;

    grpc_metadata_array_init(&request->metadata);
    if (request->served->handle) {
        failed = grpc_server_request_registered_call(
            server->grpc, request->served->handle, &request->call, &request->deadline,
            &request->metadata, &request->first, server->queue, server->queue,
            event_tag(&request->event));
    } else {
        grpc_call_details_init(&request->details);
        failed = grpc_server_request_call(server->grpc, &request->call, &request->details,
                                          &request->metadata, server->queue, server->queue,
                                          event_tag(&request->event));
    }
    assert(failed == GRPC_CALL_OK);
    (void)failed;
}

/* A call came, or (when not OK) the server stops. The next is asked for before this one is served,
 * which may take its time. */
static void call_came(void *owner, bool ok)
{
    struct request *request = owner;
    struct served *served = request->served;
    grpc_call *call = request->call;
    grpc_byte_buffer *first = request->first;

    grpc_metadata_array_destroy(&request->metadata);
    if (!ok) {
        live_drop(&request->server->live);
        return;
    }
    ask_for_call(request);
    if (!first && grpc_call_failed_before_recv_message(call)) {
        grpc_call_unref(call); /* its client is gone */
        return;
    }
    served->serve(served, call, first);
}

static void unknown_call_came(void *owner, bool ok)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct request *request = owner;
    grpc_slice method = request->details.method;
    grpc_call *call = request->call;

    if (ok)
        rpc_status_set(&status, RPC_UNIMPLEMENTED, "there is no method %.*s",
                       (int)GRPC_SLICE_LENGTH(method), (char *)GRPC_SLICE_START_PTR(method));
    grpc_call_details_destroy(&request->details);
    grpc_metadata_array_destroy(&request->metadata);
    if (!ok) {
        live_drop(&request->server->live);
        return;
    }
    ask_for_call(request);
    unary_refuse(request->served, call, &status);
}

static void ask_for_calls(struct rpc_server *server)
{
    server->request_count = (server->method_count + 1) * REQUESTS_PER_METHOD;
    server->requests = xcalloc(server->request_count, sizeof(*server->requests));
    for (size_t i = 0; i < server->request_count; i++) {
        struct request *request = &server->requests[i];
        request->server = server;
        request->served = &server->served[i / REQUESTS_PER_METHOD];
        request->event.done = request->served->handle ? call_came : unknown_call_came;
        request->event.owner = request;
        live_add(&server->live);
        ask_for_call(request);
    }
}

/*
 * What is sent at once is done at once: gRPC keeps that event for this thread, where it would wake
 * another one otherwise (a fifth of the processor time of a small unary call, with four threads).
 */
static void run_event(struct rpc_server *server, void *tag, int ok)
{
    do {
        grpc_completion_queue_thread_local_cache_init(server->queue);
        event_run(tag, ok != 0);
    } while (grpc_completion_queue_thread_local_cache_flush(server->queue, &tag, &ok));
}

static void *run(void *user)
{
    struct rpc_server *server = user;
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);

    for (;;) {
        grpc_event event = grpc_completion_queue_next(server->queue, forever, NULL);
        if (event.type == GRPC_QUEUE_SHUTDOWN)
            return NULL;
        run_event(server, event.tag, event.success);
    }
}

static int start_threads(struct rpc_server *server, struct error *err)
{
    server->threads = xcalloc(server->thread_count, sizeof(*server->threads));
    for (unsigned i = 0; i < server->thread_count; i++) {
        if (thread_start(&server->threads[i], run, server, err) != 0)
            return -1;
        server->running++;
    }
    return ticker_start(&server->ticker, err);
}

/* They end when the queue that was shut down is empty. */
static void end_threads(struct rpc_server *server)
{
    for (unsigned i = 0; i < server->running; i++)
        pthread_join(server->threads[i], NULL);
    ticker_stop(&server->ticker);
}

int rpc_server_start(struct rpc_server *server, struct error *err)
{
    assert(!server->started && !server->threads);
    if (start_threads(server, err) != 0)
        return -1;
    server->started = true;
    grpc_server_start(server->grpc);
    ask_for_calls(server);
    return 0;
}

static struct timespec in_ms(unsigned ms)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += (long)(ms % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

static void begin_shutdown(struct rpc_server *server)
{
    server->stopped = true;
    live_add(&server->live);
    grpc_server_shutdown_and_notify(server->grpc, server->queue, event_tag(&server->down));
}

void rpc_server_stop(struct rpc_server *server, unsigned grace_ms)
{
    struct timespec end = in_ms(grace_ms);

    if (!server->started || server->stopped)
        return;
    begin_shutdown(server);
    /* The one that is left is the shutdown's: it would wait for clients that are idle to leave. */
    live_wait(&server->live, 1, &end);
    grpc_server_cancel_all_calls(server->grpc);
    live_wait(&server->live, 0, NULL);
    grpc_completion_queue_shutdown(server->queue);
    end_threads(server);
}

/* gRPC wants its server shut down also when it wasn't started. This thread helps, as there may be
 * no other. */
static void shut_down_unstarted(struct rpc_server *server)
{
    begin_shutdown(server);
    grpc_completion_queue_shutdown(server->queue);
    run(server);
    end_threads(server);
}

void rpc_server_free(struct rpc_server *server)
{
    if (!server)
        return;
    if (!server->started)
        shut_down_unstarted(server);
    assert(server->stopped);
    grpc_server_destroy(server->grpc);
    grpc_completion_queue_destroy(server->queue);
    ticker_release(&server->ticker);
    live_release(&server->live);
    free(server->threads);
    free(server->requests);
    free(server->served);
    free(server);
    grpc_shutdown();
}

static uint64_t count_of(atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void rpc_server_stats(struct rpc_server *server, struct rpc_method_stats *ret_stats)
{
    for (size_t i = 0; i <= server->method_count; i++) {
        struct counters *counters = &server->served[i].counters;
        struct rpc_method_stats *stats = &ret_stats[i];
        stats->name = server->served[i].method->name;
        /* In this order, so that more calls don't seem to have ended than have begun. */
        stats->errors = count_of(&counters->errors);
        stats->calls = count_of(&counters->ended);
        uint64_t begun = count_of(&counters->begun);
        stats->open = begun > stats->calls ? begun - stats->calls : 0;
        stats->bytes_in = count_of(&counters->bytes_in);
        stats->bytes_out = count_of(&counters->bytes_out);
    }
}
