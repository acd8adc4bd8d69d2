/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service's side of the runner process (runner_process.h): starts it, starts it again when it
 * has died, and opens a channel to it for each action.
 *
 * Over a channel the service sends a Runner__Request and receives Runner__Reply messages: Started
 * with a descriptor of the input root, or Failure, and at last Ended. To shut it for writing kills
 * the action; to close it, too. A channel that ends before Ended came: the runner has died, and all
 * its actions with it.
 *
 * All functions may be called by any thread.
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"

struct runner;

struct runner_options {
    bool namespaces;
    const char *dir; /* absolute, without links: below it are all places that requests name */
    const struct strv *hidden; /* absolute paths, without links */
};

/*
 * As root, actions run as this user and group of the machine (nobody): it owns nothing, neither on
 * the machine nor of the action's own files, which a mapped mount shows it as its own.
 */
#define RUNNER_OUTER_ID 65534

int runner_start(const struct runner_options *options, struct runner **ret_runner,
                 struct error *err) must_check;

/* Ends the process and what still runs in it. NULL is fine. */
void runner_stop(struct runner *runner);

/* Opens a channel; starts the process again first, if need be. The caller closes it. */
int runner_connect(struct runner *runner, int *ret_channel, struct error *err) must_check;
