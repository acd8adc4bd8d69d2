/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Credential helpers, as Bazel has them (EngFlow's credential helper specification): a program that
 * is run as `PROGRAM get`, reads {"uri": "https://HOST:PORT"} from its standard input and prints
 *
 *     {"headers": {"NAME": ["VALUE", …], …}, "expires": "2026-01-31T12:00:00Z"}
 *
 * where `expires` may be absent. The answer is kept until it expires or is forgotten. What the
 * program writes to standard error goes to ours.
 */

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/error.h"
#include "rpc/header.h"

#define HELPER_SECONDS 60            /* that the program may run */
#define HELPER_ANSWER_MAX (1u << 20) /* bytes of its answer */

struct rpc_helper {
    const char *program; /* both borrowed */
    const char *uri;
    unsigned seconds; /* HELPER_SECONDS */
    pthread_mutex_t lock;
    bool known;     /* the headers are there, until */
    time_t expires; /* 0: for good */
    struct rpc_headers headers;
    unsigned generation; /* counts the answers */
};

void rpc_helper_init(struct rpc_helper *helper, const char *program, const char *uri);
void rpc_helper_release(struct rpc_helper *helper);

/*
 * Appends copies of the helper's headers, which is asked if need be. Sets *ret_generation to the
 * number of the answer. Errors name the program; they never show what it printed, which may be a
 * secret.
 */
int rpc_helper_headers(struct rpc_helper *helper, struct rpc_headers *headers,
                       unsigned *ret_generation, struct error *err) must_check;

/* Drops the answer of that generation: the service didn't take it. A newer one stays. */
void rpc_helper_forget(struct rpc_helper *helper, unsigned generation);

/* Reads an answer. Sets *ret_expires to 0 where it has none. *HEADERS is appended to. */
int rpc_helper_parse(const char *program, const struct buf *answer, struct rpc_headers *headers,
                     time_t *ret_expires, struct error *err) must_check;
