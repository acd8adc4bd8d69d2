/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A walk along the members of a GNU archive that lies in memory: it allocates nothing and looks at
 * no more than their headers. The symbol index and the long-name table are no members.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define AR_MAGIC "!<arch>\n"
#define AR_THIN_MAGIC "!<thin>\n"
#define AR_MAGIC_LEN 8

#define AR_HEADER_LEN 60
#define AR_NAME_LEN 16            /* of the name in a header */
#define AR_SIZE_CAP 9999999999ull /* the largest member: ten digits */
#define AR_LONG_NAME_CAP 1024     /* of a name in the table: several times a file's name */

/* A member as it lies in the archive; all of it borrowed. */
struct ar_entry {
    const char *name; /* resolved through the long-name table; not terminated */
    size_t name_len;
    const unsigned char *data;
    size_t len;
    size_t offset; /* of its header */
};

/* Where a walk is, and what it met on the way; only ar.c looks inside. */
struct ar_walk {
    const unsigned char *data;
    size_t len;
    size_t next;
    const char *names; /* the long-name table */
    size_t names_len;
    const unsigned char *index;
    size_t index_len;
    size_t index_width; /* bytes of an offset: 4, or 8 in a large archive; 0 without an index */
};

/* Starts a walk along the archive that lies in memory. Thin archives are refused. */
int ar_walk_begin(struct ar_walk *walk, const void *data, size_t len, struct error *err) must_check;

/* Sets *RET_ENTRY to the next member. Returns 1 when there is none. */
int ar_walk_next(struct ar_walk *walk, struct ar_entry *ret_entry, struct error *err) must_check;

bool ar_entry_is(const struct ar_entry *entry, const char *name);
