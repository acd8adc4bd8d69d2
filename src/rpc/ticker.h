/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A thread that looks at each of a list of things once a second. */

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/error.h"

/* One of the things. `tick` may not add or remove any. */
struct ticking {
    void (*tick)(void *owner, time_t now);
    void *owner;
    struct ticking *prev, *next; /* the ticker's */
};

struct ticker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running;
    struct ticking head;
};

void ticker_init(struct ticker *ticker);
int ticker_start(struct ticker *ticker, struct error *err) must_check;
void ticker_stop(struct ticker *ticker);    /* does nothing when it wasn't started */
void ticker_release(struct ticker *ticker); /* stopped, and nothing is in its list */

void ticker_add(struct ticker *ticker, struct ticking *thing);
void ticker_remove(struct ticker *ticker, struct ticking *thing); /* `tick` isn't called after */

/* The time that ticks are given, in seconds: a monotonic clock's, cheap to read. */
time_t ticker_now(void);
