/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct blob_digest blob_empty = {
    .hash = {{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
              0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
              0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}},
    .size = 0,
};

void blob_digest_of(const void *data, size_t len, struct blob_digest *ret_digest)
{
    digest_of(data, len, &ret_digest->hash);
    ret_digest->size = len;
}

bool blob_digest_equal(const struct blob_digest *a, const struct blob_digest *b)
{
    return a->size == b->size && digest_equal(&a->hash, &b->hash);
}

char *blob_name(const struct blob_digest *digest, char text[BLOB_NAME_SIZE])
{
    digest_hex(&digest->hash, text);
    snprintf(text + 2 * DIGEST_SIZE, BLOB_NAME_SIZE - 2 * DIGEST_SIZE, "-%" PRIu64, digest->size);
    return text;
}

/* A number as blob_name writes it: no sign, no leading zero. */
static bool parse_size(const char *text, uint64_t *ret_size)
{
    uint64_t size = 0;

    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (__builtin_mul_overflow(size, (uint64_t)10, &size) ||
            __builtin_add_overflow(size, (uint64_t)(*text - '0'), &size))
            return false;
    }
    *ret_size = size;
    return true;
}

bool blob_from_name(const char *text, struct blob_digest *ret_digest)
{
    struct blob_digest digest;

    if (!digest_parse(text, &digest.hash) || text[2 * DIGEST_SIZE] != '-' ||
        !parse_size(text + 2 * DIGEST_SIZE + 1, &digest.size))
        return false;
    *ret_digest = digest;
    return true;
}
