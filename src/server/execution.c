/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/execution.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "server/action.h"
#include "server/scheduler.h"
#include "server/service.h"

/* One stream of Execute or WaitExecution. */
struct execution_stream {
    struct service *service;
    struct rpc_call *call;
    struct watcher watcher;

    /* Guards the rest; taken under the scheduler's lock, never around it. */
    pthread_mutex_t lock;
    struct buf pending; /* the operation's newest message that hasn't been sent; empty for none */
    bool pending_is_last;
    bool writing;
    bool ended; /* the last message, or a status in its place, was given to the call */
};

/* With the stream's lock held. */
static void send_pending(struct execution_stream *stream)
{
    if (stream->writing || stream->ended || !stream->pending.len)
        return;
    stream->writing = true;
    stream->ended = stream->pending_is_last;
    if (stream->ended)
        rpc_call_answer(stream->call, &stream->pending);
    else
        rpc_call_write(stream->call, &stream->pending);
}

/* Of several changes that come while a message is on its way only the last is sent. */
static void operation_changed(void *user, struct operation *operation)
{
    struct execution_stream *stream = user;

    pthread_mutex_lock(&stream->lock);
    buf_reset(&stream->pending);
    stream->pending_is_last = operation_message(operation, &stream->pending);
    send_pending(stream);
    pthread_mutex_unlock(&stream->lock);
}

static void *stream_open(void *service, struct rpc_call *call)
{
    struct execution_stream *stream = xcalloc(1, sizeof(*stream));

    stream->service = service;
    stream->call = call;
    stream->watcher.changed = operation_changed;
    stream->watcher.user = stream;
    stream->pending = (struct buf)BUF_INIT;
    pthread_mutex_init(&stream->lock, NULL);
    return stream;
}

static void stream_written(void *state)
{
    struct execution_stream *stream = state;

    pthread_mutex_lock(&stream->lock);
    stream->writing = false;
    send_pending(stream);
    pthread_mutex_unlock(&stream->lock);
}

static void stream_closed(void *state)
{
    struct execution_stream *stream = state;

    scheduler_unwatch(stream->service->scheduler, &stream->watcher);
    pthread_mutex_destroy(&stream->lock);
    buf_release(&stream->pending);
    free(stream);
}

static void end_with(struct execution_stream *stream, const struct rpc_status *status)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->ended)
        rpc_call_finish(stream->call, status);
    stream->ended = true;
    pthread_mutex_unlock(&stream->lock);
}

/* A client that sends no request is told so; after one this changes nothing. */
static void stream_half_closed(void *state)
{
    struct execution_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->watcher.operation)
        return;
    rpc_status_set(&status, RPC_INVALID_ARGUMENT, "the call has no request message");
    end_with(stream, &status);
}

/* Whether the action may share a run with others, by its do_not_cache. */
static int read_action(struct service *service, struct scheduler_request *request,
                       struct rpc_status *status)
{
    auto_message Reapi__Action *action =
        action_message_read(service->store, &request->action, status);

    if (!action)
        return -1;
    request->alone = action->do_not_cache;
    return 0;
}

static int submit(struct execution_stream *stream, const Reapi__ExecuteRequest *message,
                  struct rpc_status *status)
{
    struct service *service = stream->service;
    struct scheduler_request request = {
        .instance = message->instance_name,
        .skip_cache_lookup = message->skip_cache_lookup,
        .priority = message->execution_policy ? message->execution_policy->priority : 0,
    };

    if (check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0 ||
        digest_of_request(message->action_digest, &request.action, status) < 0)
        return -1;
    if (!request.skip_cache_lookup &&
        scheduler_answer_cached(service->scheduler, &request, &stream->watcher))
        return 0;
    if (read_action(service, &request, status) < 0)
        return -1;
    return scheduler_submit(service->scheduler, &request, &stream->watcher, status);
}

static void execute_message(void *state, struct rpc_bytes bytes)
{
    struct execution_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->watcher.operation)
        return;
    auto_message Reapi__ExecuteRequest *message =
        message_unpack(&reapi__execute_request__descriptor, bytes, &status);
    if (!message || submit(stream, message, &status) < 0)
        end_with(stream, &status);
}

static void wait_message(void *state, struct rpc_bytes bytes)
{
    struct execution_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->watcher.operation)
        return;
    auto_message Reapi__WaitExecutionRequest *message =
        message_unpack(&reapi__wait_execution_request__descriptor, bytes, &status);
    if (!message ||
        scheduler_watch(stream->service->scheduler, message->name, &stream->watcher, &status) < 0)
        end_with(stream, &status);
}

const struct rpc_stream execution_execute = {
    .open = stream_open,
    .message = execute_message,
    .half_closed = stream_half_closed,
    .written = stream_written,
    .closed = stream_closed,
};

const struct rpc_stream execution_wait = {
    .open = stream_open,
    .message = wait_message,
    .half_closed = stream_half_closed,
    .written = stream_written,
    .closed = stream_closed,
};

void operations_get(void *user, struct rpc_bytes request, struct buf *reply,
                    struct rpc_status *status)
{
    struct service *service = user;
    auto_message Google__GetOperationRequest *message =
        message_unpack(&google__get_operation_request__descriptor, request, status);

    if (message)
        (void)!scheduler_describe(service->scheduler, message->name, reply, status);
}

/* The answer is google.protobuf.Empty. */
void operations_cancel(void *user, struct rpc_bytes request, struct buf *reply,
                       struct rpc_status *status)
{
    struct service *service = user;
    auto_message Google__CancelOperationRequest *message =
        message_unpack(&google__cancel_operation_request__descriptor, request, status);

    (void)reply;
    if (message)
        (void)!scheduler_cancel(service->scheduler, message->name, status);
}
