/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Counts what may still start something in the completion queue: calls asked for, calls that run,
 * the shutdown itself. gRPC aborts when something is started in a queue that was shut down, so that
 * waits until all of them are gone.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct live {
    atomic_size_t count;
    pthread_mutex_t lock;
    pthread_cond_t gone;
};

void live_init(struct live *live);
void live_release(struct live *live);

void live_add(struct live *live);
void live_drop(struct live *live);

/*
 * Waits until LEFT, 0 or 1, or fewer are left; with END (of CLOCK_MONOTONIC, NULL for none) no
 * longer than that. Tells whether so many are left. Nothing may be added to none.
 */
bool live_wait(struct live *live, size_t left, const struct timespec *end);
