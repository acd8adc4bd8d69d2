/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Uploads whose stream broke before its end: what came is kept for a while (LIMIT_UPLOADS,
 * LIMIT_UPLOAD_SECONDS), so that the client can ask how much that was and go on there. Only of
 * uploads that aren't compressed: within those no byte of the blob has an offset. All functions may
 * be called by any thread.
 *
 * An upload is known by UUID and digest. A stream takes it out while it goes on with it, so that
 * two streams of one name never write to one writer: the second starts anew.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "reapi/names.h"
#include "store/store.h"

struct uploads;

struct uploads *uploads_new(void);
void uploads_free(struct uploads *uploads); /* abandons them; NULL is fine */

/* Keeps the writer, in place of one of that name and, if there are too many, of the oldest. */
void uploads_keep(struct uploads *uploads, const struct resource_name *name,
                  struct store_writer *writer);

/* The writer, now the caller's, if it has LEN bytes; else NULL. */
struct store_writer *uploads_take(struct uploads *uploads, const struct resource_name *name,
                                  uint64_t len);

/* How many bytes of it are kept: 0 for one that isn't known. */
uint64_t uploads_len(struct uploads *uploads, const struct resource_name *name);

/* Abandons those that have been kept for longer than SECONDS: all, if that is negative. */
void uploads_expire(struct uploads *uploads, time_t seconds);
