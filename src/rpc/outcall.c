/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Each call has a completion queue of its own, which its thread alone looks into. Four things may
 * be in it at a time: the opening, the status, a message that is sent and one that is received.
 */

#include "rpc/outcall.h"

#include <assert.h>
#include <stdlib.h>

#include <grpc/grpc.h>

#include "base/memory.h"
#include "base/process.h"
#include "rpc/batch.h"
#include "rpc/channel_private.h"
#include "rpc/message.h"

#define LOOK_MS 50 /* how often a call that waits looks whether it should */

/* One batch: under way, and how it ended. */
struct step {
    struct event event;
    bool pending, ok;
};

struct rpc_outcall {
    struct rpc_channel *channel;
    unsigned idle_seconds;
    bool heedless;
    const atomic_bool *stop;
    unsigned generation; /* of the helper's headers */
    grpc_call *call;
    grpc_completion_queue *queue;
    struct rpc_headers headers; /* whose bytes the metadata points to */
    grpc_metadata *metadata;
    struct step opening, status, sending, receiving, closing;
    bool at_end;
    const char *fault; /* why we ended it ourselves */
    grpc_byte_buffer *in, *out;
    grpc_metadata_array received_headers, trailers;
    grpc_status_code code;
    grpc_slice text;
};

static void step_done(void *owner, bool ok)
{
    struct step *step = owner;

    step->pending = false;
    step->ok = ok;
}

static void start(struct rpc_outcall *call, struct batch *batch, struct step *step)
{
    assert(!step->pending);
    *step = (struct step){{step_done, step}, true, false};
    batch_start(batch, call->call, &step->event);
}

static gpr_timespec after_ms(int64_t ms)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(ms, GPR_TIMESPAN));
}

static bool is_stopped(const struct rpc_outcall *call)
{
    return (process_interrupted() && !call->heedless) || (call->stop && atomic_load(call->stop));
}

/* Ends the call, which ends all its steps, when there is a reason to. */
static void look_around(struct rpc_outcall *call, gpr_timespec idle_end)
{
    if (is_stopped(call))
        grpc_call_cancel_with_status(call->call, GRPC_STATUS_CANCELLED, "interrupted", NULL);
    else if (gpr_time_cmp(gpr_now(GPR_CLOCK_MONOTONIC), idle_end) >= 0)
        grpc_call_cancel_with_status(call->call, GRPC_STATUS_DEADLINE_EXCEEDED,
                                     "the service neither took nor gave a message for too long",
                                     NULL);
}

/* Waits until the step is done. */
static bool wait_for(struct rpc_outcall *call, struct step *step)
{
    gpr_timespec idle_end = after_ms((int64_t)call->idle_seconds * 1000);

    while (step->pending) {
        grpc_event event = grpc_completion_queue_next(call->queue, after_ms(LOOK_MS), NULL);
        if (event.type == GRPC_OP_COMPLETE)
            event_run(event.tag, event.success != 0);
        /* Also when there is always an event: a stream that goes well has to end as well. */
        if (step->pending || is_stopped(call))
            look_around(call, idle_end);
    }
    return step->ok;
}

/* ---- opening ---- */

static void point_to_headers(struct rpc_outcall *call)
{
    const struct rpc_headers *headers = &call->headers;

    call->metadata = xcalloc(headers->len + 1, sizeof(*call->metadata));
    for (size_t i = 0; i < headers->len; i++) {
        const struct rpc_header *header = &headers->items[i];
        call->metadata[i].key = grpc_slice_from_copied_string(header->name);
        call->metadata[i].value =
            grpc_slice_from_copied_buffer(header->value.data, header->value.len);
    }
}

static int collect_headers(struct rpc_outcall *call, const struct rpc_headers *own,
                           struct rpc_status *status)
{
    struct rpc_channel *channel = call->channel;
    auto_error err = ERROR_INIT;

    rpc_headers_append(&call->headers, &channel->headers);
    if (own)
        rpc_headers_append(&call->headers, own);
    if (channel->has_helper &&
        rpc_helper_headers(&channel->helper, &call->headers, &call->generation, &err) < 0)
        return rpc_status_set(status, RPC_UNAUTHENTICATED, "%s", err.text);
    point_to_headers(call);
    return 0;
}

static void begin(struct rpc_outcall *call, const char *method)
{
    struct batch opening = BATCH_INIT, status = BATCH_INIT;
    grpc_slice name = grpc_slice_from_copied_string(method);

    call->queue = grpc_completion_queue_create_for_next(NULL);
    call->call =
        grpc_channel_create_call(call->channel->grpc, NULL, GRPC_PROPAGATE_DEFAULTS, call->queue,
                                 name, NULL, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_slice_unref(name);
    batch_headers(&opening, call->metadata, call->headers.len);
    batch_receive_headers(&opening, &call->received_headers);
    start(call, &opening, &call->opening);
    batch_receive_status(&status, &call->code, &call->text, &call->trailers);
    start(call, &status, &call->status);
}

static void call_free(struct rpc_outcall *call)
{
    for (size_t i = 0; call->metadata && i < call->headers.len; i++) {
        grpc_slice_unref(call->metadata[i].key);
        grpc_slice_unref(call->metadata[i].value);
    }
    free(call->metadata);
    rpc_headers_release(&call->headers);
    free(call);
}

int rpc_outcall_open(struct rpc_channel *channel, const struct rpc_outcall_options *options,
                     struct rpc_outcall **ret_call, struct rpc_status *status)
{
    struct rpc_outcall *call = xcalloc(1, sizeof(*call));

    call->channel = channel;
    call->idle_seconds = options->idle_seconds ? options->idle_seconds : channel->idle_seconds;
    call->heedless = options->heedless;
    call->stop = options->stop;
    if (collect_headers(call, options->headers, status) < 0) {
        call_free(call);
        return -1;
    }
    begin(call, options->method);
    *ret_call = call;
    return 0;
}

/* ---- messages ---- */

/* Waits until the message that is on its way, if one is, has been taken. False when it won't be. */
static bool finish_sending(struct rpc_outcall *call)
{
    if (!call->out)
        return true;
    bool sent = wait_for(call, &call->sending);
    grpc_byte_buffer_destroy(call->out);
    call->out = NULL;
    return sent;
}

bool rpc_outcall_send(struct rpc_outcall *call, struct buf *message)
{
    struct batch batch = BATCH_INIT;

    if (!finish_sending(call)) {
        buf_release(message);
        return false;
    }
    call->out = message_from_buf(message);
    batch_send(&batch, call->out);
    start(call, &batch, &call->sending);
    return true;
}

void rpc_outcall_half_close(struct rpc_outcall *call)
{
    struct batch batch = BATCH_INIT;

    finish_sending(call);
    batch_half_close(&batch);
    start(call, &batch, &call->closing);
}

bool rpc_outcall_receive(struct rpc_outcall *call, struct buf *message)
{
    struct batch batch = BATCH_INIT;
    struct incoming incoming;

    if (call->at_end)
        return false;
    batch_receive(&batch, &call->in);
    start(call, &batch, &call->receiving);
    if (!wait_for(call, &call->receiving) || !call->in) {
        call->at_end = true;
        return false;
    }
    if (!incoming_open(call->in, &incoming)) {
        call->fault = "the service sent a message that is compressed by gRPC, which wasn't asked";
        call->at_end = true;
        rpc_outcall_cancel(call);
        return false;
    }
    buf_add(message, incoming.bytes.data, incoming.bytes.len);
    incoming_release(&incoming);
    return true;
}

void rpc_outcall_cancel(struct rpc_outcall *call)
{
    grpc_call_cancel(call->call, NULL);
}

/* ---- the end ---- */

static void find_details(const grpc_metadata_array *trailers, struct buf *details)
{
    for (size_t i = 0; i < trailers->count; i++) {
        const grpc_metadata *entry = &trailers->metadata[i];
        if (grpc_slice_str_cmp(entry->key, "grpc-status-details-bin") == 0)
            buf_add(details, GRPC_SLICE_START_PTR(entry->value), GRPC_SLICE_LENGTH(entry->value));
    }
}

static void take_status(struct rpc_outcall *call, struct rpc_status *ret_status)
{
    int code = (int)call->code;

    if (call->fault) {
        rpc_status_set(ret_status, RPC_INTERNAL, "%s", call->fault);
        return;
    }
    rpc_status_set(ret_status, code < RPC_OK || code > RPC_UNAUTHENTICATED ? RPC_UNKNOWN : code,
                   "%.*s", (int)GRPC_SLICE_LENGTH(call->text),
                   (const char *)GRPC_SLICE_START_PTR(call->text));
    find_details(&call->trailers, &ret_status->details);
}

/* The status comes when all messages have been taken. */
static void drain(struct rpc_outcall *call)
{
    auto_buf dropped = BUF_INIT;

    while (rpc_outcall_receive(call, &dropped))
        buf_reset(&dropped);
    finish_sending(call);
    wait_for(call, &call->status);
    wait_for(call, &call->opening);
    wait_for(call, &call->closing);
}

static void queue_destroy(grpc_completion_queue *queue)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);

    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, forever, NULL).type != GRPC_QUEUE_SHUTDOWN)
        ;
    grpc_completion_queue_destroy(queue);
}

/* Whether the helper may have something better than what the service didn't take. */
static bool forget_credentials(struct rpc_outcall *call, const struct rpc_status *status)
{
    if (status->code != RPC_UNAUTHENTICATED || !call->channel->has_helper)
        return false;
    rpc_helper_forget(&call->channel->helper, call->generation);
    return true;
}

void rpc_outcall_end(struct rpc_outcall *call, struct rpc_status *ret_status,
                     bool *ret_may_ask_again)
{
    drain(call);
    take_status(call, ret_status);
    bool again = forget_credentials(call, ret_status);
    if (ret_may_ask_again)
        *ret_may_ask_again = again;
    grpc_slice_unref(call->text);
    grpc_metadata_array_destroy(&call->received_headers);
    grpc_metadata_array_destroy(&call->trailers);
    grpc_call_unref(call->call);
    queue_destroy(call->queue);
    call_free(call);
}

int rpc_unary(struct rpc_channel *channel, const struct rpc_outcall_options *options,
              struct buf *request, struct buf *reply, struct rpc_status *status,
              bool *ret_may_ask_again)
{
    struct rpc_outcall *call;
    size_t before = reply->len;

    if (ret_may_ask_again)
        *ret_may_ask_again = false;
    if (rpc_outcall_open(channel, options, &call, status) < 0)
        return -1;
    if (rpc_outcall_send(call, request))
        rpc_outcall_half_close(call);
    bool replied = rpc_outcall_receive(call, reply);
    rpc_outcall_end(call, status, ret_may_ask_again);
    if (status->code == RPC_OK && !replied)
        rpc_status_set(status, RPC_INTERNAL, "%s ended well and without a reply", options->method);
    if (status->code == RPC_OK)
        return 0;
    buf_set_len(reply, before);
    return -1;
}
