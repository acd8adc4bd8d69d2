/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "blobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A blob's first bytes: the seed and its number. */
#define OWN_SIZE 16

static char *pool_new(uint64_t seed)
{
    char *pool = xmalloc(BLOBS_POOL);
    uint64_t state = seed * 2 + 1;

    for (size_t i = 0; i < BLOBS_POOL; i += sizeof(state)) {
        state ^= state << 13; /* xorshift64 */
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(pool + i, &state, sizeof(state));
    }
    return pool;
}

static void own_bytes(const struct blobs *blobs, size_t number, char bytes[OWN_SIZE])
{
    uint64_t index = number;

    memcpy(bytes, &blobs->seed, sizeof(blobs->seed));
    memcpy(bytes + sizeof(blobs->seed), &index, sizeof(index));
}

size_t blobs_own(const struct blobs *blobs, size_t number, uint64_t offset, size_t len,
                 struct buf *head)
{
    char bytes[OWN_SIZE];

    if (offset >= OWN_SIZE)
        return 0;
    if (len > OWN_SIZE - offset)
        len = OWN_SIZE - offset;
    own_bytes(blobs, number, bytes);
    buf_add(head, bytes + offset, len);
    return len;
}

const char *blobs_shared(const struct blobs *blobs, uint64_t offset)
{
    return blobs->pool + offset % BLOBS_POOL;
}

static void make_digest(struct blobs *blobs, size_t number)
{
    struct blob_digest *digest = &blobs->digests[number];
    auto_buf head = BUF_INIT;
    struct hasher hasher;

    hasher_begin(&hasher);
    for (uint64_t at = 0; at < blobs->size;) {
        size_t left = BLOBS_POOL - at % BLOBS_POOL;
        size_t len = blobs->size - at < left ? (size_t)(blobs->size - at) : left;
        size_t own = blobs_own(blobs, number, at, len, &head);
        hasher_add(&hasher, head.data, own);
        hasher_add(&hasher, blobs_shared(blobs, at + own), len - own);
        at += len;
    }
    hasher_end(&hasher, &digest->hash);
    digest->size = blobs->size;
}

void blobs_init(struct blobs *blobs, uint64_t seed, size_t count, uint64_t size)
{
    *blobs = (struct blobs){.seed = seed, .count = count, .size = size};
    blobs->digests = xcalloc(count, sizeof(*blobs->digests));
    blobs->pool = pool_new(seed);
    for (size_t i = 0; i < count; i++)
        make_digest(blobs, i);
}

void blobs_release(struct blobs *blobs)
{
    free(blobs->digests);
    free(blobs->pool);
}
