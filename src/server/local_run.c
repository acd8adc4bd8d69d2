/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/local_run.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "reapi/messages.h"
#include "server/executor.h"
#include "server/local_action.h"
#include "server/scheduler.h"

/* How often it is looked whether the caller is still there. */
#define LOOK_MS 100

struct local_runs {
    const struct service *service;
    struct file_digests *digests;
    pthread_mutex_t lock;
    pthread_cond_t none; /* the last one has ended */
    unsigned count;
    bool stopping; /* no more are taken */
    bool ending;   /* those that are left end now */
};

/* One request. */
struct waiting {
    struct local_runs *runs;
    const struct listener_call *call;
    struct watcher watcher;

    /* Guards the rest; taken under the scheduler's lock, never around it. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool ended;
    bool cached;
    struct buf result; /* a packed ActionResult; empty when there is none */
    char *failure;     /* in place of a result; NULL for none */
};

static struct timespec later(unsigned ms)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_sec += ms / 1000;
    time.tv_nsec += (long)(ms % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

/* ---- waiting ---- */

static void take_outcome(struct waiting *waiting, const struct operation *operation)
{
    const struct execution_outcome *outcome = &operation->outcome;

    waiting->ended = true;
    waiting->cached = operation->cached;
    if (outcome->status.code != RPC_OK || !outcome->result)
        waiting->failure =
            xasprintf("%s: %s", rpc_code_name((int)outcome->status.code),
                      outcome->status.message ? outcome->status.message : "no result");
    else
        message_pack(&outcome->result->base, &waiting->result);
    pthread_cond_signal(&waiting->changed);
}

static void operation_changed(void *user, struct operation *operation)
{
    struct waiting *waiting = user;

    pthread_mutex_lock(&waiting->lock);
    if (operation->stage == REAPI__EXECUTION_STAGE__VALUE__COMPLETED && !waiting->ended)
        take_outcome(waiting, operation);
    pthread_mutex_unlock(&waiting->lock);
}

static bool is_ending(struct local_runs *runs)
{
    pthread_mutex_lock(&runs->lock);
    bool ending = runs->ending;
    pthread_mutex_unlock(&runs->lock);
    return ending;
}

/* Until the end, or until it isn't waited for any more: then it is false. */
static bool await_end(struct waiting *waiting)
{
    bool ended = false;

    while (!ended) {
        const struct timespec until = later(LOOK_MS);
        pthread_mutex_lock(&waiting->lock);
        if (!waiting->ended)
            pthread_cond_timedwait(&waiting->changed, &waiting->lock, &until);
        ended = waiting->ended;
        pthread_mutex_unlock(&waiting->lock);
        if (!ended && (listener_caller_left(waiting->call) || is_ending(waiting->runs)))
            return false;
    }
    return true;
}

/* ---- a run ---- */

static int start(struct waiting *waiting, const Local__Run *run, struct error *err)
{
    const struct service *service = waiting->runs->service;
    struct scheduler_request request = {.instance = LOCAL_INSTANCE};
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_strv bound = STRV_INIT;

    if (local_action_store(service->store, waiting->runs->digests, run, &request.action, err) < 0)
        return -1;
    strv_push_all(&bound, run->bound, run->n_bound);
    request.bound = &bound;
    if (scheduler_answer_cached(service->scheduler, &request, &waiting->watcher) ||
        scheduler_submit(service->scheduler, &request, &waiting->watcher, &status) == 0)
        return 0;
    return error_set(err, ERROR_REMOTE, "%s", status.message);
}

/* What another's action could do to it, or it to others, must not be in a cache. */
static int check(const struct service *service, const Local__Run *run, struct error *err)
{
    if (executor_sandbox(service->executor) != SANDBOX_USERNS)
        return error_set(err, ERROR_REFUSED,
                         "cleaved runs actions without a sandbox here, so that their results can't "
                         "be relied on; cleaved doctor says what to do");
    for (size_t i = 0; i < run->n_bound; i++)
        if (executor_check_bound(service->executor, run->bound[i], err) < 0)
            return -1;
    return 0;
}

static int reply_result(struct waiting *waiting, const Local__Run *run, struct buf *reply,
                        struct error *err)
{
    if (waiting->failure)
        return error_set(err, ERROR_REMOTE, "%s", waiting->failure);
    auto_message Reapi__ActionResult *result = reapi__action_result__unpack(
        NULL, waiting->result.len, (const uint8_t *)waiting->result.data);
    return local_action_reply(waiting->runs->service->store, run, result, waiting->cached, reply,
                              err);
}

static int serve(struct waiting *waiting, const Local__Run *run, struct buf *reply,
                 struct error *err)
{
    struct scheduler *scheduler = waiting->runs->service->scheduler;

    if (check(waiting->runs->service, run, err) < 0 || start(waiting, run, err) < 0)
        return -1;
    bool ended = await_end(waiting);
    scheduler_abandon(scheduler, &waiting->watcher);
    if (!ended)
        return error_set(err, ERROR_REMOTE, "cleaved is stopping");
    return reply_result(waiting, run, reply, err);
}

static void serve_or_say_why_not(struct local_runs *runs, const struct listener_call *call,
                                 const Local__Run *run, struct buf *reply)
{
    struct waiting waiting = {.runs = runs, .call = call, .result = BUF_INIT};
    auto_error err = ERROR_INIT;

    waiting.watcher = (struct watcher){.changed = operation_changed, .user = &waiting};
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.changed, NULL);
    if (serve(&waiting, run, reply, &err) < 0) {
        Local__Reply message = local_reply();
        message.error = err.text;
        local_pack(&message.base, reply);
    }
    pthread_cond_destroy(&waiting.changed);
    pthread_mutex_destroy(&waiting.lock);
    buf_release(&waiting.result);
    free(waiting.failure);
}

/* ---- what others call ---- */

struct local_runs *local_runs_new(const struct service *service, struct file_digests *digests)
{
    struct local_runs *runs = xcalloc(1, sizeof(*runs));

    runs->service = service;
    runs->digests = digests;
    pthread_mutex_init(&runs->lock, NULL);
    pthread_cond_init(&runs->none, NULL);
    return runs;
}

void local_runs_free(struct local_runs *runs)
{
    if (!runs)
        return;
    pthread_mutex_destroy(&runs->lock);
    pthread_cond_destroy(&runs->none);
    free(runs);
}

static bool begin(struct local_runs *runs)
{
    pthread_mutex_lock(&runs->lock);
    bool may = !runs->stopping;
    runs->count += may;
    pthread_mutex_unlock(&runs->lock);
    return may;
}

static void end(struct local_runs *runs)
{
    pthread_mutex_lock(&runs->lock);
    if (--runs->count == 0)
        pthread_cond_signal(&runs->none);
    pthread_mutex_unlock(&runs->lock);
}

void local_runs_answer(struct local_runs *runs, const struct listener_call *call,
                       const Local__Run *run, struct buf *reply)
{
    if (begin(runs)) {
        serve_or_say_why_not(runs, call, run, reply);
        end(runs);
        return;
    }
    Local__Reply message = local_reply();
    message.error = (char *)"cleaved is stopping";
    local_pack(&message.base, reply);
}

void local_runs_stop(struct local_runs *runs, unsigned grace_ms)
{
    const struct timespec until = later(grace_ms);

    pthread_mutex_lock(&runs->lock);
    runs->stopping = true;
    while (runs->count > 0 && pthread_cond_timedwait(&runs->none, &runs->lock, &until) == 0)
        ;
    runs->ending = true;
    while (runs->count > 0)
        pthread_cond_wait(&runs->none, &runs->lock);
    pthread_mutex_unlock(&runs->lock);
}
