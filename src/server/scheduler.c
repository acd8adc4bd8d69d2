/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/scheduler.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/thread.h"
#include "reapi/details.h"
#include "reapi/limits.h"
#include "server/action_cache.h"
#include "server/operation_table.h"

/* When a client that met a full queue is told to come again. */
#define QUEUE_RETRY_SECONDS 5

struct scheduler {
    struct scheduler_options options;
    pthread_mutex_t lock;
    pthread_cond_t work; /* an operation waits, or the end has come */
    pthread_cond_t end;  /* wakes the ticker at the end */
    bool stopping;
    struct operation_table table;
    struct scheduler_stats stats;

    pthread_t *threads; /* that run actions, and the ticker */
    unsigned thread_count;
};

/* Seconds of a clock that is never 0. */
static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1;
}

/* ---- watchers: all with the lock held ---- */

static void tell(struct watcher *watcher)
{
    watcher->told = now();
    watcher->changed(watcher->user, watcher->operation);
}

static void tell_all(struct operation *operation)
{
    for (struct watcher *watcher = operation->watchers; watcher; watcher = watcher->next)
        tell(watcher);
}

static void watch(struct operation *operation, struct watcher *watcher)
{
    watcher->operation = operation;
    watcher->next = operation->watchers;
    operation->watchers = watcher;
    operation->unwatched = 0;
    tell(watcher);
}

static void unwatch(struct watcher *watcher)
{
    struct operation *operation = watcher->operation;
    struct watcher **place = &operation->watchers;

    while (*place != watcher)
        place = &(*place)->next;
    *place = watcher->next;
    watcher->operation = NULL;
    if (!operation->watchers)
        operation->unwatched = now();
}

static void end(struct scheduler *scheduler, struct operation *operation)
{
    operation_complete(operation);
    if (operation->outcome.status.code != RPC_OK)
        scheduler->stats.failed++;
    tell_all(operation);
    operation_table_end(&scheduler->table, operation);
}

static struct operation *find(struct scheduler *scheduler, const char *name,
                              struct rpc_status *status)
{
    struct operation *found = operation_table_find(&scheduler->table, name);

    if (!found)
        rpc_status_set(status, RPC_NOT_FOUND, "there is no operation %s; call Execute again", name);
    return found;
}

/* ---- running ---- */

struct run {
    struct scheduler *scheduler;
    struct operation *operation;
};

static void command_starts(void *user)
{
    struct run *run = user;

    pthread_mutex_lock(&run->scheduler->lock);
    run->operation->stage = REAPI__EXECUTION_STAGE__VALUE__EXECUTING;
    tell_all(run->operation);
    pthread_mutex_unlock(&run->scheduler->lock);
}

/* Only a success is kept: an action that failed is run again when it is asked for again. */
static bool is_kept(const struct execution_outcome *outcome)
{
    return outcome->status.code == RPC_OK && outcome->result && outcome->result->exit_code == 0 &&
           !outcome->do_not_cache;
}

/*
 * The cache is asked once more: an identical action may have ended between the client's lookup
 * and its place in the queue.
 */
static bool was_cached_meanwhile(struct run *run)
{
    struct operation *operation = run->operation;

    if (operation->skip_cache_lookup || operation->alone)
        return false;
    operation->outcome.result =
        action_cache_find(run->scheduler->options.store, operation->instance, &operation->action);
    operation->cached = operation->outcome.result != NULL;
    return operation->cached;
}

static void execute(struct run *run)
{
    struct operation *operation = run->operation;
    const struct scheduler_options *options = &run->scheduler->options;

    if (was_cached_meanwhile(run))
        return;
    executor_run(options->executor, operation->execution, &operation->action, command_starts, run,
                 &operation->outcome);
    operation_stamp(operation);
    if (is_kept(&operation->outcome))
        action_cache_keep(options->store, operation->instance, &operation->action,
                          operation->outcome.result);
}

static void *run_actions(void *user)
{
    struct scheduler *scheduler = user;

    pthread_mutex_lock(&scheduler->lock);
    while (!scheduler->stopping) {
        struct run run = {scheduler, scheduler->table.queue};
        if (!run.operation) {
            pthread_cond_wait(&scheduler->work, &scheduler->lock);
            continue;
        }
        operation_table_dequeue(&scheduler->table, run.operation);
        scheduler->stats.running++;
        clock_gettime(CLOCK_REALTIME, &run.operation->started);
        pthread_mutex_unlock(&scheduler->lock);

        execute(&run);

        pthread_mutex_lock(&scheduler->lock);
        scheduler->stats.running--;
        scheduler->stats.executed += !run.operation->cached;
        scheduler->stats.cached += run.operation->cached;
        end(scheduler, run.operation);
    }
    pthread_mutex_unlock(&scheduler->lock);
    return NULL;
}

/* With the lock held. One that runs ends by itself, soon. */
static void cancel(struct scheduler *scheduler, struct operation *operation)
{
    operation->cancelled = true;
    execution_cancel(operation->execution);
    if (operation->started.tv_sec)
        return;
    operation_table_dequeue(&scheduler->table, operation);
    rpc_status_set(&operation->outcome.status, RPC_CANCELLED,
                   "the action was cancelled before it ran");
    end(scheduler, operation);
}

/* ---- time ---- */

static void tick_operation(void *user, struct operation *operation)
{
    time_t time = now();

    if (operation->unwatched && !operation->cancelled &&
        time - operation->unwatched >= LIMIT_UNWATCHED_SECONDS) {
        cancel(user, operation);
        return;
    }
    for (struct watcher *watcher = operation->watchers; watcher; watcher = watcher->next)
        if (time - watcher->told >= LIMIT_SILENCE_SECONDS)
            tell(watcher);
}

static void *tick(void *user)
{
    struct scheduler *scheduler = user;

    pthread_mutex_lock(&scheduler->lock);
    while (!scheduler->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&scheduler->end, &scheduler->lock, &until);
        operation_table_each_live(&scheduler->table, tick_operation, scheduler);
    }
    pthread_mutex_unlock(&scheduler->lock);
    return NULL;
}

/* ---- what others call ---- */

static int start_threads(struct scheduler *scheduler, struct error *err)
{
    unsigned wanted = scheduler->options.jobs + 1;

    scheduler->threads = xcalloc(wanted, sizeof(*scheduler->threads));
    for (; scheduler->thread_count < wanted; scheduler->thread_count++)
        if (thread_start(&scheduler->threads[scheduler->thread_count],
                         scheduler->thread_count ? run_actions : tick, scheduler, err) < 0)
            return -1;
    return 0;
}

int scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler,
                    struct error *err)
{
    struct scheduler *scheduler = xcalloc(1, sizeof(*scheduler));

    scheduler->options = *options;
    pthread_mutex_init(&scheduler->lock, NULL);
    pthread_cond_init(&scheduler->work, NULL);
    pthread_cond_init(&scheduler->end, NULL);
    if (start_threads(scheduler, err) < 0) {
        scheduler_stop(scheduler);
        return -1;
    }
    *ret_scheduler = scheduler;
    return 0;
}

static void cancel_one(void *user, struct operation *operation)
{
    cancel(user, operation);
}

void scheduler_stop(struct scheduler *scheduler)
{
    if (!scheduler)
        return;
    pthread_mutex_lock(&scheduler->lock);
    scheduler->stopping = true;
    operation_table_each_live(&scheduler->table, cancel_one, scheduler);
    pthread_cond_broadcast(&scheduler->work);
    pthread_cond_signal(&scheduler->end);
    pthread_mutex_unlock(&scheduler->lock);
    for (unsigned i = 0; i < scheduler->thread_count; i++)
        pthread_join(scheduler->threads[i], NULL);
    operation_table_release(&scheduler->table);
    pthread_mutex_destroy(&scheduler->lock);
    pthread_cond_destroy(&scheduler->work);
    pthread_cond_destroy(&scheduler->end);
    free(scheduler->threads);
    free(scheduler);
}

bool scheduler_answer_cached(struct scheduler *scheduler, const struct scheduler_request *request,
                             struct watcher *watcher)
{
    Reapi__ActionResult *result =
        action_cache_find(scheduler->options.store, request->instance, &request->action);

    if (!result)
        return false;
    struct operation *operation = operation_new(request->instance, &request->action);
    operation->outcome.result = result;
    operation->cached = true;
    operation_complete(operation);
    pthread_mutex_lock(&scheduler->lock);
    scheduler->stats.cached++;
    operation_table_keep(&scheduler->table, operation);
    watch(operation, watcher);
    pthread_mutex_unlock(&scheduler->lock);
    return true;
}

static bool is_same(const struct operation *operation, const struct scheduler_request *request)
{
    return !operation->alone && !operation->cancelled &&
           blob_digest_equal(&operation->action, &request->action) &&
           strcmp(operation->instance, request->instance) == 0 &&
           (operation->skip_cache_lookup || !request->skip_cache_lookup);
}

static struct operation *find_same(struct scheduler *scheduler,
                                   const struct scheduler_request *request)
{
    struct operation *one = operation_table_first(&scheduler->table, &request->action);

    if (request->alone)
        return NULL;
    while (one && !is_same(one, request))
        one = one->next;
    return one;
}

static struct operation *add(struct scheduler *scheduler, const struct scheduler_request *request)
{
    struct operation *operation = operation_new(request->instance, &request->action);

    operation->skip_cache_lookup = request->skip_cache_lookup;
    operation->alone = request->alone;
    operation->priority = request->priority;
    if (request->bound)
        execution_bind(operation->execution, request->bound);
    operation_table_add(&scheduler->table, operation);
    pthread_cond_signal(&scheduler->work);
    return operation;
}

static int submit(struct scheduler *scheduler, const struct scheduler_request *request,
                  struct watcher *watcher, struct rpc_status *status)
{
    struct operation *operation = find_same(scheduler, request);

    if (scheduler->stopping)
        return rpc_status_set(status, RPC_UNAVAILABLE, "the service is stopping");
    if (operation)
        scheduler->stats.joined++;
    else if (scheduler->table.queued >= LIMIT_QUEUE)
        return status_overloaded(status, QUEUE_RETRY_SECONDS,
                                 "%d actions are waiting, which is as many as may; try again later",
                                 LIMIT_QUEUE);
    else
        operation = add(scheduler, request);
    watch(operation, watcher);
    return 0;
}

int scheduler_submit(struct scheduler *scheduler, const struct scheduler_request *request,
                     struct watcher *watcher, struct rpc_status *status)
{
    pthread_mutex_lock(&scheduler->lock);
    int result = submit(scheduler, request, watcher, status);
    pthread_mutex_unlock(&scheduler->lock);
    return result;
}

int scheduler_watch(struct scheduler *scheduler, const char *name, struct watcher *watcher,
                    struct rpc_status *status)
{
    pthread_mutex_lock(&scheduler->lock);
    struct operation *operation = find(scheduler, name, status);
    if (operation)
        watch(operation, watcher);
    pthread_mutex_unlock(&scheduler->lock);
    return operation ? 0 : -1;
}

void scheduler_unwatch(struct scheduler *scheduler, struct watcher *watcher)
{
    pthread_mutex_lock(&scheduler->lock);
    if (watcher->operation)
        unwatch(watcher);
    pthread_mutex_unlock(&scheduler->lock);
}

void scheduler_abandon(struct scheduler *scheduler, struct watcher *watcher)
{
    pthread_mutex_lock(&scheduler->lock);
    struct operation *operation = watcher->operation;
    if (operation) {
        unwatch(watcher);
        if (!operation->watchers && operation->stage != REAPI__EXECUTION_STAGE__VALUE__COMPLETED)
            cancel(scheduler, operation);
    }
    pthread_mutex_unlock(&scheduler->lock);
}

int scheduler_cancel(struct scheduler *scheduler, const char *name, struct rpc_status *status)
{
    pthread_mutex_lock(&scheduler->lock);
    struct operation *operation = find(scheduler, name, status);
    if (operation && operation->stage != REAPI__EXECUTION_STAGE__VALUE__COMPLETED)
        cancel(scheduler, operation);
    pthread_mutex_unlock(&scheduler->lock);
    return operation ? 0 : -1;
}

int scheduler_describe(struct scheduler *scheduler, const char *name, struct buf *message,
                       struct rpc_status *status)
{
    pthread_mutex_lock(&scheduler->lock);
    struct operation *operation = find(scheduler, name, status);
    if (operation)
        operation_message(operation, message);
    pthread_mutex_unlock(&scheduler->lock);
    return operation ? 0 : -1;
}

void scheduler_stats(struct scheduler *scheduler, struct scheduler_stats *ret_stats)
{
    pthread_mutex_lock(&scheduler->lock);
    *ret_stats = scheduler->stats;
    ret_stats->queued = scheduler->table.queued;
    pthread_mutex_unlock(&scheduler->lock);
}
