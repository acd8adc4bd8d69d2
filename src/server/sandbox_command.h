/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The action's command: started by the process that then waits for its end and clears up after it.
 */

#include <sys/types.h>

#include "base/error.h"
#include "proto/runner.pb-c.h"

struct command {
    const Runner__Request *request;
    int root;     /* the input root: the working directory is below it */
    int out, err; /* its standard output and error */
};

/*
 * Starts the command in a session of its own. FAILED is called in the new process when the command
 * can't be run; the process then ends. Sets *ret_pid.
 */
typedef void command_failed_fn(void *user, const struct error *err);
int command_start(const struct command *command, command_failed_fn *failed, void *user,
                  pid_t *ret_pid, struct error *err) must_check;

/*
 * For the init of a PID namespace: waits until the process has ended, then kills all others.
 * Returns the process's exit code, 128 + signal if it was killed.
 */
int command_await_as_init(pid_t pid);

/*
 * The same for a subreaper without a namespace: kills its descendants, as far as they can be found.
 * SIGTERM ends the command early, and then this process by SIGKILL, as if it had been a namespace's
 * init that was killed.
 */
int command_await_as_reaper(pid_t pid);
