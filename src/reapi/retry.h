/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When a call that failed is made again: only for codes that can pass, or where the service says by
 * RetryInfo that it is to be; after delays that double, with jitter; and so many times in a row
 * without progress.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "rpc/status.h"

#define RETRY_ATTEMPTS 5 /* after the first */
#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 5000
#define RETRY_ASKED_MAX_MS 60000 /* of what a service may ask for */

struct retry {
    unsigned left;  /* attempts */
    unsigned count; /* attempts in a row without progress, at most */
    unsigned delay_ms, first_ms;
    unsigned random;         /* the state of the jitter */
    const atomic_bool *stop; /* once it is true nothing is tried again; NULL */
};

/* COUNT attempts after the first, the first of them after about FIRST_MS. */
void retry_init(struct retry *retry, unsigned count, unsigned first_ms);

/* There was progress: all attempts are there again. */
void retry_renew(struct retry *retry);

/*
 * Whether to try again after that status, and in how many milliseconds. Takes one attempt if so.
 */
bool retry_may(struct retry *retry, const struct rpc_status *status, unsigned *ret_delay_ms);

/* retry_may that sleeps; false when a signal came, or a stop. */
bool retry_wait(struct retry *retry, const struct rpc_status *status);

/* Whether the code may pass by itself. */
bool retry_code_passes(enum rpc_code code);
