/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs actions: takes an action's digest, makes its input root from the store, runs its command in
 * a sandbox by the runner process, and puts what it declared as outputs into the store. It knows
 * nothing of queues, streams, or of the action cache.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"
#include "proto/reapi.pb-c.h"
#include "rpc/status.h"
#include "store/store.h"

struct executor;

enum sandbox_mode {
    SANDBOX_AUTO,   /* namespaces where they work, else none, with a warning */
    SANDBOX_USERNS, /* namespaces, or the start fails */
    SANDBOX_NONE,   /* a directory of its own for each action, and nothing more */
};

struct executor_options {
    struct store *store;
    const char
        *dir; /* scratch, absolute, on the store's file system: input roots and running actions */
    enum sandbox_mode sandbox;
    const struct strv *hidden; /* files and directories, absolute, that no action may see: the
                                * service's sockets; NULL for none */
};

/*
 * Starts the runner process, which is this same program with the command RUNNER_COMMAND
 * (runner_process.h), and removes what an earlier one left in DIR. Tries the sandbox once. Sets
 * *ret_warning to what works less well than it could, and why (owned; NULL for nothing).
 */
int executor_open(const struct executor_options *options, struct executor **ret_executor,
                  char **ret_warning, struct error *err) must_check;

/* No action may be running. NULL is fine. */
void executor_close(struct executor *executor);

/* The mode that is in force: SANDBOX_USERNS or SANDBOX_NONE. */
enum sandbox_mode executor_sandbox(const struct executor *executor);

/* One run of an action; the caller's, from before executor_run until after it. */
struct execution;

struct execution *execution_new(void);
void execution_free(struct execution *execution);

/* Ends the run as soon as may be; its status is then CANCELLED. Any thread, at any time, also
 * before the run. */
void execution_cancel(struct execution *execution);

/*
 * Before the run: directories of this machine that the action sees read-only at their own places,
 * also where they are otherwise hidden. Absolute and without links; copied.
 */
void execution_bind(struct execution *execution, const struct strv *dirs);

/* Fails, with the reason, for a directory through which an action would reach what must stay hidden
 * from it: the store, a socket, a whole home. */
int executor_check_bound(const struct executor *executor, const char *dir,
                         struct error *err) must_check;

/*
 * Whether actions could be shut in here: fails with the reason why not. It needs the command
 * RUNNER_COMMAND, too, and a directory for temporary files, and leaves nothing there.
 */
int executor_probe(struct error *err) must_check;

struct execution_outcome {
    /*
     * RPC_OK when the command ran to its end, whatever its exit code; DEADLINE_EXCEEDED when it was
     * stopped at its timeout (then there is a result, too); FAILED_PRECONDITION with MISSING
     * details when blobs aren't there; INVALID_ARGUMENT for an action that can't be run;
     * RESOURCE_EXHAUSTED, UNAVAILABLE (the runner died) and so on.
     */
    struct rpc_status status;
    Reapi__ActionResult
        *result;       /* owned (reapi__action_result__free_unpacked with NULL); NULL for none */
    bool do_not_cache; /* the action's own, or because the disk filled up meanwhile */
};

#define EXECUTION_OUTCOME_INIT                                                                     \
    {                                                                                              \
        RPC_STATUS_INIT, NULL, false                                                               \
    }

void execution_outcome_release(struct execution_outcome *outcome);

/* Called once, when the inputs are there and the command starts. */
typedef void execution_started_fn(void *user);

/*
 * Runs the action, to its end; blocks. Several threads may run actions at once. The result's
 * execution_metadata is filled but for the times of the queue. stdout and stderr are in the store,
 * and inline too where they are short (LIMIT_INLINE_OUTPUT).
 */
void executor_run(struct executor *executor, struct execution *execution,
                  const struct blob_digest *action, execution_started_fn *started, void *user,
                  struct execution_outcome *ret_outcome);
