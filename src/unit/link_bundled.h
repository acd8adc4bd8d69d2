/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The libraries that rlibs bundle, which the linker wants as files of their own. */

#include "base/error.h"
#include "unit/link_line.h"

/* Takes those that the line names out of their rlibs, into places->bundled_dir. */
int link_bundled_write(const struct link_places *places, struct error *err) must_check;

/*
 * Refuses a rlib of the line that bundles a library which the line lacks: rustc since 1.99 leaves
 * it out, and says nothing, when the hollow that codegen saw doesn't name it.
 */
int link_bundled_check(const struct plan *plan, const struct link_crates *crates,
                       struct error *err) must_check;
