/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Made-up blobs: a seed gives a set of them that no other seed gives. */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/blob.h"

/* So many bytes of a blob lie in one piece: a chunk of it is at most that long, and divides it. */
#define BLOBS_POOL (4u << 20)

struct blobs {
    uint64_t seed;
    size_t count;
    uint64_t size; /* of each */
    struct blob_digest *digests;
    char *pool; /* what all of them have after their first bytes, again and again */
};

void blobs_init(struct blobs *blobs, uint64_t seed, size_t count, uint64_t size);
void blobs_release(struct blobs *blobs);

/*
 * Of the LEN bytes of a blob from OFFSET on: appends those that it alone has, and returns how many
 * they are. The others are at blobs_shared(OFFSET + those).
 */
size_t blobs_own(const struct blobs *blobs, size_t number, uint64_t offset, size_t len,
                 struct buf *head);

/* Good up to the next multiple of BLOBS_POOL. */
const char *blobs_shared(const struct blobs *blobs, uint64_t offset);
