/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <assert.h>

/* Under the mutex: whether the blob is there, as far as the index knows. */
static bool pin_present(struct store *store, const struct index_key *key)
{
    struct index_entry *entry = index_find(&store->index, key);

    if (!entry || !entry->present)
        return false;
    index_touch(&store->index, entry);
    index_pin(&store->index, entry);
    return true;
}

static void unpin(struct store *store, const struct index_key *key)
{
    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    assert(entry);
    index_unpin(&store->index, entry);
    pthread_mutex_unlock(&store->mutex);
}

/* While the index is incomplete: pinned first, so that it stays if it is there. */
static int pin_unknown(struct store *store, const struct index_key *key, struct error *err)
{
    struct stat st;

    if (key->size > INDEX_SIZE_MAX)
        return STORE_ABSENT;
    pin_for_writing(store, key);
    int answer = check_stat(store, key, &st, err);
    if (answer != 0)
        unpin(store, key);
    return answer;
}

int store_pin(struct store *store, const struct blob_digest *digest, struct error *err)
{
    struct index_key key = blob_key(digest);

    if (blob_digest_equal(digest, &blob_empty)) {
        pin_for_writing(store, &key);
        return 0;
    }
    pthread_mutex_lock(&store->mutex);
    bool pinned = pin_present(store, &key);
    bool scanning = store->scanning;
    pthread_mutex_unlock(&store->mutex);
    if (pinned)
        return 0;
    return scanning ? pin_unknown(store, &key, err) : STORE_ABSENT;
}

void store_unpin(struct store *store, const struct blob_digest *digest)
{
    struct index_key key = blob_key(digest);

    unpin(store, &key);
}
