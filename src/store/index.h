/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a store knows of its files, in memory: 64 bytes for each, and 4 to 8 in the table of chains,
 * which is hashed by the digests' own bytes. It knows nothing of the disk and takes no lock: the
 * store's mutex guards it.
 *
 * An entry whose file is there is *present*: it counts in the totals and stands in the order of
 * use. One that isn't lives only for its pins (of actions that need the blob, of who writes it) and
 * goes with the last of them. Entries don't move in memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

enum index_kind {
    INDEX_BLOB,
    INDEX_EXECUTABLE, /* the blob's executable copy: a file of its own */
    INDEX_ENTRY,      /* of the action cache; its size isn't part of the key */
};
#define INDEX_KINDS 3

/* Larger files aren't stored. */
#define INDEX_SIZE_MAX ((1ull << 56) - 1)

struct index_key {
    struct digest hash;
    uint64_t size;
    enum index_kind kind;
};

struct index_entry {
    struct digest hash;
    uint64_t size : 56;
    uint64_t kind : 2;
    uint64_t present : 1;
    uint64_t scanned : 1;  /* found by the scan and not used since: identity is its mtime */
    uint64_t identity;     /* of the file whose bytes were right when last looked at; 0: none */
    uint32_t newer, older; /* in the order of use */
    uint32_t chain;
    uint32_t pins;
};

struct index {
    struct index_entry **chunks;
    size_t chunk_count;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t used;  /* entries in use; */
    uint32_t fresh; /* entries taken from the chunks so far, */
    uint32_t freed; /* and the first of those that were given back */
    uint32_t newest, oldest;
    uint64_t present[INDEX_KINDS];
    uint64_t bytes;  /* of what is present */
    uint64_t pinned; /* entries with a pin */
};

void index_init(struct index *index);
void index_release(struct index *index);

/* NULL when it isn't known. */
struct index_entry *index_find(const struct index *index, const struct index_key *key);

/* The entry, or a new one that isn't present. */
struct index_entry *index_add(struct index *index, const struct index_key *key);

void index_key_of(const struct index_entry *entry, struct index_key *ret_key);

/* The file is there, and the entry the most, or the least, lately used. It wasn't present. */
void index_set_newest(struct index *index, struct index_entry *entry);
void index_set_oldest(struct index *index, struct index_entry *entry);

/* The file, with this identity, was just seen to be right; it is the most lately used. */
void index_see(struct index *index, struct index_entry *entry, uint64_t identity);

/* The file is gone. Frees the entry, unless it is pinned. */
void index_set_absent(struct index *index, struct index_entry *entry);

void index_touch(struct index *index, struct index_entry *entry); /* now the most lately used */

void index_pin(struct index *index, struct index_entry *entry);
void index_unpin(struct index *index, struct index_entry *entry); /* may free it */

/* Walks what is present, from the least to the most lately used; NULL at the end. */
struct index_entry *index_oldest(const struct index *index);
struct index_entry *index_newer(const struct index *index, const struct index_entry *entry);

/* ---- after a scan: those found by it, put in the order of their mtime ---- */

struct index_scanned {
    uint64_t mtime;
    uint32_t number;
};

/* Owned by caller. Sorting it is left to who does so without the store's lock. */
struct index_scanned *index_list_scanned(const struct index *index, size_t *ret_count);

/* Makes it the least lately used, unless it was used, or went away, since it was listed. */
void index_place_scanned(struct index *index, const struct index_scanned *scanned);
