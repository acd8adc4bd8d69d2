/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <string.h>

#include <openssl/sha.h>

void digest_of(const void *data, size_t len, struct digest *ret_digest)
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, data, len);
    SHA256_Final(ret_digest->bytes, &context);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

static const char digits[] = "0123456789abcdef";

char *digest_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE])
{
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        hex[2 * i] = digits[digest->bytes[i] >> 4];
        hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    hex[2 * DIGEST_SIZE] = '\0';
    return hex;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_from_hex(const char *hex, size_t len, struct digest *ret_digest)
{
    struct digest digest;

    if (len != 2 * DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        int high = hex_value(hex[2 * i]);
        int low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_digest = digest;
    return true;
}

bool digest_parse(const char *hex, struct digest *ret_digest)
{
    return digest_from_hex(hex, strnlen(hex, 2 * DIGEST_SIZE), ret_digest);
}

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct hasher),
               "struct hasher has room for the context");

static SHA256_CTX *context_of(struct hasher *hasher)
{
    return (SHA256_CTX *)(void *)hasher->state;
}

void hasher_begin(struct hasher *hasher)
{
    SHA256_Init(context_of(hasher));
}

void hasher_add(struct hasher *hasher, const void *data, size_t len)
{
    SHA256_Update(context_of(hasher), data, len);
}

void hasher_end(struct hasher *hasher, struct digest *ret_digest)
{
    SHA256_Final(ret_digest->bytes, context_of(hasher));
}
