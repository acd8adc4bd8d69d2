/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <inttypes.h>

/* So many files leave while the mutex is held; then they are unlinked without it. */
#define VICTIMS_MAX 64

struct victims {
    uint64_t numbers[VICTIMS_MAX]; /* of their names in gone/ */
    size_t count;
    uint64_t bytes;
};

/* Under the mutex. False when the file is still there. */
static bool evict(struct store *store, struct index_entry *entry, struct victims *victims)
{
    struct index_key key;
    uint64_t number;

    index_key_of(entry, &key);
    if (move_to_gone(store, &key, &number) == 0)
        victims->numbers[victims->count++] = number;
    else if (errno != ENOENT)
        return false;
    victims->bytes += key.size;
    store->evicted++;
    index_set_absent(&store->index, entry);
    return true;
}

/* What an action has pinned is the blob; its executable copy is as dear. */
static bool is_pinned(struct store *store, const struct index_entry *entry)
{
    struct index_key key;

    if (entry->pins > 0 || entry->kind != INDEX_EXECUTABLE)
        return entry->pins > 0;
    index_key_of(entry, &key);
    key.kind = INDEX_BLOB;
    const struct index_entry *blob = index_find(&store->index, &key);
    return blob && blob->pins > 0;
}

/* The copy of a blob that goes serves nobody. */
static void evict_copy(struct store *store, struct index_key *key, struct victims *victims)
{
    if (key->kind != INDEX_BLOB)
        return;
    key->kind = INDEX_EXECUTABLE;
    struct index_entry *copy = index_find(&store->index, key);
    if (copy && copy->present && copy->pins == 0)
        evict(store, copy, victims);
}

/*
 * Under the mutex: evicts the least lately used until SIZE bytes are free, or there is enough for
 * one go. What can't be evicted becomes the most lately used, so that nobody has to pass it again
 * and again.
 */
static void pick_victims(struct store *store, uint64_t size, struct victims *victims)
{
    victims->count = 0;
    victims->bytes = 0;
    for (uint32_t left = store->index.used; left > 0; left--) {
        struct index_entry *entry = index_oldest(&store->index);
        struct index_key key;
        if (!entry || victims->bytes >= size || victims->count > VICTIMS_MAX - 2)
            return;
        index_key_of(entry, &key);
        if (is_pinned(store, entry) || !evict(store, entry, victims))
            index_touch(&store->index, entry);
        else
            evict_copy(store, &key, victims);
    }
}

static void unlink_victims(struct store *store, const struct victims *victims)
{
    for (size_t i = 0; i < victims->count; i++)
        remove_gone(store, victims->numbers[i]);
}

/* Under the mutex: the bytes above the limit, if SIZE more were reserved. */
static uint64_t excess(const struct store *store, uint64_t size)
{
    uint64_t used = store->index.bytes + store->reserved;

    return used + size > store->size_limit ? used + size - store->size_limit : 0;
}

static bool try_reserve(struct store *store, uint64_t size, struct victims *victims)
{
    pthread_mutex_lock(&store->mutex);
    uint64_t needed = excess(store, size);
    if (needed == 0)
        store->reserved += size;
    else
        pick_victims(store, needed, victims);
    pthread_mutex_unlock(&store->mutex);
    return needed == 0;
}

int reserve_room(struct store *store, uint64_t size, struct error *err)
{
    struct victims victims = {.count = 0};

    if (size > store->size_limit) {
        error_set(err, ERROR_FAILURE,
                  "%" PRIu64 " bytes are more than the %" PRIu64
                  " that the store may take; give it a larger --store-size",
                  size, store->size_limit);
        return STORE_FULL;
    }
    while (!try_reserve(store, size, &victims)) {
        unlink_victims(store, &victims);
        if (victims.bytes > 0 || victims.count > 0)
            continue;
        error_set(err, ERROR_FAILURE,
                  "there is no room for %" PRIu64 " bytes: running actions and uploads need all "
                  "but little of the %" PRIu64
                  " that the store may take; give it a larger --store-size",
                  size, store->size_limit);
        return STORE_FULL;
    }
    return 0;
}

void release_room(struct store *store, uint64_t size)
{
    pthread_mutex_lock(&store->mutex);
    store->reserved -= size;
    pthread_mutex_unlock(&store->mutex);
}

void pin_for_writing(struct store *store, const struct index_key *key)
{
    pthread_mutex_lock(&store->mutex);
    index_pin(&store->index, index_add(&store->index, key));
    pthread_mutex_unlock(&store->mutex);
}

int begin_writing(struct store *store, const struct index_key *key, struct error *err)
{
    int answer = reserve_room(store, key->size, err);

    if (answer == 0)
        pin_for_writing(store, key);
    return answer;
}

void end_writing(struct store *store, const struct index_key *key)
{
    pthread_mutex_lock(&store->mutex);
    store->reserved -= key->size;
    index_unpin(&store->index, index_find(&store->index, key));
    pthread_mutex_unlock(&store->mutex);
}

/* Evicts SIZE bytes, or what there is. Returns how many it were. */
static uint64_t evict_bytes(struct store *store, uint64_t size)
{
    struct victims victims;
    uint64_t freed = 0;

    do {
        pthread_mutex_lock(&store->mutex);
        pick_victims(store, size - freed, &victims);
        pthread_mutex_unlock(&store->mutex);
        unlink_victims(store, &victims);
        freed += victims.bytes;
    } while (freed < size && victims.count > 0);
    return freed;
}

bool evict_for_disk(struct store *store, uint64_t size)
{
    return evict_bytes(store, size) > 0;
}

void evict_excess(struct store *store)
{
    pthread_mutex_lock(&store->mutex);
    uint64_t size = excess(store, 0);
    pthread_mutex_unlock(&store->mutex);
    if (size > 0)
        evict_bytes(store, size);
}
