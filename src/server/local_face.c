/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/local_face.h"

#include <unistd.h>

#include "base/memory.h"
#include "server/sandbox_mode.h"

static uint64_t uptime(const struct local_face *face)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - face->started);
}

static void set_store(const struct local_face *face, Local__Store *message)
{
    struct store_stats stats;

    store_stats(face->service->store, &stats);
    message->dir = (char *)face->store_options->dir;
    message->fsync = face->store_options->fsync;
    message->blobs = stats.blobs;
    message->entries = stats.entries;
    message->bytes = stats.bytes;
    message->limit = stats.limit;
    message->pinned = stats.pinned;
    message->evicted = stats.evicted;
    message->damaged = stats.damaged;
    message->scanning = stats.scanning;
}

static void set_actions(const struct local_face *face, Local__Actions *message)
{
    struct scheduler_stats stats;

    scheduler_stats(face->service->scheduler, &stats);
    message->jobs = face->jobs;
    message->queued = stats.queued;
    message->running = stats.running;
    message->executed = stats.executed;
    message->joined = stats.joined;
    message->cached = stats.cached;
    message->failed = stats.failed;
}

static void set_figures(const struct service_figures *figures, Local__Figures *message)
{
    message->result_hits = atomic_load(&figures->result_hits);
    message->result_misses = atomic_load(&figures->result_misses);
    message->blobs_asked = atomic_load(&figures->blobs_asked);
    message->blobs_missing = atomic_load(&figures->blobs_missing);
    message->blobs_read = atomic_load(&figures->blobs_read);
    message->blobs_written = atomic_load(&figures->blobs_written);
    message->uploads_kept = atomic_load(&figures->uploads_kept);
    message->uploads_again = atomic_load(&figures->uploads_again);
}

static void set_method(const struct rpc_method_stats *stats, Local__Method *message)
{
    local__method__init(message);
    message->name = (char *)stats->name;
    message->calls = stats->calls;
    message->errors = stats->errors;
    message->open = stats->open;
    message->bytes_in = stats->bytes_in;
    message->bytes_out = stats->bytes_out;
}

/* MESSAGES and POINTERS have room for all methods. */
static void set_methods(const struct local_face *face, Local__Stats *message,
                        Local__Method *messages, Local__Method **pointers)
{
    struct rpc_method_stats *stats = xcalloc(face->method_count, sizeof(*stats));

    rpc_server_stats(face->rpc, stats);
    for (size_t i = 0; i < face->method_count; i++) {
        if (stats[i].calls == 0 && stats[i].open == 0)
            continue;
        set_method(&stats[i], &messages[i]);
        pointers[message->n_methods++] = &messages[i];
    }
    message->methods = pointers;
    free(stats);
}

static void answer_stats(const struct local_face *face, struct buf *bytes)
{
    Local__Reply reply = local_reply();
    Local__Stats stats = LOCAL__STATS__INIT;
    Local__Store store = LOCAL__STORE__INIT;
    Local__Actions actions = LOCAL__ACTIONS__INIT;
    Local__Figures figures = LOCAL__FIGURES__INIT;
    auto_free Local__Method *methods = xcalloc(face->method_count, sizeof(*methods));
    auto_free Local__Method **pointers = xcalloc(face->method_count, sizeof(*pointers));

    stats.pid = (uint32_t)getpid();
    stats.uptime_seconds = uptime(face);
    stats.addresses = face->addresses->items;
    stats.n_addresses = face->addresses->len;
    stats.sandbox = (char *)sandbox_mode_name(executor_sandbox(face->service->executor));
    set_store(face, &store);
    stats.store = &store;
    set_actions(face, &actions);
    stats.actions = &actions;
    set_figures(&face->service->figures, &figures);
    stats.figures = &figures;
    set_methods(face, &stats, methods, pointers);
    reply.what_case = LOCAL__REPLY__WHAT_STATS;
    reply.stats = &stats;
    local_pack(&reply.base, bytes);
}

static void answer_stop(const struct local_face *face, const Local__Stop *stop, struct buf *bytes)
{
    Local__Reply reply = local_reply();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;

    face->stop(face->stop_user, stop->to_replace);
    reply.what_case = LOCAL__REPLY__WHAT_STOPPING;
    reply.stopping = &nothing;
    local_pack(&reply.base, bytes);
}

void local_face_answer(void *user, const struct listener_call *call, const Local__Request *request,
                       struct buf *reply)
{
    const struct local_face *face = user;

    if (request->what_case == LOCAL__REQUEST__WHAT_STOP)
        answer_stop(face, request->stop, reply);
    else if (request->what_case == LOCAL__REQUEST__WHAT_RUN)
        local_runs_answer(face->runs, call, request->run, reply);
    else
        answer_stats(face, reply);
}
