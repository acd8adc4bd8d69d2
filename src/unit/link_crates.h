/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The dependencies of a link: for each crate of the plan the file that holds its code, found by
 * file name and told from others of that name by its digest.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "rust/rustc_command.h"
#include "unit/plan.h"

/*
 * Where a rustc command line's dependencies are: appends the files that its --extern options name,
 * and their directories and those of -L, since the code of a crate may lie beside its metadata.
 */
void link_crates_of_command(const struct rustc_command *command, struct strv *files,
                            struct strv *dirs);

struct link_crates {
    char **paths;   /* for each crate of the plan */
    bool *unproven; /* for each: its digest has yet to be compared */
    size_t count;
};

#define LINK_CRATES_INIT                                                                           \
    {                                                                                              \
        NULL, NULL, 0                                                                              \
    }

/*
 * Finds each crate among FILES and in DIRS. Files with a marker are compared at once; the others,
 * whose metadata has to be hashed, by link_crates_prove, so that the linker can already run.
 */
int link_crates_find(const struct plan *plan, const struct strv *files, const struct strv *dirs,
                     struct link_crates *ret_crates, struct error *err) must_check;
int link_crates_prove(const struct plan *plan, struct link_crates *crates,
                      struct error *err) must_check;
void link_crates_release(struct link_crates *crates);
#define auto_link_crates __attribute__((cleanup(link_crates_release))) struct link_crates
