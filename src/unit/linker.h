/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Linkers by name. rustc infers from the file name of its linker what shape the line has, and by
 * default takes a linker that the target names; cleave knows these names and never guesses.
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"
#include "rust/rustc_command.h"

/*
 * The linker this command line asks for: -C linker, else by -C linker-flavor, else the target's
 * own. Refuses a target whose default cleave doesn't know. Owned by caller.
 */
int linker_of_command(const struct rustc_command *command, char **ret_linker,
                      struct error *err) must_check;

/*
 * Changes a complete command, argv[0] included, so that LINKER does the link: another driver takes
 * argv[0]'s place; a linker ("mold", "ld.lld", "wild" …) is named to a driver by -fuse-ld, and
 * takes a bare linker's place. Refuses by name what can't do it.
 */
int linker_replace(struct strv *argv, const char *linker, struct error *err) must_check;

/* Whether the command's linker writes the path of its output into a shared library (gold does). */
bool linker_writes_output_path(const struct strv *argv);
