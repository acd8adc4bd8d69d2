/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the hollows of a Cargo build lie: those of the crates in target/PROFILE/deps are in
 * target/PROFILE/.cleave/hollow, under the same file names. Proc macros, which rustc runs, lie
 * there as they are.
 */

#include "base/error.h"
#include "base/strv.h"

/* The hollow directory of the crates in DEPS. Owned by caller. */
char *hollow_store_dir(const char *deps);

/*
 * The file there that stands for DEPS/libX.rmeta, DEPS/libX.rlib, or a proc macro. Owned by caller.
 */
char *hollow_store_of(const char *path);

/* Writes the hollow of the rlib or dylib DEPS/NAME from METADATA, its .rmeta or itself. */
int hollow_store_add(const char *deps, const char *name, const char *metadata,
                     struct error *err) must_check;

/* Puts the proc macro or dylib DEPS/NAME itself into the hollow directory. */
int hollow_store_add_itself(const char *deps, const char *name, struct error *err) must_check;

/* The same for that at PATH, where it isn't there or older: it was compiled without cleave. */
int hollow_store_refresh_itself(const char *path, struct error *err) must_check;

/*
 * Brings the hollow directory up to date with what was compiled without cleave: rlibs and shared
 * libraries whose hollow is missing or older.
 */
int hollow_store_refresh(const char *deps, struct error *err) must_check;

/*
 * What a crate needs to be compiled against: hollows and proc macros, by absolute path, those of
 * its dependencies included. It is written beside the hollow of the library DEPS/NAME. NULL: it
 * isn't known. Reading, for the rlib or .rmeta LIBRARY, adds what isn't in PATHS, and returns 1
 * where nothing is known of it, or only of an earlier one: it was compiled without cleave.
 */
int hollow_store_set_needs(const char *deps, const char *name, const struct strv *paths,
                           struct error *err) must_check;
int hollow_store_needs(const char *library, struct strv *paths, struct error *err) must_check;
