/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the service answers on local.sock (proto/local.proto). */

#include <time.h>

#include "base/buf.h"
#include "base/strv.h"
#include "local/listener.h"
#include "rpc/server.h"
#include "server/executor.h"
#include "server/local_run.h"
#include "server/scheduler.h"
#include "server/service.h"
#include "store/store.h"

/*
 * Called when someone asks for the daemon's end, by a thread of the listener's: it has to return at
 * once. TO_REPLACE: what runs shall come to its end first.
 */
typedef void local_stop_fn(void *user, bool to_replace);

/* What it speaks of: all borrowed. */
struct local_face {
    struct rpc_server *rpc;
    size_t method_count; /* that rpc_server_stats tells of, "other" included */
    const struct service *service;
    struct local_runs *runs;
    const struct store_options *store_options;
    unsigned jobs;
    const struct strv *addresses;
    time_t started; /* CLOCK_MONOTONIC */
    local_stop_fn *stop;
    void *stop_user;
};

/* A listener_answer_fn; FACE is a struct local_face. */
void local_face_answer(void *face, const struct listener_call *call, const Local__Request *request,
                       struct buf *reply);
