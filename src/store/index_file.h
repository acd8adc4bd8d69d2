/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The index as a file, all numbers little-endian:
 *
 *     8 bytes   "cleavidx"
 *     4         the version, 1
 *     8         how many entries follow
 *     49 each   hash (32), size (8), identity (8), kind (1); the least lately used first
 *     32        SHA-256 of all before
 *
 * Reader and writer are of one program and version; a file that isn't whole is as none.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "store/index.h"

/* Appends the file's bytes: what is present, without pins. */
void index_encode(const struct index *index, struct buf *buf);

/* Fills an index that is empty. False when that aren't the bytes of a file; it is then empty. */
bool index_decode(const void *data, size_t len, struct index *index);
