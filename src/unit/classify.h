/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Typing a captured linker line: each argument becomes a word of the plan. A path is typed by the
 * directory it lies in first, by its name second; a synthesized file that cleave doesn't know is
 * refused by name.
 */

#include "base/error.h"
#include "unit/capture.h"
#include "unit/plan.h"

struct classify_context {
    const struct captured_link *link;
    struct synthesized where;
    const char *base;    /* codegen's private directory; absolute. No plan may name it */
    const char *cwd;     /* where rustc ran; absolute */
    const char *out_dir; /* of the output; absolute */
    const char *slot;    /* what the linked crate calls its natives slot */
};

/*
 * Fills the plan's words, crates, target, sysroot, output_name, environment and path_prefix. Files
 * of the user that the line names are copied into the link's unit_dir.
 */
int classify_line(const struct classify_context *context, struct plan *plan,
                  struct error *err) must_check;
