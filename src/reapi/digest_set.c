/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/digest_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void digest_set_release(struct digest_set *set)
{
    free(set->items);
    free(set->slots);
    *set = (struct digest_set)DIGEST_SET_INIT;
}

/* The slot that holds the digest, or the free one where it belongs. */
static uint32_t *slot_of(const struct digest_set *set, const struct blob_digest *digest)
{
    size_t at;

    memcpy(&at, digest->hash.bytes, sizeof(at));
    at ^= (size_t)digest->size;
    for (at &= set->slot_count - 1;; at = (at + 1) & (set->slot_count - 1)) {
        uint32_t *slot = &set->slots[at];
        if (*slot == 0 || blob_digest_equal(&set->items[*slot - 1], digest))
            return slot;
    }
}

static void grow_slots(struct digest_set *set)
{
    free(set->slots);
    set->slot_count = set->slot_count ? 2 * set->slot_count : 64;
    set->slots = xcalloc(set->slot_count, sizeof(*set->slots));
    for (size_t i = 0; i < set->len; i++)
        *slot_of(set, &set->items[i]) = (uint32_t)(i + 1);
}

void digest_set_add(struct digest_set *set, const struct blob_digest *digest)
{
    uint32_t *slot;

    assert(set->len < UINT32_MAX - 1);
    if (2 * set->len >= set->slot_count)
        grow_slots(set);
    slot = slot_of(set, digest);
    if (*slot)
        return;
    grow_for_one(set->items, set->len, set->cap);
    set->items[set->len++] = *digest;
    *slot = (uint32_t)set->len;
}

bool digest_set_find(const struct digest_set *set, const struct blob_digest *digest,
                     size_t *ret_place)
{
    uint32_t slot = set->slot_count ? *slot_of(set, digest) : 0;

    if (slot && ret_place)
        *ret_place = slot - 1;
    return slot != 0;
}
