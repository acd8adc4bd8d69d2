/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/operation_table.h"

#include <string.h>

#include "reapi/limits.h"

static size_t bucket_of(const struct blob_digest *action)
{
    return ((size_t)action->hash.bytes[0] << 8 | action->hash.bytes[1]) % OPERATION_BUCKETS;
}

static void enqueue(struct operation_table *table, struct operation *operation)
{
    struct operation *before = table->queue_last;

    if (before && before->priority > operation->priority) {
        before = NULL;
        for (struct operation *one = table->queue; one->priority <= operation->priority;
             one = one->next_queued)
            before = one;
    }
    struct operation **place = before ? &before->next_queued : &table->queue;
    operation->next_queued = *place;
    *place = operation;
    if (!operation->next_queued)
        table->queue_last = operation;
    table->queued++;
}

void operation_table_add(struct operation_table *table, struct operation *operation)
{
    struct operation **bucket = &table->live[bucket_of(&operation->action)];

    operation->next = *bucket;
    *bucket = operation;
    enqueue(table, operation);
}

void operation_table_dequeue(struct operation_table *table, struct operation *operation)
{
    struct operation **place = &table->queue, *before = NULL;

    while (*place != operation) {
        before = *place;
        place = &before->next_queued;
    }
    *place = operation->next_queued;
    operation->next_queued = NULL;
    if (table->queue_last == operation)
        table->queue_last = before;
    table->queued--;
}

static void forget_one(struct operation_table *table)
{
    struct operation **place = &table->ended, *before = NULL;

    while (*place && (*place)->watchers) {
        before = *place;
        place = &before->next;
    }
    struct operation *operation = *place;
    if (!operation)
        return;
    *place = operation->next;
    if (table->ended_last == operation)
        table->ended_last = before;
    table->ended_count--;
    operation_free(operation);
}

void operation_table_end(struct operation_table *table, struct operation *operation)
{
    struct operation **place = &table->live[bucket_of(&operation->action)];

    while (*place != operation)
        place = &(*place)->next;
    *place = operation->next;
    operation_table_keep(table, operation);
}

void operation_table_keep(struct operation_table *table, struct operation *operation)
{
    operation->next = NULL;
    if (table->ended_last)
        table->ended_last->next = operation;
    else
        table->ended = operation;
    table->ended_last = operation;
    if (++table->ended_count > LIMIT_FINISHED)
        forget_one(table);
}

static struct operation *find_in(struct operation *list, const char *name)
{
    while (list && strcmp(list->name, name) != 0)
        list = list->next;
    return list;
}

struct operation *operation_table_find(const struct operation_table *table, const char *name)
{
    struct operation *found = find_in(table->ended, name);

    for (size_t i = 0; i < OPERATION_BUCKETS && !found; i++)
        found = find_in(table->live[i], name);
    return found;
}

struct operation *operation_table_first(const struct operation_table *table,
                                        const struct blob_digest *action)
{
    return table->live[bucket_of(action)];
}

void operation_table_each_live(struct operation_table *table, operation_fn *function, void *user)
{
    for (size_t i = 0; i < OPERATION_BUCKETS; i++) {
        struct operation *next;
        for (struct operation *one = table->live[i]; one; one = next) {
            next = one->next;
            function(user, one);
        }
    }
}

void operation_table_release(struct operation_table *table)
{
    while (table->ended) {
        struct operation *operation = table->ended;
        table->ended = operation->next;
        operation_free(operation);
    }
    *table = (struct operation_table){0};
}
