/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One operation: an action that waits, runs or has ended, as google.longrunning.Operation says it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "server/executor.h"
#include "store/blob.h"

#define OPERATION_ID_SIZE 33 /* 128 random bits in hexadecimal, and a NUL */

struct operation {
    char *name; /* "operations/ID", behind the instance's name and '/' if it has one */
    char *instance;
    struct blob_digest action;
    bool skip_cache_lookup;
    bool alone;
    int priority;

    Reapi__ExecutionStage__Value stage;
    struct timespec queued, started; /* CLOCK_REALTIME; started is 0 while it waits */
    struct execution *execution;     /* bound directories are set in it */
    bool cancelled;
    bool cached; /* the action cache had the result */
    struct execution_outcome outcome;

    struct watcher *watchers;
    time_t unwatched; /* since when nobody watches it (CLOCK_MONOTONIC); 0 while someone does */
    struct operation
        *next; /* in its bucket while it waits or runs, then in the list of the ended */
    struct operation *next_queued;
};

/* A new one, in the stage QUEUED. */
struct operation *operation_new(const char *instance, const struct blob_digest *action);
void operation_free(struct operation *operation);

/* Completes the result's execution_metadata by what the executor doesn't know: the queue's times.
 */
void operation_stamp(struct operation *operation);

/*
 * Makes it one that has ended, with the outcome that it has. A result that is too long for a
 * client's message loses its inlined bytes; where that isn't enough, RESOURCE_EXHAUSTED takes its
 * place.
 */
void operation_complete(struct operation *operation);

/* Appends the google.longrunning.Operation as it is now. Returns whether it has ended. */
bool operation_message(const struct operation *operation, struct buf *message);
