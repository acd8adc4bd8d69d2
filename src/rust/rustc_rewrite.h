/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A changed command line: the options of a parsed one, some replaced or dropped, some added. */

#include "base/strv.h"
#include "rust/rustc_command.h"

struct rustc_rewrite {
    const struct rustc_command *command; /* borrowed */
    char **values;                       /* for each option: NULL, or its new value; owned */
    bool *dropped;                       /* for each option: whether it is left out */
    struct strv added;                   /* words, after all options */
};

#define RUSTC_REWRITE_INIT                                                                         \
    {                                                                                              \
        NULL, NULL, NULL, STRV_INIT                                                                \
    }

void rustc_rewrite_begin(struct rustc_rewrite *rewrite, const struct rustc_command *command);
void rustc_rewrite_release(struct rustc_rewrite *rewrite);
#define auto_rustc_rewrite __attribute__((cleanup(rustc_rewrite_release))) struct rustc_rewrite

/* Gives option number INDEX, which has a value, another one. Takes ownership of VALUE. */
void rustc_rewrite_set(struct rustc_rewrite *rewrite, size_t index, char *value);

/* Leaves out every -C (or -Z) option of that name. Returns whether there was one. */
bool rustc_rewrite_drop(struct rustc_rewrite *rewrite, enum rustc_option_kind kind,
                        const char *name);

/* Appends the words of the changed command line to ARGV. */
void rustc_rewrite_words(const struct rustc_rewrite *rewrite, struct strv *argv);
