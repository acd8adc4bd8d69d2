/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Blobs and their names. REAPI calls a Digest what names a blob: the SHA-256 of its bytes and how
 * many they are. Two digests with one hash and two sizes are two names, one of which is wrong.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

struct blob_digest {
    struct digest hash;
    uint64_t size;
};

/* The digest of no bytes. That blob is everywhere, always (REAPI: ContentAddressableStorage). */
extern const struct blob_digest blob_empty;

void blob_digest_of(const void *data, size_t len, struct blob_digest *ret_digest);
bool blob_digest_equal(const struct blob_digest *a, const struct blob_digest *b);

/* "HASH-SIZE", as files are named by it, and its size with the NUL. Returns TEXT. */
#define BLOB_NAME_SIZE (2 * DIGEST_SIZE + 1 + 20 + 1)
char *blob_name(const struct blob_digest *digest, char text[BLOB_NAME_SIZE]);

/* Reads what blob_name wrote; false for anything else. */
bool blob_from_name(const char *text, struct blob_digest *ret_digest);
