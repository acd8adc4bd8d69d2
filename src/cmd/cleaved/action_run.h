/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Running an action, and showing how it went, for `exec` and `action run`. */

#include <stdbool.h>

#include "base/error.h"
#include "reapi/client_action.h"

struct action_run {
    struct client *client;
    struct client_execution execution;
    bool look_up;               /* first ask the action cache */
    bool verbose;               /* say on standard error what was done */
    const char *dir;            /* where outputs go; NULL: nowhere */
    const struct strv *outputs; /* those that may go there, clean; NULL: all */
};

/*
 * Runs it, writes its outputs, passes its standard output and error on to ours. Sets *ret_status to
 * its exit code. With a payload, what the service lacks of it is uploaded before.
 */
int action_run(struct action_run *run, int *ret_status, struct error *err) must_check;
