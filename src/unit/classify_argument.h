/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Typing one argument of a linker line: the half of classify.h that looks at what a path names.
 */

#include <stdbool.h>

#include "base/error.h"
#include "unit/classify.h"
#include "unit/linker_word.h"

/* rustc's own directory in a sysroot. */
#define RUSTLIB "lib/rustlib"

/* The line as far as it is typed. */
struct classifier {
    const struct classify_context *context;
    struct plan *plan;
    struct word *word;   /* the one being typed */
    bool in_wl;          /* whether it is a "-Wl," word */
    const char *binding; /* the last of binding_words so far; or NULL */
    char *sysroot;       /* as the line spells it; NULL when it has none */
    char *sysroot_canonical;
    unsigned copied; /* files of the user copied so far */
};

/* What stands in PATH after the sysroot, when that is below its lib/rustlib; else NULL. */
const char *classify_below_sysroot(const struct classifier *c, const char *path);

/* Adds the argument TEXT, by its role, to the word that is being typed. */
int classify_argument(struct classifier *c, const char *text, enum argument_role role,
                      struct error *err) must_check;
