/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Skipping the linker driver. gcc and clang are asked what they would run ("-###") once for each
 * shape of command line; from then on the linker is run directly, with the very words and
 * environment that the driver would have given it. The answers are kept (driver_cache.h), and the
 * driver is asked anew when anything that they stand on has changed.
 *
 * What isn't the same: "collect2: error: ld returned 1 exit status" after the linker's own message,
 * and GCC_EXEC_PREFIX, which a gcc away from its configured place sets for itself.
 */

#include "base/error.h"
#include "base/strv.h"

/*
 * Replaces the driver's words and environment by its linker's, argv[0] a path. OUTPUT is the word
 * after "-o", relative names are relative to our working directory. SCRATCH is a private directory
 * that the caller removes, with what is in it, when the linker has ended: gcc's plugin writes
 * there. Returns 0, or 1 where argv must run as it is: argv[0] isn't a driver, the line is more
 * than a link (response files, "-v"), there is no folder for answers, or the answer wasn't
 * understood. Both lists are untouched then. Fails only when interrupted.
 */
int driver_resolve(struct strv *argv, struct strv *env, const char *output, const char *scratch,
                   struct error *err) must_check;
