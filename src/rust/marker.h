/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Marker objects: small ELF objects with a section .cleave, flagged SHF_EXCLUDE so that no linker
 * keeps it. As a member of a hollow rlib or link rlib a marker says whose metadata the archive
 * stands for; rustc copies it into a staticlib, where it marks the place of that crate's members.
 *
 * The section holds one line of text:
 *   "crate sha256:HEX"             all members of that crate's rlib belong here
 *   "bundled sha256:HEX NAME"      the members of the archive NAME, itself a member of that crate
 *   "sysroot lib/rustlib/…/X.rlib" all members of that file of the sysroot belong here
 */

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"

/* The name of the marker as a member of an archive; it fits a header without a long-name table. */
#define MARKER_MEMBER "cleave.marker.o"

/* The longest text of a marker: a path and what stands before it. */
#define MARKER_TEXT_CAP 8192

enum marker_kind { MARKER_CRATE, MARKER_BUNDLED, MARKER_SYSROOT };

struct marker {
    enum marker_kind kind;
    struct digest digest; /* crate, bundled */
    char *name;           /* bundled: the member; sysroot: the path, inside the sysroot; owned */
};

#define MARKER_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

void marker_release(struct marker *marker);
#define auto_marker __attribute__((cleanup(marker_release))) struct marker

struct marker_list {
    struct marker *items;
    size_t len;
    size_t cap;
};

#define MARKER_LIST_INIT                                                                           \
    {                                                                                              \
        0                                                                                          \
    }

void marker_list_release(struct marker_list *list);
#define auto_marker_list __attribute__((cleanup(marker_list_release))) struct marker_list

/* Appends a marker object to BUF: one of x86-64, which is fine wherever no linker will meet it. */
void marker_write(const struct marker *marker, struct buf *buf);

/*
 * Appends a marker object that a linker may meet in the place of LIKE: it has LIKE's machine,
 * class, byte order and flags, and its notes, since what they say counts for the linked file.
 * Returns 1, and appends nothing, when LIKE is no good ELF object.
 */
int marker_write_like(const struct marker *marker, const unsigned char *like, size_t like_len,
                      struct buf *buf);

/* Reads a marker object. Returns 1 when the bytes are no marker, and an error when a broken one. */
int marker_read(const unsigned char *data, size_t len, struct marker *ret_marker,
                struct error *err) must_check;
