/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cleave as Cargo's RUSTC_WRAPPER. A crate that would be linked becomes two processes: codegen,
 * which sees hollow rlibs only, and the linker. A library is compiled as ever, and its hollow is
 * there before Cargo hears of its metadata. What can't be split runs as rustc would.
 */

#include <stdbool.h>

#include "base/error.h"

/* Whether the word is a rustc or a driver of one (clippy-driver), by its file name. */
bool wrapper_is_compiler(const char *word);

/* Runs one command line of Cargo's: argv[0] is the compiler. Prints nothing of its own. */
int wrapper_run(int argc, char **argv, int *ret_status, struct error *err) must_check;
