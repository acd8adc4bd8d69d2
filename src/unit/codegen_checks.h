/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What codegen does with options that would break its promise: refuse, drop, or replace. */

#include <stdbool.h>

#include "base/error.h"
#include "rust/rustc_command.h"
#include "rust/rustc_rewrite.h"
#include "unit/codegen.h"

/*
 * Whether the command line makes something that is linked, or assembled like a static library:
 * any crate type but lib and rlib.
 */
bool codegen_links_something(const struct rustc_command *command);

/*
 * Refuses what can't be split, and changes the command line where that keeps it; what was changed
 * is told in WARNINGS.
 */
int codegen_check(const struct codegen *codegen, const struct rustc_command *command,
                  struct rustc_rewrite *rewrite, struct strv *warnings,
                  struct error *err) must_check;

/*
 * Refuses a rustc that isn't the one that was asked for: by its own version line (FOUND; NULL when
 * it can't be known, which passes), by what it says when it is run, or by the metadata of the crate
 * in PATH.
 */
int codegen_check_rustc(const struct codegen *codegen, const char *found,
                        struct error *err) must_check;
int codegen_check_driver(const struct codegen *codegen, struct error *err) must_check;
int codegen_check_crate(const struct codegen *codegen, const char *path,
                        struct error *err) must_check;

/* Adds what a toolchain promised to the error of a rustc that can't be run. Returns -1. */
int codegen_explain_missing(const struct codegen *codegen, struct error *err);

/* Whether debug info names the output directory, so that rustc must write into the user's own. */
bool codegen_is_in_place(const struct rustc_command *command);
