/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The plan's line as a command: each word with the paths of this place. */

#include "base/error.h"
#include "base/strv.h"
#include "unit/link.h"
#include "unit/link_crates.h"
#include "unit/plan.h"

/* Where things are, for one link. */
struct link_places {
    const struct link_request *request;
    const struct plan *plan;
    const struct link_crates *crates;
    char *cwd;
    char *sysroot;     /* as given; NULL when the line needs none */
    char *output;      /* what the linker is told to write */
    char *bundled_dir; /* gets the members that the linker wants as files, CRATE-NAME */
};

/* Where the sysroot is: as requested, else where codegen saw it. */
int link_places_find_sysroot(struct link_places *places, struct error *err) must_check;
void link_places_release(struct link_places *places);

/* Appends the command, argv[0] included, with the linker that was requested. */
int link_line_render(const struct link_places *places, struct strv *argv,
                     struct error *err) must_check;

/* Appends to ENV, which is this process's environment, what rustc set for the linker. */
void link_line_environment(const struct link_places *places, struct strv *env);

/*
 * The path of the member of a crate's rlib in bundled_dir; for a member that no crate was named
 * for, of the one crate that has it. Sets *ret_rlib to where it comes from. Both owned by caller.
 */
int link_line_bundled(const struct link_places *places, const struct part *part, char **ret_path,
                      char **ret_rlib, struct error *err) must_check;
