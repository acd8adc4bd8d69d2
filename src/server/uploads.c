/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/uploads.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/limits.h"

struct upload {
    struct store_writer *writer; /* NULL: the place is free */
    char uuid[LIMIT_UUID];
    size_t uuid_len;
    struct blob_digest digest;
    time_t kept; /* since when */
};

struct uploads {
    pthread_mutex_t lock;
    struct upload items[LIMIT_UPLOADS];
};

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

struct uploads *uploads_new(void)
{
    struct uploads *uploads = xcalloc(1, sizeof(*uploads));

    pthread_mutex_init(&uploads->lock, NULL);
    return uploads;
}

void uploads_free(struct uploads *uploads)
{
    if (!uploads)
        return;
    uploads_expire(uploads, -1);
    pthread_mutex_destroy(&uploads->lock);
    free(uploads);
}

static struct upload *find(struct uploads *uploads, const struct resource_name *name)
{
    for (size_t i = 0; i < LIMIT_UPLOADS; i++) {
        struct upload *upload = &uploads->items[i];
        if (upload->writer && blob_digest_equal(&upload->digest, &name->digest) &&
            upload->uuid_len == name->uuid.len &&
            memcmp(upload->uuid, name->uuid.text, name->uuid.len) == 0)
            return upload;
    }
    return NULL;
}

/* A free place, else that of the oldest. */
static struct upload *find_place(struct uploads *uploads)
{
    struct upload *place = &uploads->items[0];

    for (size_t i = 0; i < LIMIT_UPLOADS && place->writer; i++)
        if (!uploads->items[i].writer || uploads->items[i].kept < place->kept)
            place = &uploads->items[i];
    return place;
}

void uploads_keep(struct uploads *uploads, const struct resource_name *name,
                  struct store_writer *writer)
{
    struct store_writer *replaced;

    pthread_mutex_lock(&uploads->lock);
    struct upload *upload = find(uploads, name);
    if (!upload)
        upload = find_place(uploads);
    replaced = upload->writer;
    upload->writer = writer;
    memcpy(upload->uuid, name->uuid.text, name->uuid.len);
    upload->uuid_len = name->uuid.len;
    upload->digest = name->digest;
    upload->kept = now();
    pthread_mutex_unlock(&uploads->lock);
    store_writer_abandon(replaced);
}

struct store_writer *uploads_take(struct uploads *uploads, const struct resource_name *name,
                                  uint64_t len)
{
    struct store_writer *writer = NULL;

    pthread_mutex_lock(&uploads->lock);
    struct upload *upload = find(uploads, name);
    if (upload && store_writer_len(upload->writer) == len) {
        writer = upload->writer;
        upload->writer = NULL;
    }
    pthread_mutex_unlock(&uploads->lock);
    return writer;
}

uint64_t uploads_len(struct uploads *uploads, const struct resource_name *name)
{
    pthread_mutex_lock(&uploads->lock);
    struct upload *upload = find(uploads, name);
    uint64_t len = upload ? store_writer_len(upload->writer) : 0;
    pthread_mutex_unlock(&uploads->lock);
    return len;
}

/* Takes one that is too old out; NULL when there is none. */
static struct store_writer *take_expired(struct uploads *uploads, time_t before)
{
    struct store_writer *writer = NULL;

    pthread_mutex_lock(&uploads->lock);
    for (size_t i = 0; i < LIMIT_UPLOADS && !writer; i++) {
        if (uploads->items[i].kept >= before)
            continue;
        writer = uploads->items[i].writer;
        uploads->items[i].writer = NULL;
    }
    pthread_mutex_unlock(&uploads->lock);
    return writer;
}

void uploads_expire(struct uploads *uploads, time_t seconds)
{
    time_t before = now() - seconds;
    struct store_writer *writer;

    while ((writer = take_expired(uploads, before)))
        store_writer_abandon(writer);
}
