/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/live.h"

#include <errno.h>

void live_init(struct live *live)
{
    pthread_condattr_t monotonic;

    atomic_init(&live->count, 0);
    pthread_mutex_init(&live->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&live->gone, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void live_release(struct live *live)
{
    pthread_cond_destroy(&live->gone);
    pthread_mutex_destroy(&live->lock);
}

void live_add(struct live *live)
{
    atomic_fetch_add(&live->count, 1);
}

void live_drop(struct live *live)
{
    if (atomic_fetch_sub(&live->count, 1) > 2)
        return;
    pthread_mutex_lock(&live->lock);
    pthread_cond_broadcast(&live->gone);
    pthread_mutex_unlock(&live->lock);
}

bool live_wait(struct live *live, size_t left, const struct timespec *end)
{
    int timed_out = 0;

    pthread_mutex_lock(&live->lock);
    while (atomic_load(&live->count) > left && timed_out != ETIMEDOUT)
        timed_out = end ? pthread_cond_timedwait(&live->gone, &live->lock, end)
                        : pthread_cond_wait(&live->gone, &live->lock);
    pthread_mutex_unlock(&live->lock);
    return atomic_load(&live->count) <= left;
}
