/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Streaming calls. Two locks: `callbacks` is held while a function of the service runs, `lock`
 * guards the fields below it and the starting of batches, and is a leaf, so that services may write
 * and finish with their own locks held. A call has a reference for each batch under way, and one
 * for the thread that opens it; the batch that waits for the end of the call is always among them,
 * so that the last reference goes when the call is over and nothing of it is left in the queue.
 */

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rpc/batch.h"
#include "rpc/message.h"
#include "rpc/served.h"

struct rpc_call {
    struct served *served;
    const struct rpc_stream *stream;
    grpc_call *call;
    pthread_mutex_t callbacks;
    void *state;

    pthread_mutex_t lock;
    unsigned references;
    bool watched;   /* the batch that waits for the end has been started */
    bool greeted;   /* the initial metadata has been sent */
    bool receiving; /* a batch is under way, since */
    time_t receiving_since;
    bool sending;
    time_t sending_since;
    bool finished; /* the status is known: nothing more is taken from the service or the client */
    bool ended;    /* the status has been handed to gRPC */
    bool closed;   /* the last reference is gone */

    struct event received, sent, over;
    grpc_byte_buffer *message_in, *message_out;
    struct trailer trailer; /* while finished */
    int cancelled;
    struct ticking ticking;
};

static void release(struct rpc_call *call);

static void count_end(struct rpc_call *call)
{
    struct counters *counters = &call->served->counters;
    bool good = call->finished && call->trailer.code == GRPC_STATUS_OK && !call->cancelled;

    if (!good)
        counters_add(&counters->errors, 1);
    counters_add(&counters->ended, 1);
}

static void call_free(struct rpc_call *call)
{
    struct live *live = call->served->live;

    if (call->finished)
        trailer_release(&call->trailer);
    grpc_call_unref(call->call);
    pthread_mutex_destroy(&call->lock);
    pthread_mutex_destroy(&call->callbacks);
    free(call);
    live_drop(live);
}

static void release(struct rpc_call *call)
{
    pthread_mutex_lock(&call->lock);
    bool last = --call->references == 0;
    call->closed = last;
    pthread_mutex_unlock(&call->lock);
    if (!last)
        return;
    if (call->served->method->idle_limit > 0)
        ticker_remove(call->served->ticker, &call->ticking);
    call->stream->closed(call->state);
    count_end(call);
    call_free(call);
}

/* The functions from here to the next line of this kind are called with `lock` held. */

static void start(struct rpc_call *call, struct batch *batch, struct event *event)
{
    call->references++;
    batch_start(batch, call->call, event);
}

static void start_receiving(struct rpc_call *call)
{
    struct batch batch = BATCH_INIT;

    call->receiving = true;
    call->receiving_since = ticker_now();
    batch_receive(&batch, &call->message_in);
    start(call, &batch, &call->received);
}

static void start_watching(struct rpc_call *call)
{
    struct batch batch = BATCH_INIT;

    call->watched = true;
    batch_close(&batch, &call->cancelled);
    start(call, &batch, &call->over);
}

/* Begins a batch that sends: its first operation is the initial metadata, if that is due. */
static struct batch sending_batch(struct rpc_call *call, grpc_byte_buffer *message)
{
    struct batch batch = BATCH_INIT;

    if (!call->greeted)
        batch_initial_metadata(&batch);
    call->greeted = true;
    if (message)
        batch_send(&batch, message);
    call->message_out = message;
    call->sending = true;
    call->sending_since = ticker_now();
    return batch;
}

/* A call that ends before its opening is done needs no batch of its own to wait for that. */
static void start_ending(struct rpc_call *call, grpc_byte_buffer *message)
{
    struct batch batch = sending_batch(call, message);

    call->ended = true;
    batch_trailer(&batch, &call->trailer);
    if (!call->watched)
        batch_close(&batch, &call->cancelled);
    call->watched = true;
    start(call, &batch, &call->sent);
}

static bool takes_no_more(const struct rpc_call *call)
{
    return call->finished || call->closed;
}

/* A status that comes while a message is on its way is sent when that is done. */
static void finish(struct rpc_call *call, const struct rpc_status *status)
{
    call->finished = true;
    trailer_init(&call->trailer, status);
    if (!call->sending)
        start_ending(call, NULL);
}

/* Nothing can be sent to a client that takes nothing: its stream is reset. */
static void end_stuck(struct rpc_call *call)
{
    static const char text[] = "the client took no message for too long";
    struct rpc_status status = {.code = RPC_DEADLINE_EXCEEDED, .message = (char *)text};

    if (!call->finished)
        trailer_init(&call->trailer, &status);
    call->finished = true;
    grpc_call_cancel_with_status(call->call, GRPC_STATUS_DEADLINE_EXCEEDED, text, NULL);
}

static void end_silent(struct rpc_call *call, unsigned seconds)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    rpc_status_set(&status, RPC_DEADLINE_EXCEEDED, "the client sent no message for %u s", seconds);
    finish(call, &status);
}

/* What follows takes `lock` itself. */

static void tick(void *owner, time_t now)
{
    struct rpc_call *call = owner;
    unsigned limit = call->served->method->idle_limit;

    pthread_mutex_lock(&call->lock);
    if (call->sending && now - call->sending_since > (time_t)limit)
        end_stuck(call);
    else if (call->receiving && !takes_no_more(call) && now - call->receiving_since > (time_t)limit)
        end_silent(call, limit);
    pthread_mutex_unlock(&call->lock);
}

void rpc_call_write(struct rpc_call *call, struct buf *message)
{
    size_t len = message->len;
    grpc_byte_buffer *buffer = message_from_buf(message);

    pthread_mutex_lock(&call->lock);
    bool late = takes_no_more(call);
    if (!late) {
        assert(!call->sending);
        struct batch batch = sending_batch(call, buffer);
        start(call, &batch, &call->sent);
    }
    pthread_mutex_unlock(&call->lock);
    if (late)
        grpc_byte_buffer_destroy(buffer);
    else
        counters_add(&call->served->counters.bytes_out, len);
}

void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status)
{
    pthread_mutex_lock(&call->lock);
    if (!takes_no_more(call))
        finish(call, status);
    pthread_mutex_unlock(&call->lock);
}

void rpc_call_answer(struct rpc_call *call, struct buf *message)
{
    static const struct rpc_status good = RPC_STATUS_INIT;
    size_t len = message->len;
    grpc_byte_buffer *buffer = message_from_buf(message);

    pthread_mutex_lock(&call->lock);
    bool late = takes_no_more(call);
    if (!late) {
        assert(!call->sending);
        call->finished = true;
        trailer_init(&call->trailer, &good);
        start_ending(call, buffer);
    }
    pthread_mutex_unlock(&call->lock);
    if (late)
        grpc_byte_buffer_destroy(buffer);
    else
        counters_add(&call->served->counters.bytes_out, len);
}

static void sent(void *owner, bool ok)
{
    struct rpc_call *call = owner;

    pthread_mutex_lock(&call->lock);
    if (call->message_out)
        grpc_byte_buffer_destroy(call->message_out);
    call->message_out = NULL;
    call->sending = false;
    if (call->finished && !call->ended)
        start_ending(call, NULL);
    bool next = ok && !call->finished;
    pthread_mutex_unlock(&call->lock);
    if (next && call->stream->written) {
        pthread_mutex_lock(&call->callbacks);
        call->stream->written(call->state);
        pthread_mutex_unlock(&call->callbacks);
    }
    release(call);
}

static void over(void *owner, bool ok)
{
    (void)ok;
    release(owner);
}

static bool is_finished(struct rpc_call *call)
{
    pthread_mutex_lock(&call->lock);
    bool finished = call->finished;
    pthread_mutex_unlock(&call->lock);
    return finished;
}

/* Gives one message to the service, and takes it. Called with `callbacks` held. */
static void deliver(struct rpc_call *call, grpc_byte_buffer *buffer)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct incoming message;

    if (!incoming_open(buffer, &message)) {
        rpc_status_set(&status, RPC_INVALID_ARGUMENT, "%s: a message is compressed",
                       call->served->method->name);
        rpc_call_finish(call, &status);
        return;
    }
    counters_add(&call->served->counters.bytes_in, message.bytes.len);
    if (!is_finished(call))
        call->stream->message(call->state, message.bytes);
    incoming_release(&message);
}

static void half_close(struct rpc_call *call)
{
    if (!is_finished(call) && call->stream->half_closed)
        call->stream->half_closed(call->state);
}

static void receive_next(struct rpc_call *call)
{
    pthread_mutex_lock(&call->lock);
    if (!call->finished)
        start_receiving(call);
    pthread_mutex_unlock(&call->lock);
}

/* A stream that broke also gives no message: that is no half-close, the end of the call follows. */
static void received(void *owner, bool ok)
{
    struct rpc_call *call = owner;
    grpc_byte_buffer *buffer = call->message_in;
    bool broken = !ok || grpc_call_failed_before_recv_message(call->call);

    pthread_mutex_lock(&call->lock);
    call->message_in = NULL;
    call->receiving = false;
    pthread_mutex_unlock(&call->lock);
    pthread_mutex_lock(&call->callbacks);
    if (buffer)
        deliver(call, buffer);
    else if (!broken)
        half_close(call);
    pthread_mutex_unlock(&call->callbacks);
    if (buffer)
        receive_next(call);
    release(call);
}

static struct rpc_call *call_new(struct served *served, grpc_call *grpc)
{
    struct rpc_call *call = xcalloc(1, sizeof(*call));

    live_add(served->live);
    call->served = served;
    call->stream = served->method->stream;
    call->call = grpc;
    call->references = 1;
    pthread_mutex_init(&call->callbacks, NULL);
    pthread_mutex_init(&call->lock, NULL);
    call->received = (struct event){.done = received, .owner = call};
    call->sent = (struct event){.done = sent, .owner = call};
    call->over = (struct event){.done = over, .owner = call};
    call->ticking = (struct ticking){.tick = tick, .owner = call};
    if (served->method->idle_limit > 0)
        ticker_add(served->ticker, &call->ticking);
    return call;
}

void stream_serve(struct served *served, grpc_call *grpc, grpc_byte_buffer *first)
{
    struct rpc_call *call = call_new(served, grpc);

    counters_add(&served->counters.begun, 1);
    pthread_mutex_lock(&call->callbacks);
    call->state = call->stream->open(served->service, call);
    if (first)
        deliver(call, first);
    else
        half_close(call);
    pthread_mutex_unlock(&call->callbacks);
    pthread_mutex_lock(&call->lock);
    if (!call->watched)
        start_watching(call);
    if (first && !call->finished)
        start_receiving(call);
    pthread_mutex_unlock(&call->lock);
    release(call);
}
