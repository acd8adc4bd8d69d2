/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The life of the process that the runner makes for an action. With namespaces, what the action
 * then sees and may do is:
 *
 *   users    one user and group, 1000, without capabilities, now or by exec; outside it is the
 *            service's own user, or, where that is root, an unprivileged one
 *   files    the input root at SANDBOX_ROOT, writable; the machine's other directories read-only,
 *            but for /home, /root, /run and what the runner is told to hide, which are empty;
 *            /tmp, /var/tmp and /dev/shm of its own; a /dev with what every program needs
 *   others   its own processes only; no network but its own loopback; no shared memory or message
 *            queues of others
 *
 * Without namespaces the command runs in RUN/root, and the machine's files and network are there.
 *
 * The process becomes the init of its PID namespace, or the reaper of its descendants, and starts
 * the command. When the command ends it kills all that is left of it, tells the service, and ends.
 */

#include "proto/runner.pb-c.h"

#define SANDBOX_ROOT_NAME "execroot"
#define SANDBOX_ROOT "/" SANDBOX_ROOT_NAME

struct sandbox {
    const Runner__Config *config;
    int channel; /* to the service: the request comes from there */
    int go;      /* a byte comes when the user's ids are mapped; its end is the runner's end */
};

/* Returns the exit status of the process; all has been said over the channel. */
int sandbox_run(struct sandbox *sandbox);
