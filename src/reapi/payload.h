/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What may have to be uploaded: blobs, each digest once, in files or in memory. A file is hashed
 * when it is added and again while it is sent: one that changed meanwhile is an error and never
 * arrives under the digest of what it was.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "reapi/digest_set.h"
#include "store/blob.h"

struct payload_item {
    char *path;       /* owned; NULL: the bytes are here */
    struct buf bytes; /* owned */
};

struct payload {
    struct digest_set digests;
    struct payload_item *items; /* one for each of the digests, in their order */
    size_t cap;
};

#define PAYLOAD_INIT                                                                               \
    {                                                                                              \
        DIGEST_SET_INIT, NULL, 0                                                                   \
    }

void payload_release(struct payload *payload);
#define auto_payload __attribute__((cleanup(payload_release))) struct payload

/* Takes the bytes. */
void payload_add_bytes(struct payload *payload, struct buf *bytes, struct blob_digest *ret_digest);

/* Hashes the file, links followed. PATH stays valid as long as the payload is used. */
int payload_add_file(struct payload *payload, const char *path, struct blob_digest *ret_digest,
                     struct error *err) must_check;

/* ---- reading one of them ---- */

struct payload_reader {
    const struct payload_item *item;
    struct blob_digest digest;
    int fd; /* -1: in memory */
    struct hasher hasher;
    uint64_t hashed; /* the bytes of which the hash is known */
};

/* PLACE: of the blob in the payload's digests. */
int payload_open(const struct payload *payload, size_t place, struct payload_reader *ret_reader,
                 struct error *err) must_check;
void payload_close(struct payload_reader *reader);

/*
 * Appends the LEN bytes at OFFSET, which are in the blob. When the last byte has been read, having
 * been read in order from the first on (some more than once), the digest is checked: a file that
 * changed is an ERROR_FAILURE that names it.
 */
int payload_read(struct payload_reader *reader, uint64_t offset, size_t len, struct buf *buf,
                 struct error *err) must_check;
