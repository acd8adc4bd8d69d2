/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client's connection to one service, on gRPC core's C API. It connects when the first call needs
 * it, and again when it broke. Calls are made by outcall.h, from any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "rpc/header.h"

struct rpc_channel;

struct rpc_channel_options {
    const char *address; /* as rpc_target_parse takes it */
    /*
     * PEM files, or NULL. tls_ca: who signs the service's certificate, without it those that the
     * system trusts; tls_cert and tls_key, both or none: what shows who we are.
     */
    const char *tls_ca, *tls_cert, *tls_key;
    const struct rpc_headers *headers; /* sent with every call, copied; NULL for none */
    const char *credential_helper;     /* a program (helper.h), or NULL */
    const char *user_agent;
    size_t max_message; /* bytes of a message that is received; more: RESOURCE_EXHAUSTED */
    /*
     * Seconds that a call may wait for the service to take or give a message, where the call has no
     * other limit, before it ends with DEADLINE_EXCEEDED.
     */
    unsigned idle_seconds;
};

/* Fails for an address that is none, files that can't be used, TLS options without TLS. */
int rpc_channel_open(const struct rpc_channel_options *options, struct rpc_channel **ret_channel,
                     struct error *err) must_check;

/* No call is left. NULL is fine. */
void rpc_channel_close(struct rpc_channel *channel);

/* The address, as it was given. */
const char *rpc_channel_address(const struct rpc_channel *channel);
