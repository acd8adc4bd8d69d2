/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The client's actions: ActionCache and Execution. */

#include <stdbool.h>

#include "proto/reapi.pb-c.h"
#include "reapi/client.h"
#include "reapi/client_cas.h"

/*
 * The result that the action cache has, or CLIENT_ABSENT. Freed by message_release. stdout and
 * stderr may be in it.
 */
int client_get_result(struct client *client, const struct blob_digest *action,
                      Reapi__ActionResult **ret_result, struct error *err) must_check;

/* Puts a result there. The Action and its Command have been uploaded (some services look). */
int client_put_result(struct client *client, const struct blob_digest *action,
                      const Reapi__ActionResult *result, struct error *err) must_check;

struct client_execution {
    struct blob_digest action;
    bool skip_cache_lookup;
    int priority;                  /* smaller ones run sooner; 0 is the service's own */
    const struct payload *payload; /* all that the action needs, if we have it; NULL: we don't */
    struct client_moved *moved;    /* what was uploaded again; may be NULL */
};

/*
 * Executes an action that was uploaded, and waits for its end, however often the stream breaks.
 * Inputs that the service has lost meanwhile are uploaded again. *ret_response, freed by
 * message_release, has a result and the status OK, or DEADLINE_EXCEEDED, which is the action's own
 * timeout, with the result as far as it came, or NULL. All else is an error. After a signal
 * (process_init) the service is told to cancel it.
 */
int client_execute(struct client *client, const struct client_execution *execution,
                   Reapi__ExecuteResponse **ret_response, struct error *err) must_check;
