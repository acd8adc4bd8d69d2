/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files that carry a crate, told apart by what is in them and never by their names:
 *
 *   metadata      the .rmeta file: "rust\0\0\0" and on
 *   rlib          ar archive, rustc's own: lib.rmeta (metadata raw or in the section .rmeta of an
 *                 object), then objects
 *   hollow rlib   ar archive: lib.rmeta and a marker, no objects; codegen of dependents reads it
 *   link rlib     ar archive: a marker and objects, no metadata; the linker reads it
 *   dylib         ELF shared object with a section .rustc
 *   hollow dylib  ELF object with a section .rustc that can't be loaded: rustc's metadata object,
 *                 or cleave's, which has nothing else
 *
 * A crate's digest is the SHA-256 of its metadata: of the bytes of the .rmeta file for all kinds of
 * rlib, of the section .rustc for both kinds of dylib. Where there is a marker it states the
 * digest; else it is computed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/fs.h"

/* The section of a dylib that its metadata lies in. */
#define DYLIB_SECTION ".rustc"

enum crate_file_kind {
    CRATE_METADATA,
    CRATE_RLIB,
    CRATE_HOLLOW_RLIB,
    CRATE_LINK_RLIB,
    CRATE_DYLIB,
    CRATE_HOLLOW_DYLIB,
};

/* "metadata", "rlib", "hollow rlib", … */
const char *crate_file_kind_name(enum crate_file_kind kind);

struct crate_file {
    enum crate_file_kind kind;
    bool has_marker;
    struct digest marker_digest;   /* when has_marker */
    const unsigned char *metadata; /* the digested bytes, in mapping; NULL in a link rlib */
    size_t metadata_len;
    struct mapping mapping;
};

#define CRATE_FILE_INIT                                                                            \
    {                                                                                              \
        0                                                                                          \
    }

/* Opens the file and finds out what it is; a file that is none of these is refused by name. */
int crate_file_open(const char *path, struct crate_file *ret_file, struct error *err) must_check;
void crate_file_release(struct crate_file *file);
#define auto_crate_file __attribute__((cleanup(crate_file_release))) struct crate_file

/* As crate_file_open, for bytes in memory, which must outlive it; the mapping stays empty. */
int crate_file_parse(const void *data, size_t len, struct crate_file *ret_file,
                     struct error *err) must_check;

/* The marker's digest, or the one computed from the metadata. */
void crate_file_digest(const struct crate_file *file, struct digest *ret_digest);

/*
 * The digest of the rlib that came from the same run as this dylib. Returns 1 when it can't be
 * told: old rustc (before 1.70 or so) compresses a dylib's metadata.
 */
int crate_file_rlib_digest(const struct crate_file *dylib, struct digest *ret_digest);

/*
 * rustc's version string as the metadata states it ("rustc 1.95.0 (59807616e 2026-04-14)"). Owned
 * by caller. Refuses metadata in which it can't be found: a link rlib has none, and dylibs made
 * before rustc 1.70 or so have it compressed.
 */
int crate_file_rustc_version(const struct crate_file *file, char **ret_version,
                             struct error *err) must_check;
