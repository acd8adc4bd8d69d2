/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Small blobs of a payload in one BatchUpdateBlobs. */

#include <stddef.h>

#include "reapi/client_cas.h"

/* What a blob takes in a batch besides its bytes, at most: digest, tags, lengths. */
#define BATCH_FRAMING 128
/* Blobs in one batch: their answers, of 80 bytes each, have to fit as well. */
#define BATCH_BLOBS 8192

/*
 * Uploads the blobs at those places in the payload, which fit into one batch: COUNT of them, up to
 * BATCH_BLOBS. What the service doesn't take so is written by itself.
 */
int client_write_batch(struct client *client, const struct payload *payload, const size_t *places,
                       size_t count, struct client_moved *moved, struct error *err) must_check;

void client_count_moved(struct client_moved *moved, const struct blob_digest *digest);
