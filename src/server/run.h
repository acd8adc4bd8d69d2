/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One command, run by the runner: sent to it, watched, killed at its timeout or when it is
 * cancelled. */

#include <pthread.h>
#include <stdbool.h>

#include "proto/runner.pb-c.h"
#include "rpc/status.h"
#include "server/runner.h"

/* What others may do to a run (executor.h). */
struct execution {
    pthread_mutex_t mutex;
    bool cancelled;
    int channel; /* to the runner; -1 while no command runs */
    struct strv bound;
};

bool execution_is_cancelled(struct execution *execution);

struct run {
    struct runner *runner;
    struct execution *execution;
    const Runner__Request *request;
    unsigned timeout_seconds;
    /* Called when the command starts, and then each second. Both may be NULL. */
    void (*on_start)(void *user);
    void (*on_tick)(void *user);
    void *user;
};

struct run_result {
    int root; /* the input root as the command left it (O_PATH); the caller closes it */
    int exit_code;
    bool timed_out;
};

/*
 * Runs the command to its end. Fails with CANCELLED; INVALID_ARGUMENT for a command that can't be
 * run; UNAVAILABLE when the runner died or the sandbox can't be made now.
 */
int run_command(const struct run *run, struct run_result *ret_result,
                struct rpc_status *status) must_check;
