/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * collect2, which gcc runs to link. On targets where it has no constructors to collect it looks
 * for a linker, drops words that are for itself and runs the linker once (gcc's collect2.cc). How
 * it looks is decided when gcc is built, so it is asked which it finds. What it answers doesn't
 * depend on the line, and is kept.
 */

#include "base/error.h"
#include "base/strv.h"

/*
 * Sets *ret_linker to the linker's path that collect2, called with these words in this environment,
 * finds; owned by caller. Returns 0, or 1 where that can't be known. Fails only when interrupted.
 */
int collect2_linker(const struct strv *collect2, const struct strv *env, const char *folder,
                    char **ret_linker, struct error *err) must_check;

/*
 * Appends the words that it hands on to the linker. OPTIONS are those in COLLECT_GCC_OPTIONS.
 * Returns false where it may do more than run the linker once.
 */
bool collect2_hand_on(const struct strv *collect2, const struct strv *options, struct strv *linker);

/* The linker's path in what collect2 printed, or NULL. Owned by caller. */
char *collect2_linker_in(const char *text);
