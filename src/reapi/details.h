/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Statuses with the details that REAPI's clients act on, as a packed google.rpc.Status. */

#include <stddef.h>

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
