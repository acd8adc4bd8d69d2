/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * All operations that the service knows: those that wait and run, found by their action; the queue
 * of those that wait; and the latest that have ended, kept for those who ask later. Owns them.
 * Whoever calls holds the scheduler's lock.
 */

#include "server/operation.h"

#define OPERATION_BUCKETS 1024

struct operation_table {
    struct operation *live[OPERATION_BUCKETS]; /* that wait or run, by the action's hash */
    struct operation *queue, *queue_last;      /* that wait: the first is the next to run */
    unsigned queued;
    struct operation *ended, *ended_last; /* oldest first */
    unsigned ended_count;
};

/* Adds one that waits: in the queue behind all whose priority isn't a larger number. */
void operation_table_add(struct operation_table *table, struct operation *operation);

/* Takes a live one out of the queue; it stays live. */
void operation_table_dequeue(struct operation_table *table, struct operation *operation);

/* Moves a live one, which isn't in the queue, to those that have ended. */
void operation_table_end(struct operation_table *table, struct operation *operation);

/*
 * Adds one that has ended, and takes it. Of more than LIMIT_FINISHED the oldest that nobody watches
 * is forgotten.
 */
void operation_table_keep(struct operation_table *table, struct operation *operation);

/* The operation of that name, or NULL. */
struct operation *operation_table_find(const struct operation_table *table, const char *name);

/* The first live one that runs the same action as some other would; then the next. NULL: no more.
 */
struct operation *operation_table_first(const struct operation_table *table,
                                        const struct blob_digest *action);

/* Calls it for each live one, which it may end. */
typedef void operation_fn(void *user, struct operation *operation);
void operation_table_each_live(struct operation_table *table, operation_fn *function, void *user);

/* Frees all that have ended. */
void operation_table_release(struct operation_table *table);
