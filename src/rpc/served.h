/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the server share: a method as it is served, and the two ways of serving one. */

#include <stdatomic.h>

#include <grpc/grpc.h>

#include "rpc/live.h"
#include "rpc/server.h"
#include "rpc/ticker.h"

struct counters {
    atomic_uint_fast64_t begun, ended, errors, bytes_in, bytes_out;
};

struct served {
    const struct rpc_method *method;
    void *service;
    struct ticker *ticker; /* where its calls wait for their clients, if the method has a limit */
    struct live *live;     /* has one for each call */
    void *handle;          /* gRPC's */
    void (*serve)(struct served *served, grpc_call *call, grpc_byte_buffer *first);
    struct counters counters;
};

static inline void counters_add(atomic_uint_fast64_t *counter, uint64_t count)
{
    atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

/* These take the call and its first message, which is NULL when the client has closed its side. */
void unary_serve(struct served *served, grpc_call *call, grpc_byte_buffer *first);
void stream_serve(struct served *served, grpc_call *call, grpc_byte_buffer *first);

/* Takes a call and ends it with that status. */
void unary_refuse(struct served *served, grpc_call *call, const struct rpc_status *status);
