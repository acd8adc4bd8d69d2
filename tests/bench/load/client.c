/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include "base/memory.h"

#define CALL_SECONDS 300
#define OPS_MAX 3

struct client {
    grpc_channel *channel;
    grpc_completion_queue *queue;
};

/* Calls of a client that are made one after another for as long as there are more to make. */
struct lane;

/* What a batch's tag points to. */
struct event {
    void (*done)(struct lane *lane, bool ok);
    struct lane *lane;
};

struct run {
    struct client *client;
    const struct calls *calls;
    void *method; /* registered with the channel */
    size_t count, begun, ended;
    double *seconds; /* of each call */
};

struct lane {
    struct run *run;
    size_t number;
    double since;
    grpc_call *call;
    unsigned pending; /* batches */
    size_t sent;
    bool last_sent;
    struct answer answer;
    grpc_byte_buffer *out, *in, *final;
    grpc_metadata_array initial, trailing;
    grpc_status_code code;
    grpc_slice text;
    struct event sent_event, received_event, over_event;
};

void fail(const char *format, ...)
{
    va_list arguments;

    fputs("load: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

double seconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void times_of(double *seconds, size_t count, struct times *times)
{
    qsort(seconds, count, sizeof(*seconds), by_value);
    times->median_ms = count ? 1000 * seconds[count / 2] : 0;
    times->most_ms = count ? 1000 * seconds[count * 99 / 100] : 0;
}

/* ---- a lane's batches ---- */

static void begin_call(struct lane *lane);

static void start(struct lane *lane, const grpc_op *ops, size_t count, struct event *event)
{
    lane->pending++;
    if (grpc_call_start_batch(lane->call, ops, count, event, NULL) != GRPC_CALL_OK)
        fail("%s: gRPC refuses a batch", lane->run->calls->method);
}

static grpc_byte_buffer *buffer_of(struct outgoing *message)
{
    size_t count = 0;
    grpc_slice slices[2];

    if (message->head.len > 0)
        slices[count++] = grpc_slice_from_copied_buffer(message->head.data, message->head.len);
    if (message->tail_len > 0)
        slices[count++] = grpc_slice_from_static_buffer(message->tail, message->tail_len);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(slices, count);
    for (size_t i = 0; i < count; i++)
        grpc_slice_unref(slices[i]);
    buf_release(&message->head);
    return buffer;
}

/* The first message goes with the call's beginning, the last with its half-close. */
static void send_next(struct lane *lane)
{
    const struct calls *calls = lane->run->calls;
    struct outgoing message = {.head = BUF_INIT};
    grpc_op ops[OPS_MAX] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}};
    size_t count = lane->sent == 0;

    calls->next(calls->user, lane->number, lane->sent, &message);
    lane->out = buffer_of(&message);
    ops[count] = (grpc_op){.op = GRPC_OP_SEND_MESSAGE};
    ops[count++].data.send_message.send_message = lane->out;
    if (message.last)
        ops[count++] = (grpc_op){.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};
    lane->last_sent = message.last;
    lane->sent++;
    start(lane, ops, count, &lane->sent_event);
}

static void receive_next(struct lane *lane)
{
    grpc_op ops[2] = {{.op = GRPC_OP_RECV_MESSAGE}, {.op = GRPC_OP_RECV_INITIAL_METADATA}};

    ops[0].data.recv_message.recv_message = &lane->in;
    ops[1].data.recv_initial_metadata.recv_initial_metadata = &lane->initial;
    start(lane, ops, lane->answer.messages == 0 ? 2 : 1, &lane->received_event);
}

static void await_status(struct lane *lane)
{
    grpc_op op = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};

    op.data.recv_status_on_client.trailing_metadata = &lane->trailing;
    op.data.recv_status_on_client.status = &lane->code;
    op.data.recv_status_on_client.status_details = &lane->text;
    start(lane, &op, 1, &lane->over_event);
}

/* ---- the end of a call ---- */

static void read_final(struct lane *lane)
{
    grpc_byte_buffer_reader reader;

    if (!lane->final || !grpc_byte_buffer_reader_init(&reader, lane->final))
        return;
    grpc_slice slice = grpc_byte_buffer_reader_readall(&reader);
    buf_add(&lane->answer.final, GRPC_SLICE_START_PTR(slice), GRPC_SLICE_LENGTH(slice));
    grpc_slice_unref(slice);
    grpc_byte_buffer_reader_destroy(&reader);
    grpc_byte_buffer_destroy(lane->final);
    lane->final = NULL;
}

static void end_call(struct lane *lane)
{
    struct run *run = lane->run;
    const struct calls *calls = run->calls;

    run->seconds[run->ended++] = seconds_now() - lane->since;
    if (lane->code != GRPC_STATUS_OK)
        fail("%s: status %d: %.*s", calls->method, (int)lane->code,
             (int)GRPC_SLICE_LENGTH(lane->text), (const char *)GRPC_SLICE_START_PTR(lane->text));
    read_final(lane);
    if (!calls->check(calls->user, lane->number, &lane->answer))
        fail("%s: call %zu wasn't answered as it should be: %zu messages, %llu bytes",
             calls->method, lane->number, lane->answer.messages,
             (unsigned long long)lane->answer.bytes);
    buf_release(&lane->answer.final);
    grpc_slice_unref(lane->text);
    grpc_metadata_array_destroy(&lane->initial);
    grpc_metadata_array_destroy(&lane->trailing);
    grpc_call_unref(lane->call);
    begin_call(lane);
}

static void batch_ended(struct lane *lane)
{
    if (--lane->pending == 0)
        end_call(lane);
}

static void sent(struct lane *lane, bool ok)
{
    grpc_byte_buffer_destroy(lane->out);
    if (ok && !lane->last_sent)
        send_next(lane);
    batch_ended(lane);
}

static void received(struct lane *lane, bool ok)
{
    if (ok && lane->in) {
        lane->answer.messages++;
        lane->answer.bytes += grpc_byte_buffer_length(lane->in);
        if (lane->final)
            grpc_byte_buffer_destroy(lane->final);
        lane->final = lane->in;
        receive_next(lane);
    }
    batch_ended(lane);
}

static void over(struct lane *lane, bool ok)
{
    (void)ok;
    batch_ended(lane);
}

/* ---- the beginning ---- */

static void lane_init(struct lane *lane, struct run *run, size_t number)
{
    *lane = (struct lane){
        .run = run,
        .number = number,
        .since = seconds_now(),
        .answer = {.final = BUF_INIT},
        .sent_event = {sent, lane},
        .received_event = {received, lane},
        .over_event = {over, lane},
    };
    grpc_metadata_array_init(&lane->initial);
    grpc_metadata_array_init(&lane->trailing);
}

/* Nothing, when all calls have begun. */
static void begin_call(struct lane *lane)
{
    struct run *run = lane->run;
    gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                         gpr_time_from_seconds(CALL_SECONDS, GPR_TIMESPAN));

    if (run->begun == run->count)
        return;
    lane_init(lane, run, run->begun++);
    lane->call =
        grpc_channel_create_registered_call(run->client->channel, NULL, GRPC_PROPAGATE_DEFAULTS,
                                            run->client->queue, run->method, deadline, NULL);
    send_next(lane);
    receive_next(lane);
    await_status(lane);
}

static void run_events(struct run *run)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);

    while (run->ended < run->count) {
        grpc_event event = grpc_completion_queue_next(run->client->queue, forever, NULL);
        struct event *what = event.tag;
        what->done(what->lane, event.success != 0);
    }
}

void client_run(struct client *client, const struct calls *calls, size_t count, size_t in_flight,
                struct times *ret_times)
{
    auto_free double *seconds = xcalloc(count, sizeof(*seconds));
    auto_free struct lane *lanes = xcalloc(in_flight, sizeof(*lanes));
    struct run run = {client, calls, NULL, count, 0, 0, seconds};
    double since = seconds_now();

    run.method = grpc_channel_register_call(client->channel, calls->method, NULL, NULL);
    for (size_t i = 0; i < in_flight; i++) {
        lanes[i].run = &run;
        begin_call(&lanes[i]);
    }
    run_events(&run);
    ret_times->seconds = seconds_now() - since;
    times_of(seconds, count, ret_times);
}

static void ask_nothing(void *user, size_t number, size_t sent, struct outgoing *message)
{
    (void)user;
    (void)number;
    (void)sent;
    message->last = true;
}

static bool is_answered(void *user, size_t number, const struct answer *answer)
{
    (void)user;
    (void)number;
    return answer->messages == 1;
}

struct client *client_new(const char *address)
{
    static const struct calls capabilities = {
        .method = "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities",
        .next = ask_nothing,
        .check = is_answered,
    };
    struct client *client = xcalloc(1, sizeof(*client));
    grpc_arg no_limit = {.type = GRPC_ARG_INTEGER,
                         .key = (char[]){GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH},
                         .value.integer = -1};
    grpc_channel_args args = {1, &no_limit};
    struct times times;

    grpc_init(); /* for good: its shutdown takes seconds at times */
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    client->channel = grpc_channel_create(address, credentials, &args);
    client->queue = grpc_completion_queue_create_for_next(NULL);
    grpc_channel_credentials_release(credentials);
    client_run(client, &capabilities, 1, 1, &times);
    return client;
}

void client_free(struct client *client)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);

    grpc_channel_destroy(client->channel);
    grpc_completion_queue_shutdown(client->queue);
    while (grpc_completion_queue_next(client->queue, forever, NULL).type != GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(client->queue);
    free(client);
}
