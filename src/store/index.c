/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

#define NONE UINT32_MAX
#define CHUNK_BITS 14u
#define CHUNK_SIZE (1u << CHUNK_BITS)
#define FIRST_BUCKETS 1024u

_Static_assert(sizeof(struct index_entry) == 64, "what the header says a file costs");

static struct index_entry *at(const struct index *index, uint32_t number)
{
    return number == NONE ? NULL : &index->chunks[number >> CHUNK_BITS][number & (CHUNK_SIZE - 1)];
}

void index_init(struct index *index)
{
    *index = (struct index){.freed = NONE, .newest = NONE, .oldest = NONE};
    index->buckets = xmalloc(FIRST_BUCKETS * sizeof(*index->buckets));
    memset(index->buckets, 0xff, FIRST_BUCKETS * sizeof(*index->buckets));
    index->bucket_mask = FIRST_BUCKETS - 1;
}

void index_release(struct index *index)
{
    for (size_t i = 0; i < index->chunk_count; i++)
        free(index->chunks[i]);
    free(index->chunks);
    free(index->buckets);
    *index = (struct index){0};
}

static uint32_t *bucket_of(const struct index *index, const struct digest *hash)
{
    uint32_t bytes;

    memcpy(&bytes, hash->bytes, sizeof(bytes));
    return &index->buckets[bytes & index->bucket_mask];
}

static bool is_entry_of(const struct index_entry *entry, const struct index_key *key)
{
    return entry->kind == key->kind && digest_equal(&entry->hash, &key->hash) &&
           (key->kind == INDEX_ENTRY || entry->size == key->size);
}

static uint32_t find_number(const struct index *index, const struct index_key *key)
{
    uint32_t number = *bucket_of(index, &key->hash);

    while (number != NONE && !is_entry_of(at(index, number), key))
        number = at(index, number)->chain;
    return number;
}

struct index_entry *index_find(const struct index *index, const struct index_key *key)
{
    return at(index, find_number(index, key));
}

/* Twice as many chains, each of which is half of an old one. */
static void grow_buckets(struct index *index)
{
    uint32_t old_count = index->bucket_mask + 1;

    index->buckets = xrealloc(index->buckets, 2 * (size_t)old_count * sizeof(*index->buckets));
    memset(index->buckets + old_count, 0xff, old_count * sizeof(*index->buckets));
    index->bucket_mask = 2 * old_count - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        uint32_t number = index->buckets[i];
        index->buckets[i] = NONE;
        while (number != NONE) {
            struct index_entry *entry = at(index, number);
            uint32_t next = entry->chain;
            uint32_t *bucket = bucket_of(index, &entry->hash);
            entry->chain = *bucket;
            *bucket = number;
            number = next;
        }
    }
}

static uint32_t take_number(struct index *index)
{
    uint32_t number = index->freed;

    if (number != NONE) {
        index->freed = at(index, number)->chain;
        return number;
    }
    if (index->fresh == index->chunk_count * CHUNK_SIZE) {
        index->chunks = xrealloc(index->chunks, (index->chunk_count + 1) * sizeof(*index->chunks));
        index->chunks[index->chunk_count++] = xmalloc(CHUNK_SIZE * sizeof(**index->chunks));
    }
    return index->fresh++;
}

struct index_entry *index_add(struct index *index, const struct index_key *key)
{
    struct index_entry *entry = index_find(index, key);

    if (entry)
        return entry;
    assert(key->size <= INDEX_SIZE_MAX);
    if (index->used > index->bucket_mask)
        grow_buckets(index);
    uint32_t number = take_number(index);
    uint32_t *bucket = bucket_of(index, &key->hash);
    entry = at(index, number);
    *entry = (struct index_entry){
        .hash = key->hash,
        .size = key->size & INDEX_SIZE_MAX,
        .kind = (unsigned)key->kind & 3u,
        .newer = NONE,
        .older = NONE,
        .chain = *bucket,
    };
    *bucket = number;
    index->used++;
    return entry;
}

void index_key_of(const struct index_entry *entry, struct index_key *ret_key)
{
    *ret_key = (struct index_key){entry->hash, entry->size, (enum index_kind)entry->kind};
}

static void free_if_unneeded(struct index *index, struct index_entry *entry)
{
    uint32_t *link = bucket_of(index, &entry->hash);

    if (entry->present || entry->pins > 0)
        return;
    while (at(index, *link) != entry)
        link = &at(index, *link)->chain;
    uint32_t number = *link;
    *link = entry->chain;
    entry->chain = index->freed;
    index->freed = number;
    index->used--;
}

/* The entry's number, by the one link that leads to it. */
static uint32_t number_of(const struct index *index, const struct index_entry *entry)
{
    uint32_t number = *bucket_of(index, &entry->hash);

    while (at(index, number) != entry)
        number = at(index, number)->chain;
    return number;
}

static void link_newest(struct index *index, struct index_entry *entry)
{
    uint32_t number = number_of(index, entry);

    entry->newer = NONE;
    entry->older = index->newest;
    if (index->newest != NONE)
        at(index, index->newest)->newer = number;
    else
        index->oldest = number;
    index->newest = number;
}

static void link_oldest(struct index *index, struct index_entry *entry)
{
    uint32_t number = number_of(index, entry);

    entry->older = NONE;
    entry->newer = index->oldest;
    if (index->oldest != NONE)
        at(index, index->oldest)->older = number;
    else
        index->newest = number;
    index->oldest = number;
}

static void unlink_from_order(struct index *index, struct index_entry *entry)
{
    if (entry->newer != NONE)
        at(index, entry->newer)->older = entry->older;
    else
        index->newest = entry->older;
    if (entry->older != NONE)
        at(index, entry->older)->newer = entry->newer;
    else
        index->oldest = entry->newer;
}

static void set_present(struct index *index, struct index_entry *entry)
{
    assert(!entry->present);
    entry->present = 1;
    index->present[entry->kind]++;
    index->bytes += entry->size;
}

void index_set_newest(struct index *index, struct index_entry *entry)
{
    set_present(index, entry);
    link_newest(index, entry);
}

void index_set_oldest(struct index *index, struct index_entry *entry)
{
    set_present(index, entry);
    link_oldest(index, entry);
}

void index_set_absent(struct index *index, struct index_entry *entry)
{
    if (entry->present) {
        unlink_from_order(index, entry);
        index->present[entry->kind]--;
        index->bytes -= entry->size;
    }
    entry->present = 0;
    entry->scanned = 0;
    entry->identity = 0;
    free_if_unneeded(index, entry);
}

void index_touch(struct index *index, struct index_entry *entry)
{
    if (entry->scanned) {
        entry->scanned = 0;
        entry->identity = 0;
    }
    if (entry->newer == NONE)
        return;
    unlink_from_order(index, entry);
    link_newest(index, entry);
}

void index_pin(struct index *index, struct index_entry *entry)
{
    assert(entry->pins < UINT32_MAX);
    if (entry->pins++ == 0)
        index->pinned++;
}

void index_unpin(struct index *index, struct index_entry *entry)
{
    assert(entry->pins > 0);
    if (--entry->pins == 0)
        index->pinned--;
    free_if_unneeded(index, entry);
}

void index_see(struct index *index, struct index_entry *entry, uint64_t identity)
{
    if (entry->present)
        index_touch(index, entry);
    else
        index_set_newest(index, entry);
    entry->identity = identity;
}

struct index_entry *index_oldest(const struct index *index)
{
    return at(index, index->oldest);
}

struct index_entry *index_newer(const struct index *index, const struct index_entry *entry)
{
    return at(index, entry->newer);
}

struct index_scanned *index_list_scanned(const struct index *index, size_t *ret_count)
{
    struct index_scanned *list = xmalloc((size_t)index->used * sizeof(*list));
    size_t count = 0;

    for (uint32_t number = index->oldest; number != NONE; number = at(index, number)->newer)
        if (at(index, number)->scanned)
            list[count++] = (struct index_scanned){at(index, number)->identity, number};
    *ret_count = count;
    return list;
}

void index_place_scanned(struct index *index, const struct index_scanned *scanned)
{
    struct index_entry *entry = at(index, scanned->number);

    if (!entry->present || !entry->scanned || entry->identity != scanned->mtime)
        return;
    entry->scanned = 0;
    entry->identity = 0;
    unlink_from_order(index, entry);
    link_oldest(index, entry);
}
