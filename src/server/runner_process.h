/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The runner: a small process beside the service that makes a process for each action. It has one
 * thread and no file open for writing, so that no child of it can keep an action from running what
 * another has just written (ETXTBSY).
 *
 * It gets a configuration and then channels (proto/runner.proto) by its socket. Of each channel its
 * child does the talking (sandbox.h); the runner itself looks whether the service has shut its side
 * for writing, which kills the action, and says the end of an action whose process could not.
 */

/* The command of our own program that is the runner, and the descriptor of its socket. */
#define RUNNER_COMMAND "runner"
#define RUNNER_SOCKET 3

/*
 * Runs until the service closes the socket; all actions end then. Returns the exit status. The
 * actions' processes end in it, too.
 */
int runner_process_main(int socket);
