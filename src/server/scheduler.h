/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Operations: what REAPI's Execute starts, and the queue of those that wait for one of the threads
 * that run actions. Identical actions that are asked for while one of them waits or runs are one
 * operation. One lock guards all of it; a watcher is told of changes under it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "proto/reapi.pb-c.h"
#include "rpc/status.h"
#include "server/executor.h"
#include "server/operation.h"
#include "store/blob.h"

struct scheduler;

/* Someone who wants to know of an operation: a stream of Execute or WaitExecution. */
struct watcher {
    /*
     * The operation has changed, or nothing was said of it for LIMIT_SILENCE_SECONDS. It may call
     * no function of the scheduler.
     */
    void (*changed)(void *user, struct operation *operation);
    void *user;
    struct operation *operation; /* NULL while it watches none */
    struct watcher *next;
    time_t told; /* when `changed` was last called */
};

struct scheduler_options {
    struct store *store;
    struct executor *executor;
    unsigned jobs; /* actions that run at once */
};

int scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler,
                    struct error *err) must_check;

/* Cancels what waits and runs, waits for its end, frees it. Nobody may watch any longer. NULL is
 * fine. */
void scheduler_stop(struct scheduler *scheduler);

struct scheduler_request {
    const char *instance;
    struct blob_digest action;
    bool skip_cache_lookup;
    bool alone;               /* the action's do_not_cache: never one with others */
    int priority;             /* REAPI's: smaller ones run sooner */
    const struct strv *bound; /* execution_bind; the same for all that ask for the action in this
                               * instance; NULL: none */
};

/*
 * Answers from the action cache, if it has the action's result: WATCHER then watches an operation
 * that has ended. Returns whether it did.
 */
bool scheduler_answer_cached(struct scheduler *scheduler, const struct scheduler_request *request,
                             struct watcher *watcher) must_check;

/*
 * Joins the identical operation that waits or runs, or makes a new one, and WATCHER watches it;
 * `changed` is called at once. Fails with RESOURCE_EXHAUSTED when the queue is full.
 */
int scheduler_submit(struct scheduler *scheduler, const struct scheduler_request *request,
                     struct watcher *watcher, struct rpc_status *status) must_check;

/* Watches the operation of that name, as above; fails with NOT_FOUND where there is none. */
int scheduler_watch(struct scheduler *scheduler, const char *name, struct watcher *watcher,
                    struct rpc_status *status) must_check;

/*
 * Ends the watching, if it watches. An operation that nobody has watched for
 * LIMIT_UNWATCHED_SECONDS is cancelled.
 */
void scheduler_unwatch(struct scheduler *scheduler, struct watcher *watcher);

/* The same, and an operation that nobody else watches is cancelled at once. */
void scheduler_abandon(struct scheduler *scheduler, struct watcher *watcher);

/* Cancels the operation, for all who watch it. Fails with NOT_FOUND where there is none. */
int scheduler_cancel(struct scheduler *scheduler, const char *name,
                     struct rpc_status *status) must_check;

/* Appends the google.longrunning.Operation of that name; fails with NOT_FOUND. */
int scheduler_describe(struct scheduler *scheduler, const char *name, struct buf *message,
                       struct rpc_status *status) must_check;

struct scheduler_stats {
    unsigned queued, running;
    uint64_t executed; /* actions that were run to an end */
    uint64_t joined;   /* requests that were served by another's operation */
    uint64_t cached;   /* requests that the action cache answered */
    uint64_t failed;   /* those that didn't end with RPC_OK */
};

void scheduler_stats(struct scheduler *scheduler, struct scheduler_stats *ret_stats);
