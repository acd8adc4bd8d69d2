/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The daemon's end of local.sock: a thread that accepts connections, and one for each connection,
 * which answers its requests one after the other. Who isn't this user or root is hung up on.
 */

#include <stdbool.h>

#include "base/error.h"
#include "local/protocol.h"

/* Connections at once; more wait until one of them has ended. */
#define LISTENER_CONNECTIONS 1024

/* A connection that keeps silent, or takes no reply, for so long is ended. */
#define LISTENER_SECONDS 5

/* Who waits for an answer. */
struct listener_call;

/* Whether the caller has hung up: nobody waits for the answer any more. */
bool listener_caller_left(const struct listener_call *call);

/*
 * Answers a request that local_request_check has let pass: packs the Reply (local_reply,
 * local_pack). It may take as long as it needs. Several threads call it at once.
 */
typedef void listener_answer_fn(void *user, const struct listener_call *call,
                                const Local__Request *request, struct buf *reply);

struct listener;

/* Listens on PATH (socket_listen). */
int listener_start(const char *path, listener_answer_fn *answer, void *user,
                   struct listener **ret_listener, struct error *err) must_check;

/*
 * Removes the socket, lets requests that were taken be answered, and ends the threads. NULL is
 * fine.
 */
void listener_stop(struct listener *listener);
