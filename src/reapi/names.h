/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names in REAPI: of instances, and of what ByteStream reads and writes (REAPI:
 * ContentAddressableStorage).
 *
 *     [INSTANCE/](blobs|compressed-blobs/zstd)/HASH/SIZE                          to read
 *     [INSTANCE/]uploads/UUID/(blobs|compressed-blobs/zstd)/HASH/SIZE[/ANYTHING]  to write
 *
 * An instance's name is empty or has segments between single slashes, none of which is one of the
 * reserved words that resource names are made of. A digest function stands in a name only where the
 * hash's length doesn't tell which it is, never for SHA-256.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "rpc/status.h"
#include "store/blob.h"

/* A piece of the text that was parsed. */
struct name_part {
    const char *text;
    size_t len;
};

struct resource_name {
    struct name_part instance; /* may be empty */
    struct name_part uuid;     /* of a write; empty for a read */
    bool zstd;                 /* the bytes on the wire are compressed, the digest's aren't */
    struct blob_digest digest;
};

/*
 * *RET_NAME points into TEXT. What isn't so is INVALID_ARGUMENT, with a text that says what is
 * wrong with it.
 */
int resource_name_parse_read(const char *text, struct resource_name *ret_name,
                             struct rpc_status *status) must_check;
int resource_name_parse_write(const char *text, struct resource_name *ret_name,
                              struct rpc_status *status) must_check;

/* Appends the name: of a write if it has a UUID. */
void resource_name_format(const struct resource_name *name, struct buf *text);

/* INVALID_ARGUMENT unless it is an instance's name: UTF-8, no control characters, and as above. */
int check_instance_name(const char *name, struct rpc_status *status) must_check;

/*
 * Appends at most 200 bytes of foreign text, in quotes, with '.' for what isn't printable ASCII:
 * for messages to people.
 */
void quote_foreign(const char *text, size_t len, struct buf *quoted);
