/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the hollows of a Cargo build lie: those of the crates in target/PROFILE/deps are in
 * target/PROFILE/.cleave/hollow, under the same file names. Proc macros, which rustc runs, lie
 * there as they are.
 */

#include "base/error.h"

/* The hollow directory of the crates in DEPS. Owned by caller. */
char *hollow_store_dir(const char *deps);

/* Writes the hollow of the rlib or dylib DEPS/NAME from METADATA, its .rmeta or itself. */
int hollow_store_add(const char *deps, const char *name, const char *metadata,
                     struct error *err) must_check;

/* Puts the proc macro or dylib DEPS/NAME itself into the hollow directory. */
int hollow_store_add_itself(const char *deps, const char *name, struct error *err) must_check;

/*
 * Brings the hollow directory up to date with what was compiled without cleave: rlibs and shared
 * libraries whose hollow is missing or older.
 */
int hollow_store_refresh(const char *deps, struct error *err) must_check;
