/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The client's blobs: ContentAddressableStorage and ByteStream. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reapi/client.h"
#include "reapi/digest_set.h"
#include "reapi/payload.h"

/* ---- to the service ---- */

/* Adds to MISSING those that the service doesn't have. */
int client_find_missing(struct client *client, const struct digest_set *digests,
                        struct digest_set *missing, struct error *err) must_check;

/* What went over the wire, for people; compressed blobs count with their full size. */
struct client_moved {
    size_t blobs;
    uint64_t bytes;
};

/* Uploads what of the payload the service doesn't have. MOVED is added to; it may be NULL. */
int client_upload(struct client *client, const struct payload *payload, struct client_moved *moved,
                  struct error *err) must_check;

/*
 * Uploads those blobs without asking: the service has just said that they are missing. One that
 * isn't in the payload is an error that names it.
 */
int client_upload_again(struct client *client, const struct payload *payload,
                        const struct digest_set *missing, struct client_moved *moved,
                        struct error *err) must_check;

/* ---- from the service ---- */

/* Appends the blob's bytes, checked. One larger than CAP is refused. Or CLIENT_ABSENT. */
int client_read_blob(struct client *client, const struct blob_digest *digest, uint64_t cap,
                     struct buf *buf, struct error *err) must_check;

/*
 * Reads blobs, those that are small in batches, and gives each to TAKE, checked, in any order, each
 * once; none larger than CAP. TAKE's failure ends it. CLIENT_ABSENT, with a text that names it, for
 * the first blob that isn't there.
 */
typedef int client_take_fn(void *user, const struct blob_digest *digest, const struct buf *bytes,
                           struct error *err);
int client_read_blobs(struct client *client, const struct digest_set *digests, uint64_t cap,
                      client_take_fn *take, void *user, struct error *err) must_check;

/*
 * Writes the bytes of a blob to an open file, which holds the blob only if this returns 0. Or
 * CLIENT_ABSENT.
 */
int client_read_to_file(struct client *client, const struct blob_digest *digest, int fd,
                        struct error *err) must_check;

/*
 * Writes a blob to an open file, pipe or terminal, which may not be told to forget it: all bytes
 * are checked before the first is written. Or CLIENT_ABSENT.
 */
int client_emit_blob(struct client *client, const struct blob_digest *digest, int fd,
                     struct error *err) must_check;

/* A file to be written: under a temporary name, checked, then renamed. Directories are there. */
struct client_file {
    struct blob_digest digest;
    char *path;
    bool executable;
};

/* Writes all files, or fails; or CLIENT_ABSENT, with a text. Some may then have been written. */
int client_download(struct client *client, const struct client_file *files, size_t count,
                    struct client_moved *moved, struct error *err) must_check;
