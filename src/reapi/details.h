/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Statuses with the details that REAPI's clients act on, as a packed google.rpc.Status: how the
 * service makes them and how a client reads them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "proto/google.pb-c.h"
#include "reapi/digest_set.h"
#include "rpc/status.h"
#include "store/blob.h"

/*
 * FAILED_PRECONDITION with a PreconditionFailure of one violation per blob: type "MISSING", subject
 * "blobs/HASH/SIZE" (REAPI: Execution.Execute). Clients upload those and try again. At most
 * LIMIT_MISSING_NAMED are named; the client meets the others at its next try. COUNT isn't 0.
 * Returns -1.
 */
int status_missing_blobs(struct rpc_status *status, const struct blob_digest *digests,
                         size_t count);

/* RESOURCE_EXHAUSTED with a RetryInfo: the client is to come again in that time. Returns -1. */
int status_overloaded(struct rpc_status *status, unsigned retry_seconds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Whether the status says that blobs are missing, and nothing else that is wrong: adds them to
 * MISSING. A detail that can't be read is as one that says something else.
 */
bool status_is_missing_blobs(const struct rpc_status *status, struct digest_set *missing);

/* Whether the status asks its client to come again, and when. Sets *ret_ms if so. */
bool status_retry_delay(const struct rpc_status *status, unsigned *ret_ms);

/* A status that came in a message, NULL being RPC_OK, with its details. */
void status_from_message(struct rpc_status *status, const Google__Status *message);
