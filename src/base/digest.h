/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-256 digests; the only file that sees OpenSSL's hashing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

void digest_of(const void *data, size_t len, struct digest *ret_digest);
bool digest_equal(const struct digest *a, const struct digest *b);

/* Writes 64 lower-case hexadecimal digits and a NUL. Returns hex. */
char *digest_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE]);

/* Reads the 64 lower-case hexadecimal digits that HEX starts with; false if they aren't there. */
bool digest_parse(const char *hex, struct digest *ret_digest);

/* Reads what digest_hex wrote. Returns false for anything else. */
bool digest_from_hex(const char *hex, size_t len, struct digest *ret_digest);

/* The digest of bytes that come piece by piece. */
struct hasher {
    uint64_t state[14];
};

void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *data, size_t len);
void hasher_end(struct hasher *hasher, struct digest *ret_digest);
