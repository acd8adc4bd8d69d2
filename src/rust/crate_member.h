/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the members of a crate's archive are to rustc. It takes a rlib's code into a staticlib, and
 * a bundled +whole-archive library's members in place of that library.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "rust/ar.h"
#include "rust/ar_walk.h"

#define METADATA_MEMBER "lib.rmeta"
#define METADATA_LINK_MEMBER "lib.rmeta-link" /* rust/rmeta_link.h says what it is */

enum crate_member_kind {
    CRATE_MEMBER_METADATA,
    CRATE_MEMBER_MARKER,
    CRATE_MEMBER_BUNDLED, /* an object whose section .bundled_lib is a whole static library */
    CRATE_MEMBER_CODE,    /* all else: objects, .dwo files, what a plain static library held */
};

enum crate_member_kind crate_member_kind(const struct ar_member *member);

/* Whether the member is of the kind CRATE_MEMBER_BUNDLED: for those who need no symbols. */
bool crate_entry_is_bundled(const struct ar_entry *entry);

/* The section that a bundled library lies in, in an object that no linker looks into. */
#define BUNDLED_SECTION ".bundled_lib"

/*
 * Sets *RET_DATA, borrowed from the archive, and *RET_LEN to the static library that is bundled
 * under NAME. Refused when there is none.
 */
int crate_bundled_library(const struct ar *ar, const char *name, const unsigned char **ret_data,
                          size_t *ret_len, struct error *err) must_check;
