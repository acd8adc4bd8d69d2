/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One blob through ByteStream, for client_upload.c and client_read.c. */

#include "base/error.h"
#include "reapi/client.h"
#include "reapi/payload.h"

/*
 * Writes a blob of the payload: in chunks, gone on with at what the service has when the stream
 * breaks, where the service can say so.
 */
int client_write(struct client *client, const struct payload *payload, size_t place,
                 struct error *err) must_check;

/* Takes the next bytes of a blob, which are not checked yet. */
typedef int client_sink_fn(void *user, const void *data, size_t len, struct error *err);

/*
 * Reads a blob, gone on with where it stopped when the stream breaks. Returns 0 only when all bytes
 * were given to the sink and are those of the digest; CLIENT_ABSENT when the service doesn't have
 * it.
 */
int client_read(struct client *client, const struct blob_digest *digest, client_sink_fn *sink,
                void *user, struct error *err) must_check;

/* The blob's resource name in the client's instance: to write with a UUID, to read without (NULL).
 * Appended. */
void client_resource_name(const struct client *client, const struct blob_digest *digest,
                          const char *uuid, bool zstd, struct buf *name);

/* ERROR_REMOTE: what came isn't the blob. Returns -1. */
int client_wrong_bytes(const struct client *client, const struct blob_digest *digest,
                       const char *what, struct error *err);

/* CLIENT_ABSENT, with a text that names the blob. */
int client_absent(const struct client *client, const struct blob_digest *digest, struct error *err);
