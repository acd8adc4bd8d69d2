/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests, each once, in the order in which they came: for walks over trees that share parts. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/blob.h"

struct digest_set {
    struct blob_digest *items;
    size_t len, cap;
    uint32_t *slots; /* places in items, plus 1, by hash; 0 for a free slot */
    size_t slot_count;
};

#define DIGEST_SET_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0, NULL, 0                                                                        \
    }

void digest_set_release(struct digest_set *set);
#define auto_digest_set __attribute__((cleanup(digest_set_release))) struct digest_set

/* Appends the digest unless it is there. At most UINT32_MAX - 1 of them. */
void digest_set_add(struct digest_set *set, const struct blob_digest *digest);

/* Whether the digest is there. Sets *ret_place to its place in items if so; it may be NULL. */
bool digest_set_find(const struct digest_set *set, const struct blob_digest *digest,
                     size_t *ret_place);
