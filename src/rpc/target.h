/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a service is, as users write it:
 *
 *     grpc://HOST:PORT       without TLS
 *     grpcs://HOST[:PORT]    with TLS; port 443 unless given
 *     unix:PATH              a socket file, relative or absolute
 *
 * An IPv6 HOST stands in brackets. cleaved's own "tcp:HOST:PORT", which its `serve` prints, is
 * taken as grpc://HOST:PORT.
 */

#include <stdbool.h>

#include "base/error.h"

struct rpc_target {
    char *name; /* gRPC's: "dns:///HOST:PORT", "unix:PATH" */
    char *uri;  /* what a credential helper is asked for: "https://HOST:PORT", or as written */
    bool tls;
};

#define RPC_TARGET_INIT                                                                            \
    {                                                                                              \
        NULL, NULL, false                                                                          \
    }

/* ERROR_USAGE for anything else, with a text that names the address and says what one looks like.
 */
int rpc_target_parse(const char *address, struct rpc_target *ret_target,
                     struct error *err) must_check;
void rpc_target_release(struct rpc_target *target);
#define auto_rpc_target __attribute__((cleanup(rpc_target_release))) struct rpc_target
