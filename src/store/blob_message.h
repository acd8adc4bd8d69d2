/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests of blobs, and the message that REAPI has for them. */

#include "base/error.h"
#include "proto/reapi.pb-c.h"
#include "store/blob.h"

/*
 * Reads a digest from the wire. Refused (ERROR_REFUSED, to a client INVALID_ARGUMENT) are none at
 * all (NULL), a hash that isn't 64 lower-case hexadecimal digits, a negative size, and the hash of
 * no bytes with another size than 0 or the size 0 with another hash.
 */
int blob_from_message(const Reapi__Digest *message, struct blob_digest *ret_digest,
                      struct error *err) must_check;

/* The message; freed by reapi__digest__free_unpacked(message, NULL), or with the one it is put in.
 */
Reapi__Digest *blob_message_new(const struct blob_digest *digest);
