/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Link units made from what the capture and rustc left: a directory with the files and the plan. */

#include "base/error.h"
#include "rust/rustc_command.h"
#include "rust/rustc_rewrite.h"
#include "unit/capture.h"
#include "unit/outputs.h"
#include "unit/plan.h"

struct unit_source {
    const char *rustc;
    const struct rustc_command *command;
    const struct rustc_rewrite *rewrite; /* the command line that rustc ran with */
    const struct outputs *outputs;
    const struct synthesized *where;
    const char *linker; /* as the user names it */
    const char *base;   /* the private directory; absolute */
    const char *cwd;
};

/*
 * Makes LINK's unit_dir a link unit: types the line, adds .dwo files, writes the plan. Sets
 * *ret_plan.
 */
int unit_of_link(const struct unit_source *source, const struct captured_link *link,
                 struct plan *ret_plan, struct error *err) must_check;

/*
 * Makes the directory DIR the link unit of the static library ARCHIVE, which rustc assembled from
 * what it saw of the dependencies. Sets *ret_plan.
 */
int unit_of_staticlib(const struct unit_source *source, const char *archive, const char *dir,
                      struct plan *ret_plan, struct error *err) must_check;
