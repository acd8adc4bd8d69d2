/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Headers of calls: names in lower case, as HTTP/2 has them, each with a value. */

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

struct rpc_header {
    char *name;
    struct buf value; /* any bytes where the name ends with "-bin", else printable ASCII */
};

struct rpc_headers {
    struct rpc_header *items;
    size_t len, cap;
};

#define RPC_HEADERS_INIT                                                                           \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void rpc_headers_release(struct rpc_headers *headers);
#define auto_rpc_headers __attribute__((cleanup(rpc_headers_release))) struct rpc_headers

/*
 * Appends the header, its name made lower-case. Refused (ERROR_USAGE) are names and values that
 * HTTP/2 can't have, and names that gRPC sets itself. The text names the header and never its
 * value, which may be a secret.
 */
int rpc_headers_add(struct rpc_headers *headers, const char *name, const void *value, size_t len,
                    struct error *err) must_check;

/* The same for "NAME=VALUE". */
int rpc_headers_add_text(struct rpc_headers *headers, const char *text,
                         struct error *err) must_check;

/* Appends copies of OTHER's. */
void rpc_headers_append(struct rpc_headers *headers, const struct rpc_headers *other);
