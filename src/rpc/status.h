/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a call ends: a gRPC status code, a text for people and details for programs. Clients decide
 * by the code whether to try again: RESOURCE_EXHAUSTED, INTERNAL, UNKNOWN, UNAVAILABLE are tried
 * again, INVALID_ARGUMENT never is.
 */

#include <stddef.h>

#include "base/buf.h"

/* gRPC's numbers. */
enum rpc_code {
    RPC_OK = 0,
    RPC_CANCELLED = 1,
    RPC_UNKNOWN = 2,
    RPC_INVALID_ARGUMENT = 3,
    RPC_DEADLINE_EXCEEDED = 4,
    RPC_NOT_FOUND = 5,
    RPC_ALREADY_EXISTS = 6,
    RPC_PERMISSION_DENIED = 7,
    RPC_RESOURCE_EXHAUSTED = 8,
    RPC_FAILED_PRECONDITION = 9,
    RPC_ABORTED = 10,
    RPC_OUT_OF_RANGE = 11,
    RPC_UNIMPLEMENTED = 12,
    RPC_INTERNAL = 13,
    RPC_UNAVAILABLE = 14,
    RPC_DATA_LOSS = 15,
    RPC_UNAUTHENTICATED = 16,
};

/*
 * Both travel in the trailers, of which clients take 8 KiB by default: a longer text is cut, longer
 * details are left out. Details of many items (MISSING blobs) are to be trimmed by who makes them.
 */
#define RPC_STATUS_MESSAGE_MAX 768
#define RPC_STATUS_DETAILS_MAX 4096

struct rpc_status {
    enum rpc_code code;
    char *message; /* owned; NULL for none */
    struct buf
        details; /* a packed google.rpc.Status, for grpc-status-details-bin; empty for none */
};

#define RPC_STATUS_INIT                                                                            \
    {                                                                                              \
        RPC_OK, NULL, BUF_INIT                                                                     \
    }

void rpc_status_release(struct rpc_status *status);
#define auto_rpc_status __attribute__((cleanup(rpc_status_release))) struct rpc_status

/* Sets the status in place of an earlier one, without details. Returns -1, for `return
 * rpc_status_set(…)`. */
int rpc_status_set(struct rpc_status *status, enum rpc_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "INVALID_ARGUMENT" and so on; "UNKNOWN" for a number that gRPC doesn't have. */
const char *rpc_code_name(int code);
