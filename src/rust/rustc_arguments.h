/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rustc's argument files: "@FILE" stands for the lines of FILE, one argument a line, without any
 * quoting; an "@" in such a line is nothing special (rustc_driver_impl/src/args.rs).
 */

#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

#define RUSTC_ARGUMENT_FILE_CAP (64u << 20)

/*
 * Appends the arguments to OUT with each @FILE replaced by its lines, wherever it stands. Refused
 * (ERROR_REFUSED) is what can't be given back to rustc as arguments: a line that begins with '@',
 * a NUL byte; and "@shell:FILE" where -Zshell-argfiles gives that a meaning. What is in OUT after
 * a failure is incomplete.
 */
int rustc_arguments_expand(char *const *args, size_t count, struct strv *out,
                           struct error *err) must_check;

/*
 * Writes the arguments as a file to be given as @PATH, for when there are more of them than a
 * process can be started with. An argument with a line break, which no such file can hold, is
 * refused.
 */
int rustc_arguments_write(const struct strv *args, const char *path, struct error *err) must_check;
