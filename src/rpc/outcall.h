/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Outgoing calls, which block: each belongs to one thread, but for rpc_outcall_cancel. No wait is
 * without an end: a service that neither takes nor gives a message for the channel's idle_seconds,
 * or the call's own, ends the call with DEADLINE_EXCEEDED; a signal that process_init takes, with
 * CANCELLED.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "rpc/channel.h"
#include "rpc/header.h"
#include "rpc/status.h"

struct rpc_outcall;

struct rpc_outcall_options {
    const char *method;                /* "/google.bytestream.ByteStream/Read" */
    const struct rpc_headers *headers; /* besides the channel's; NULL for none */
    unsigned idle_seconds;             /* 0: the channel's */
    bool heedless;                     /* goes on though a signal came */
    const atomic_bool *stop;           /* ends the call, as a signal does, once it is true; NULL */
};

/*
 * Opens a call. Fails, with *STATUS set, only when the credential helper does (UNAUTHENTICATED):
 * that the service can't be reached is seen at the end.
 */
int rpc_outcall_open(struct rpc_channel *channel, const struct rpc_outcall_options *options,
                     struct rpc_outcall **ret_call, struct rpc_status *status) must_check;

/*
 * Sends a message and takes its bytes, once the one before is on its way: the caller makes the next
 * one meanwhile. False when the service takes no more: the call is over.
 */
bool rpc_outcall_send(struct rpc_outcall *call, struct buf *message);

/* We send no more. Once, and at the latest before rpc_outcall_end. */
void rpc_outcall_half_close(struct rpc_outcall *call);

/* Appends the next message's bytes. False when there are no more. */
bool rpc_outcall_receive(struct rpc_outcall *call, struct buf *message);

/* Ends the call with CANCELLED, unless it is over. May be called by any thread. */
void rpc_outcall_cancel(struct rpc_outcall *call);

/*
 * Waits for the status and frees the call. Messages that weren't received are dropped. With
 * UNAUTHENTICATED the credential helper's answer is forgotten: where *ret_may_ask_again (unless
 * NULL) is set to true, the same call may succeed when it is made once more.
 */
void rpc_outcall_end(struct rpc_outcall *call, struct rpc_status *ret_status,
                     bool *ret_may_ask_again);

/* A whole unary call. Takes the request's bytes and appends the reply's. */
int rpc_unary(struct rpc_channel *channel, const struct rpc_outcall_options *options,
              struct buf *request, struct buf *reply, struct rpc_status *status,
              bool *ret_may_ask_again) must_check;
