/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The whole service in one process: store, executor, scheduler, the gRPC server with its methods,
 * and the listener of local.sock.
 */

#include "base/error.h"
#include "base/strv.h"
#include "rpc/server.h"
#include "server/executor.h"
#include "server/local_face.h"
#include "store/store.h"

struct daemon;

/* All borrowed, for the time of the call but for `stop_user`. */
struct daemon_options {
    const struct strv *addresses; /* "unix:PATH", "tcp:HOST:PORT" */
    const struct rpc_tls *tls;    /* for the tcp ones; NULL: none */
    struct store_options store;   /* `dir` is absolute */
    enum sandbox_mode sandbox;
    unsigned jobs;
    const char *local_socket;
    local_stop_fn *stop;
    void *stop_user;
};

/*
 * What a client may not be offered: an address that other machines reach, unless each client
 * proves by a certificate who it is. And options that contradict each other.
 */
int daemon_check_options(const struct daemon_options *options, struct error *err) must_check;

/* Opens everything, and serves when it returns. Appends what the user should know to WARNINGS. */
int daemon_start(const struct daemon_options *options, struct daemon **ret_daemon,
                 struct strv *warnings, struct error *err) must_check;

/* As the options' addresses, with the ports that were had where 0 was asked for. */
const struct strv *daemon_addresses(const struct daemon *daemon);

/* Grace for calls that run: what a user waits for, and what a successor does. */
#define DAEMON_GRACE_MS 5000
#define DAEMON_REPLACED_GRACE_MS (3600 * 1000)

/*
 * Takes no more calls, lets those that run end for GRACE_MS, cancels the rest, closes everything,
 * the store last, and frees the daemon.
 */
void daemon_stop(struct daemon *daemon, unsigned grace_ms);
