/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/health.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proto/health.pb-c.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "server/service.h"

typedef Health__HealthCheckResponse__ServingStatus serving_status;

#define UNKNOWN HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__UNKNOWN
#define SERVING HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
#define NOT_SERVING HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING
#define SERVICE_UNKNOWN HEALTH__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN

struct health {
    const struct rpc_method *methods;
    size_t method_count;
    pthread_mutex_t lock; /* guards the rest, and all streams */
    bool stopping;
    struct health_stream *streams;
};

struct health_stream {
    struct health *health;
    struct rpc_call *call;
    bool asked, served; /* the request has come; it names a service that is here */
    bool writing, ended;
    serving_status told; /* UNKNOWN: nothing yet */
    struct health_stream *next;
};

struct health *health_new(const struct rpc_method *methods, size_t count)
{
    struct health *health = xcalloc(1, sizeof(*health));

    health->methods = methods;
    health->method_count = count;
    pthread_mutex_init(&health->lock, NULL);
    return health;
}

void health_free(struct health *health)
{
    if (!health)
        return;
    pthread_mutex_destroy(&health->lock);
    free(health);
}

/* Methods are named "/SERVICE/METHOD". */
static bool is_served(const struct health *health, const char *service)
{
    size_t len = strlen(service);

    for (size_t i = 0; i < health->method_count; i++) {
        const char *name = health->methods[i].name + 1;
        if (strncmp(name, service, len) == 0 && name[len] == '/')
            return true;
    }
    return len == 0;
}

/* With the lock held. */
static serving_status status_now(const struct health *health, bool served)
{
    if (!served)
        return SERVICE_UNKNOWN;
    return health->stopping ? NOT_SERVING : SERVING;
}

static void pack(serving_status status, struct buf *message)
{
    Health__HealthCheckResponse response = HEALTH__HEALTH_CHECK_RESPONSE__INIT;

    response.status = status;
    message_pack(&response.base, message);
}

void health_check(void *user, struct rpc_bytes request, struct buf *reply,
                  struct rpc_status *status)
{
    struct health *health = ((struct service *)user)->health;
    auto_buf quoted = BUF_INIT;
    auto_message Health__HealthCheckRequest *message =
        message_unpack(&health__health_check_request__descriptor, request, status);

    if (!message)
        return;
    if (!is_served(health, message->service)) {
        quote_foreign(message->service, strlen(message->service), &quoted);
        rpc_status_set(status, RPC_NOT_FOUND, "there is no service %s here", quoted.data);
        return;
    }
    pthread_mutex_lock(&health->lock);
    pack(status_now(health, true), reply);
    pthread_mutex_unlock(&health->lock);
}

/* ---- Watch: all with the lock held, unless it says so ---- */

static void end(struct health_stream *stream)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    stream->ended = true;
    rpc_status_set(&status, RPC_UNAVAILABLE, "the service is stopping");
    rpc_call_finish(stream->call, &status);
}

/* Says what is new, one message at a time; at the stop the call ends after it. */
static void tell(struct health_stream *stream)
{
    auto_buf message = BUF_INIT;
    serving_status status = status_now(stream->health, stream->served);

    if (!stream->asked || stream->writing || stream->ended)
        return;
    if (stream->told != status) {
        stream->told = status;
        stream->writing = true;
        pack(status, &message);
        rpc_call_write(stream->call, &message);
    } else if (stream->health->stopping) {
        end(stream);
    }
}

static void *watch_open(void *user, struct rpc_call *call)
{
    struct health_stream *stream = xcalloc(1, sizeof(*stream));

    stream->health = ((struct service *)user)->health;
    stream->call = call;
    stream->told = UNKNOWN;
    pthread_mutex_lock(&stream->health->lock);
    stream->next = stream->health->streams;
    stream->health->streams = stream;
    pthread_mutex_unlock(&stream->health->lock);
    return stream;
}

static void watch_refuse(struct health_stream *stream, const struct rpc_status *status)
{
    if (!stream->ended)
        rpc_call_finish(stream->call, status);
    stream->ended = true;
}

/* Takes the lock. */
static void watch_message(void *state, struct rpc_bytes bytes)
{
    struct health_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_message Health__HealthCheckRequest *message =
        message_unpack(&health__health_check_request__descriptor, bytes, &status);

    pthread_mutex_lock(&stream->health->lock);
    if (!message) {
        watch_refuse(stream, &status);
    } else if (!stream->asked) {
        stream->asked = true;
        stream->served = is_served(stream->health, message->service);
        tell(stream);
    }
    pthread_mutex_unlock(&stream->health->lock);
}

/* Takes the lock. */
static void watch_half_closed(void *state)
{
    struct health_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    rpc_status_set(&status, RPC_INVALID_ARGUMENT, "the call has no request");
    pthread_mutex_lock(&stream->health->lock);
    if (!stream->asked)
        watch_refuse(stream, &status);
    pthread_mutex_unlock(&stream->health->lock);
}

/* Takes the lock. */
static void watch_written(void *state)
{
    struct health_stream *stream = state;

    pthread_mutex_lock(&stream->health->lock);
    stream->writing = false;
    tell(stream);
    pthread_mutex_unlock(&stream->health->lock);
}

/* Takes the lock. */
static void watch_closed(void *state)
{
    struct health_stream *stream = state;
    struct health_stream **place = &stream->health->streams;

    pthread_mutex_lock(&stream->health->lock);
    while (*place != stream)
        place = &(*place)->next;
    *place = stream->next;
    pthread_mutex_unlock(&stream->health->lock);
    free(stream);
}

/* Takes the lock. */
void health_stop(struct health *health)
{
    pthread_mutex_lock(&health->lock);
    health->stopping = true;
    for (struct health_stream *stream = health->streams; stream; stream = stream->next)
        tell(stream);
    pthread_mutex_unlock(&health->lock);
}

const struct rpc_stream health_watch = {
    .open = watch_open,
    .message = watch_message,
    .half_closed = watch_half_closed,
    .written = watch_written,
    .closed = watch_closed,
};
