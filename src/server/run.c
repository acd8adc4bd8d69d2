/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/run.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/fs.h"
#include "base/memory.h"
#include "server/executor.h"
#include "server/runner_message.h"

#define TICK_MS 1000

/* What the kernel may take to end a killed process: one that waits for a slow disk takes long. */
#define KILL_SECONDS 60

/* ---- execution ---- */

struct execution *execution_new(void)
{
    struct execution *execution = xcalloc(1, sizeof(*execution));

    pthread_mutex_init(&execution->mutex, NULL);
    execution->channel = -1;
    execution->bound = (struct strv)STRV_INIT;
    return execution;
}

void execution_free(struct execution *execution)
{
    if (!execution)
        return;
    pthread_mutex_destroy(&execution->mutex);
    strv_release(&execution->bound);
    free(execution);
}

void execution_bind(struct execution *execution, const struct strv *dirs)
{
    strv_push_all(&execution->bound, dirs->items, dirs->len);
}

/* The runner kills the action whose channel is shut for writing. */
static void kill_over(int channel)
{
    shutdown(channel, SHUT_WR);
}

void execution_cancel(struct execution *execution)
{
    pthread_mutex_lock(&execution->mutex);
    execution->cancelled = true;
    if (execution->channel >= 0)
        kill_over(execution->channel);
    pthread_mutex_unlock(&execution->mutex);
}

bool execution_is_cancelled(struct execution *execution)
{
    pthread_mutex_lock(&execution->mutex);
    bool is_cancelled = execution->cancelled;
    pthread_mutex_unlock(&execution->mutex);
    return is_cancelled;
}

/* From then on a cancel reaches the runner. -1 ends that, before the channel is closed. */
static void attach(struct execution *execution, int channel)
{
    pthread_mutex_lock(&execution->mutex);
    execution->channel = channel;
    if (channel >= 0 && execution->cancelled)
        kill_over(channel);
    pthread_mutex_unlock(&execution->mutex);
}

/* ---- a run ---- */

struct watch {
    const struct run *run;
    int channel;
    time_t deadline; /* of what is waited for next: the timeout, then the end of what was killed */
    bool is_killed;
    bool is_over;
    bool has_failed; /* the status is set */
    struct run_result result;
    struct rpc_status *status;
};

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static int fail(struct watch *watch, enum rpc_code code, const char *text)
{
    watch->has_failed = true;
    return rpc_status_set(watch->status, code, "%s", text);
}

static void take_reply(struct watch *watch, const Runner__Reply *reply, int *fd)
{
    switch (reply->what_case) {
    case RUNNER__REPLY__WHAT_STARTED:
        watch->result.root = *fd;
        *fd = -1;
        watch->deadline = now() + watch->run->timeout_seconds;
        if (watch->run->on_start)
            watch->run->on_start(watch->run->user);
        break;
    case RUNNER__REPLY__WHAT_FAILURE:
        fail(watch, reply->failure->action ? RPC_INVALID_ARGUMENT : RPC_UNAVAILABLE,
             reply->failure->text);
        break;
    case RUNNER__REPLY__WHAT_ENDED:
        watch->result.exit_code = reply->ended->exit_code;
        watch->is_over = true;
        break;
    default:
        break;
    }
}

static int receive(struct watch *watch)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;
    int answer = runner_message_receive(watch->channel, &bytes, &fd, &err);

    if (answer != 0)
        return fail(watch, RPC_UNAVAILABLE,
                    "the process that runs actions has died, and the action with it; try again");
    Runner__Reply *reply = runner__reply__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    if (!reply)
        return fail(watch, RPC_INTERNAL, "the process that runs actions answered nonsense");
    take_reply(watch, reply, &fd);
    runner__reply__free_unpacked(reply, NULL);
    return 0;
}

/* At the timeout, and later when what was killed won't end. */
static int pass_deadline(struct watch *watch)
{
    if (watch->is_killed)
        return fail(watch, RPC_UNAVAILABLE, "the action was killed and doesn't end");
    if (watch->result.root < 0)
        return fail(watch, RPC_UNAVAILABLE, "the action's sandbox takes too long to be made");
    watch->is_killed = true;
    watch->result.timed_out = true;
    watch->deadline = now() + KILL_SECONDS;
    kill_over(watch->channel);
    return 0;
}

static int tick(struct watch *watch)
{
    if (watch->run->on_tick)
        watch->run->on_tick(watch->run->user);
    if (!watch->is_killed && execution_is_cancelled(watch->run->execution)) {
        watch->is_killed = true;
        watch->deadline = now() + KILL_SECONDS;
    }
    return now() >= watch->deadline ? pass_deadline(watch) : 0;
}

static int watch_until_end(struct watch *watch)
{
    while (!watch->is_over) {
        struct pollfd channel = {.fd = watch->channel, .events = POLLIN};
        int ready = poll(&channel, 1, TICK_MS);
        if (ready < 0 && errno != EINTR)
            return fail(watch, RPC_UNAVAILABLE, "cannot wait for the action");
        if ((ready > 0 ? receive : tick)(watch) < 0)
            return -1;
    }
    return watch->has_failed ? -1 : 0;
}

int run_command(const struct run *run, struct run_result *ret_result, struct rpc_status *status)
{
    struct watch watch = {.run = run, .channel = -1, .result = {.root = -1}, .status = status};
    auto_error err = ERROR_INIT;
    int result;

    if (runner_connect(run->runner, &watch.channel, &err) < 0)
        return rpc_status_set(status, RPC_UNAVAILABLE, "%s", err.text);
    watch.deadline = now() + KILL_SECONDS;
    if (runner_message_send(watch.channel, &run->request->base, -1, &err) < 0) {
        result = fail(&watch, err.kind == ERROR_REFUSED ? RPC_INVALID_ARGUMENT : RPC_UNAVAILABLE,
                      err.text);
    } else {
        attach(run->execution, watch.channel);
        result = watch_until_end(&watch);
        attach(run->execution, -1);
    }
    fd_release(&watch.channel);
    if (execution_is_cancelled(run->execution))
        result = rpc_status_set(status, RPC_CANCELLED, "the action was cancelled");
    if (result < 0)
        fd_release(&watch.result.root);
    else
        *ret_result = watch.result;
    return result;
}
