/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client of gRPC servers that blocks, for one thread. No call takes longer than
 * RPC_CLIENT_SECONDS: what hangs ends with DEADLINE_EXCEEDED, "Deadline Exceeded".
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define RPC_CLIENT_SECONDS 20

/* PEM texts, not files; cert and key may be NULL together. */
struct rpc_client_tls {
    const char *ca, *cert, *key;
};

struct rpc_client;

/* TARGET is "unix:PATH" or "HOST:PORT". TLS: NULL for none; the server is then "localhost". */
struct rpc_client *rpc_client_new(const char *target, const struct rpc_client_tls *tls);
/* One that asks for gzip in gRPC. */
struct rpc_client *rpc_client_new_compressing(const char *target);
void rpc_client_free(struct rpc_client *client);

/* How a call ended. */
struct rpc_client_end {
    int code;
    char *message;
    struct buf details; /* of grpc-status-details-bin */
};

#define RPC_CLIENT_END_INIT                                                                        \
    {                                                                                              \
        -1, NULL, BUF_INIT                                                                         \
    }

void rpc_client_end_release(struct rpc_client_end *end);
#define auto_rpc_client_end __attribute__((cleanup(rpc_client_end_release))) struct rpc_client_end

/* A whole unary call. Appends the reply's bytes, if there is one. */
void rpc_client_unary(struct rpc_client *client, const char *method, const void *request,
                      size_t len, struct buf *reply, struct rpc_client_end *ret_end);

struct rpc_client_call;

struct rpc_client_call *rpc_client_open(struct rpc_client *client, const char *method);

/* True once the message is on its way; false when the call is over. */
bool rpc_client_send(struct rpc_client_call *call, const void *message, size_t len);
/* As rpc_client_send, but doesn't wait. At most one of these in a call, as its last message. */
void rpc_client_send_later(struct rpc_client_call *call, const void *message, size_t len);
void rpc_client_half_close(struct rpc_client_call *call);
/* Appends the next message; false when there are no more. */
bool rpc_client_read(struct rpc_client_call *call, struct buf *message);
void rpc_client_cancel(struct rpc_client_call *call);

/* Waits for the status and frees the call. */
void rpc_client_end(struct rpc_client_call *call, struct rpc_client_end *ret_end);
