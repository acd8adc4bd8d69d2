/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A gRPC server on gRPC core's C API. A few threads share one completion queue and run the methods'
 * functions: what blocks on the disk may, what waits for a client or an action may not (it returns,
 * and goes on when it is called again).
 *
 * Two kinds of methods. A unary one is a function from request to reply. A streaming one has
 * functions that are called as the call goes on, one at a time for each call:
 *
 *     open → message… → half_closed → …written… → closed
 *
 * where `closed` is always the last, and comes also when the client is gone at any point.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "rpc/status.h"

struct rpc_call;
struct rpc_server;

/* Bytes of a message, borrowed for the time of the call of a function. */
struct rpc_bytes {
    const uint8_t *data;
    size_t len;
};

/* Answers in *REPLY, or sets *STATUS (which is RPC_OK at first), then the reply isn't sent. */
typedef void rpc_unary_fn(void *service, struct rpc_bytes request, struct buf *reply,
                          struct rpc_status *status);

struct rpc_stream {
    /* A call has come; the first message comes after it. Returns the state of the call. */
    void *(*open)(void *service, struct rpc_call *call);
    /* One message of the client's. The next is asked for when this returns. */
    void (*message)(void *state, struct rpc_bytes message);
    /* The client will send no more. NULL: nothing to do. */
    void (*half_closed)(void *state);
    /* What rpc_call_write was given is on its way, and it may be called again. NULL: nothing to
     * do. Not called once the call is finished. */
    void (*written)(void *state);
    /* The call is over: its status was sent, or it was cancelled. Frees the state; the call is
     * gone after it. */
    void (*closed)(void *state);
};

struct rpc_method {
    const char *name; /* "/google.bytestream.ByteStream/Read" */
    /* One of the two. */
    rpc_unary_fn *unary;
    const struct rpc_stream *stream;
    /*
     * Seconds that a call may wait for its client before it is ended with DEADLINE_EXCEEDED, as if
     * the service had: a streaming one for the next message or for room to send one, a unary one
     * for room to send its reply. 0: any time.
     */
    unsigned idle_limit;
};

/*
 * The following may be called by any thread from `open` on until `closed` has returned, with the
 * caller's own locks held: they don't block and don't call back before they return. On a call that
 * is over, or was ended by its idle_limit, they do nothing; `closed` is what the service waits for.
 */

/* Sends a message and takes its bytes (MESSAGE is left empty). One at a time: after `written`, the
 * next. */
void rpc_call_write(struct rpc_call *call, struct buf *message);

/*
 * Ends the call, after what was written. The client's later messages are not delivered (but one may
 * be just then, if another thread calls this than the one that runs the call's functions). Once for
 * each call.
 */
void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status);

/* rpc_call_write and rpc_call_finish with RPC_OK in one; not while an earlier message is on its
 * way. */
void rpc_call_answer(struct rpc_call *call, struct buf *message);

/* What a method's calls came to since the start. */
struct rpc_method_stats {
    const char *name;
    uint64_t calls, errors; /* those that have ended; with another status than RPC_OK */
    uint64_t open;          /* those that haven't */
    uint64_t bytes_in, bytes_out;
};

struct rpc_server_options {
    const struct rpc_method *methods; /* borrowed, until rpc_server_free */
    size_t method_count;
    void *service;      /* given to `unary` and `open` */
    size_t max_message; /* bytes of a client's message; a longer one: RESOURCE_EXHAUSTED */
    unsigned threads;   /* 0: a number that suits the machine */
};

/* PEM files. */
struct rpc_tls {
    const char *cert, *key;
    const char
        *client_ca; /* NULL: clients need no certificate; else each needs one that this signed */
};

int rpc_server_new(const struct rpc_server_options *options, struct rpc_server **ret_server,
                   struct error *err) must_check;

/*
 * ADDRESS is "unix:PATH" or "tcp:HOST:PORT" (port 0: one that is free; an IPv6 HOST stands in
 * brackets). A socket file that is in the way is replaced when nobody listens on it; the new one
 * has mode 0600 and is removed by rpc_server_stop. TLS: NULL for none. Sets *ret_port, for tcp (0
 * else). An address that can't be had is an error that names it. The umask is changed for a moment.
 */
int rpc_server_listen(struct rpc_server *server, const char *address, const struct rpc_tls *tls,
                      int *ret_port, struct error *err) must_check;

/* Whether only this machine can reach it: a socket file, localhost or a loopback address. */
bool rpc_address_is_local(const char *address);

/*
 * Starts the threads and takes calls. After that rpc_server_listen may not be called. A server that
 * couldn't be started is good for rpc_server_free alone.
 */
int rpc_server_start(struct rpc_server *server, struct error *err) must_check;

/* Takes no more calls, lets those that run end for GRACE_MS, cancels the rest, ends the threads. */
void rpc_server_stop(struct rpc_server *server, unsigned grace_ms);

void rpc_server_free(struct rpc_server *server); /* stopped, or never started; NULL is fine */

/* One for each method, in the order of the options, and one more, named "other", for unknown
 * methods. */
void rpc_server_stats(struct rpc_server *server, struct rpc_method_stats *ret_stats);
