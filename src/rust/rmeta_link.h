/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A rlib's member lib.rmeta-link, in the section .rmeta-link of an object: what rustc knows of a
 * rlib only when it has all members, and reads again only when it links. Lists, in the encoding of
 * its metadata, then the mark that all metadata ends in:
 *
 *   the members that rustc compiled        since 1.97
 *   for each native library of the crate   since 1.99; before, the metadata said it
 *   the member that it is bundled as, or none
 *
 * A rustc that doesn't find the second list takes nothing out of the rlib, and says nothing.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "rust/ar.h"

struct rmeta_link {
    bool names_bundled;  /* whether there is the second list */
    struct strv bundled; /* the members that it names */
};

#define RMETA_LINK_INIT                                                                            \
    {                                                                                              \
        .bundled = STRV_INIT                                                                       \
    }

void rmeta_link_release(struct rmeta_link *link);
#define auto_rmeta_link __attribute__((cleanup(rmeta_link_release))) struct rmeta_link

/* Reads the member. Refuses all that isn't those lists: what it says can't be told then. */
int rmeta_link_parse(const unsigned char *data, size_t len, struct rmeta_link *ret_link,
                     struct error *err) must_check;

/*
 * Sets *RET_MEMBER to the member of that name if rustc needs it to find bundled libraries. Returns
 * 1 when the rlib bundles none, or none that the metadata doesn't name. Refuses a rlib that has
 * other members of that kind, or that names other libraries than it bundles.
 */
int rmeta_link_find(const struct ar *rlib, const struct ar_member **ret_member,
                    struct error *err) must_check;
