/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The other end of local.sock: asks the daemon. */

#include <sys/types.h>

#include "base/error.h"
#include "local/protocol.h"

/* A daemon that takes longer for a reply, or for a request, is given up. */
#define CALLER_SECONDS 10

struct caller {
    int fd;
    int process; /* a pidfd of the daemon; -1 when there is none */
};

#define CALLER_INIT                                                                                \
    {                                                                                              \
        -1, -1                                                                                     \
    }

/* Documented answers, besides 0. The last two come with a text in the error. */
enum caller_answer {
    CALLER_NOBODY = 1, /* no daemon listens there */
    CALLER_OLDER = 2,  /* the daemon's protocol is older than ours: nothing was served */
    CALLER_NEWER = 3,  /* it is newer */
};

/* Connects to the daemon that listens on the socket. Returns 0 or CALLER_NOBODY. */
int caller_open(const char *path, struct caller *ret_caller, struct error *err) must_check;
void caller_release(struct caller *caller);
#define auto_caller __attribute__((cleanup(caller_release))) struct caller

/*
 * Sends the request and waits for the reply, which the caller frees
 * (local__reply__free_unpacked with NULL). What the daemon refuses is an error with its text, or
 * CALLER_OLDER or CALLER_NEWER.
 */
int caller_ask(struct caller *caller, const Local__Request *request, Local__Reply **ret_reply,
               struct error *err) must_check;

/*
 * The same for a Run, which may take hours: there is no time limit, but a signal to this process
 * (process.h) ends the waiting, with ERROR_CHILD and 128 + its number. What the daemon doesn't do
 * is ERROR_REMOTE.
 */
int caller_run(struct caller *caller, const Local__Run *run, Local__Reply **ret_reply,
               struct error *err) must_check;

/*
 * Asks for the daemon's end. Returns 0 when it has said that it stops. caller_stop is a user's
 * wish; caller_replace asks a daemon that is older to make room when what runs has come to its end.
 */
int caller_stop(struct caller *caller, struct error *err) must_check;
int caller_replace(struct caller *caller, struct error *err) must_check;

/* Waits for the end of the daemon's process, if it can be seen from here. */
int caller_wait_end(struct caller *caller, int limit_ms, struct error *err) must_check;
