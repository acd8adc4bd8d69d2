/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Archives as rustc writes them: the GNU format with a symbol index in LLVM's order, a long-name
 * table, and headers of time 0, owner 0, mode 644. Reading takes GNU archives from anywhere;
 * writing gives rustc's own bytes (LLVM: lib/Object/ArchiveWriter.cpp).
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

#define AR_MEMBERS_CAP (1u << 20)
#define AR_SYMBOLS_CAP (1u << 26)

struct ar_member {
    char *name;                /* owned */
    const unsigned char *data; /* borrowed from the bytes the archive was parsed from */
    size_t len;
    size_t first_symbol; /* those it defines are symbols[first_symbol] and on of the archive */
    size_t symbol_count;
};

/* An archive: the members in order, and for each the symbols that the index has for it. */
struct ar {
    struct ar_member *members;
    size_t member_count;
    size_t member_cap;
    const char **symbols; /* the names borrowed from the bytes the archive was parsed from */
    size_t symbol_count;
    size_t symbol_cap;
};

#define AR_INIT                                                                                    \
    {                                                                                              \
        0                                                                                          \
    }

/* Parses an archive that lies in memory; DATA must outlive it. */
int ar_parse(const void *data, size_t len, struct ar *ret_ar, struct error *err) must_check;
void ar_release(struct ar *ar);
#define auto_ar __attribute__((cleanup(ar_release))) struct ar

/* The member of that name, or NULL. */
const struct ar_member *ar_find(const struct ar *ar, const char *name);

/* Adds a member at the end; DATA is borrowed. */
void ar_add_member(struct ar *ar, const char *name, const void *data, size_t len);

/* Adds a symbol, whose name is borrowed, to the last member. */
void ar_add_symbol(struct ar *ar, const char *name);

/* Adds a member of another archive, with its symbols. */
void ar_add_copy(struct ar *ar, const struct ar *from, const struct ar_member *member);

/* Writes the members and their index to the file PATH, whole or not at all. */
int ar_write(const struct ar *ar, const char *path, struct error *err) must_check;

/* As ar_write, to the end of BUF. */
int ar_write_buf(const struct ar *ar, struct buf *buf, struct error *err) must_check;

/*
 * Appends what stands before the first member: magic, index, long names. The members' bytes are
 * not looked at, so that it can be asked for archives that no one wants to write.
 */
void ar_write_front(const struct ar *ar, struct buf *buf);
