/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/ticker.h"

#include <assert.h>
#include <stddef.h>

#include "base/thread.h"

void ticker_init(struct ticker *ticker)
{
    pthread_condattr_t monotonic;

    *ticker = (struct ticker){.running = false};
    ticker->head.prev = ticker->head.next = &ticker->head;
    pthread_mutex_init(&ticker->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&ticker->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void tick_all(struct ticker *ticker)
{
    time_t now = ticker_now();

    for (struct ticking *at = ticker->head.next; at != &ticker->head; at = at->next)
        at->tick(at->owner, now);
}

static void *run(void *user)
{
    struct ticker *ticker = user;
    struct timespec next;

    pthread_mutex_lock(&ticker->lock);
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (ticker->running) {
        next.tv_sec++;
        while (ticker->running &&
               pthread_cond_timedwait(&ticker->wake, &ticker->lock, &next) == 0) {
        }
        tick_all(ticker);
    }
    pthread_mutex_unlock(&ticker->lock);
    return NULL;
}

int ticker_start(struct ticker *ticker, struct error *err)
{
    ticker->running = true;
    if (thread_start(&ticker->thread, run, ticker, err) == 0)
        return 0;
    ticker->running = false;
    return -1;
}

void ticker_stop(struct ticker *ticker)
{
    pthread_mutex_lock(&ticker->lock);
    bool was_running = ticker->running;
    ticker->running = false;
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->lock);
    if (was_running)
        pthread_join(ticker->thread, NULL);
}

void ticker_release(struct ticker *ticker)
{
    assert(!ticker->running && ticker->head.next == &ticker->head);
    pthread_cond_destroy(&ticker->wake);
    pthread_mutex_destroy(&ticker->lock);
}

void ticker_add(struct ticker *ticker, struct ticking *thing)
{
    pthread_mutex_lock(&ticker->lock);
    thing->prev = ticker->head.prev;
    thing->next = &ticker->head;
    thing->prev->next = thing->next->prev = thing;
    pthread_mutex_unlock(&ticker->lock);
}

void ticker_remove(struct ticker *ticker, struct ticking *thing)
{
    pthread_mutex_lock(&ticker->lock);
    thing->prev->next = thing->next;
    thing->next->prev = thing->prev;
    pthread_mutex_unlock(&ticker->lock);
}

time_t ticker_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}
