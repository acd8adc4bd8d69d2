/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/caller.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/process.h"
#include "base/unix_socket.h"
#include "local/frame.h"
#include "local/socket.h"

/* How long a signal may go unseen. */
#define SIGNAL_MS 100

int caller_open(const char *path, struct caller *ret_caller, struct error *err)
{
    const struct timeval limit = {.tv_sec = CALLER_SECONDS};
    auto_caller caller = CALLER_INIT;
    pid_t pid = 0;
    int answer = unix_socket_connect(path, &caller.fd, err);

    if (answer != 0)
        return answer == 1 ? CALLER_NOBODY : -1;
    if (socket_check_peer(caller.fd, &pid, err) < 0)
        return error_prefix(err, "%s", path);
    setsockopt(caller.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(caller.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (pid > 0)
        caller.process = pidfd_open(pid, 0);
    *ret_caller = caller;
    caller = (struct caller)CALLER_INIT;
    return 0;
}

void caller_release(struct caller *caller)
{
    fd_release(&caller->fd);
    fd_release(&caller->process);
}

static int ask(const struct caller *caller, const Local__Request *request, struct error *err)
{
    auto_buf bytes = BUF_INIT;

    local_pack(&request->base, &bytes);
    if (local_send(caller->fd, bytes.data, bytes.len, err) < 0)
        return error_prefix(err, "cannot ask cleaved");
    return 0;
}

static int await_bytes(const struct caller *caller, struct buf *reply, struct error *err)
{
    int answer = local_receive(caller->fd, LOCAL_MESSAGE_MAX, reply, err);
    if (answer < 0)
        return error_prefix(err, "cannot read cleaved's answer");
    if (answer > 0)
        return error_set(err, ERROR_FAILURE, "cleaved hung up; it may have ended");
    return 0;
}

/* What a refusal means. */
static int refusal(const Local__Reply *reply, struct error *err)
{
    error_set(err, ERROR_FAILURE, "%s", reply->error);
    if (reply->protocol == LOCAL_PROTOCOL)
        return -1;
    return reply->protocol < LOCAL_PROTOCOL ? CALLER_OLDER : CALLER_NEWER;
}

static int await_reply(const struct caller *caller, Local__Reply **ret_reply, struct error *err)
{
    auto_buf bytes = BUF_INIT;

    if (await_bytes(caller, &bytes, err) < 0)
        return -1;
    Local__Reply *reply = local__reply__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    if (!reply)
        return error_set(err, ERROR_REFUSED, "what cleaved answered can't be read");
    if (*reply->error) {
        int answer = refusal(reply, err);
        local__reply__free_unpacked(reply, NULL);
        return answer;
    }
    *ret_reply = reply;
    return 0;
}

int caller_ask(struct caller *caller, const Local__Request *request, Local__Reply **ret_reply,
               struct error *err)
{
    return ask(caller, request, err) < 0 ? -1 : await_reply(caller, ret_reply, err);
}

/* A signal may come right before the waiting: so it is looked for now and then. */
static int await_readable(const struct caller *caller, struct error *err)
{
    struct pollfd polled = {caller->fd, POLLIN, 0};

    for (;;) {
        if (process_check_interrupt(err) < 0)
            return -1;
        if (poll(&polled, 1, SIGNAL_MS) > 0)
            return 0;
    }
}

int caller_run(struct caller *caller, const Local__Run *run, Local__Reply **ret_reply,
               struct error *err)
{
    Local__Request request = local_request();
    int answer = -1;

    request.what_case = LOCAL__REQUEST__WHAT_RUN;
    request.run = (Local__Run *)run;
    if (ask(caller, &request, err) == 0 && await_readable(caller, err) == 0)
        answer = await_reply(caller, ret_reply, err);
    if (answer == 0 && (*ret_reply)->what_case != LOCAL__REPLY__WHAT_RAN) {
        local__reply__free_unpacked(*ret_reply, NULL);
        answer = error_set(err, ERROR_REMOTE, "cleaved answered without a result");
    }
    if (answer != 0 && err->kind != ERROR_CHILD)
        err->kind = ERROR_REMOTE;
    return answer;
}

static int ask_to_stop(struct caller *caller, bool to_replace, struct error *err)
{
    Local__Request request = local_request();
    Local__Stop stop = LOCAL__STOP__INIT;
    Local__Reply *reply = NULL;

    stop.to_replace = to_replace;
    request.what_case = LOCAL__REQUEST__WHAT_STOP;
    request.stop = &stop;
    int answer = caller_ask(caller, &request, &reply, err);
    local__reply__free_unpacked(reply, NULL);
    return answer;
}

int caller_stop(struct caller *caller, struct error *err)
{
    return ask_to_stop(caller, false, err);
}

int caller_replace(struct caller *caller, struct error *err)
{
    return ask_to_stop(caller, true, err);
}

int caller_wait_end(struct caller *caller, int limit_ms, struct error *err)
{
    struct pollfd polled = {caller->process, POLLIN, 0};
    int answer;

    if (caller->process < 0)
        return 0;
    do {
        answer = poll(&polled, 1, limit_ms);
    } while (answer < 0 && errno == EINTR);
    if (answer == 0)
        return error_set(err, ERROR_FAILURE,
                         "cleaved hasn't ended within %d seconds; it may wait for its last actions",
                         limit_ms / 1000);
    return answer < 0 ? error_set_errno(err, errno, "cannot wait for cleaved") : 0;
}
