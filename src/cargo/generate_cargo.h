/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asking Cargo. It is $CARGO or cargo, and runs in the manifest's directory, as it would by hand.
 */

#include "base/error.h"
#include "cargo/generate_packages.h"
#include "cargo/generate_tree.h"

/* The triple that rustc ($RUSTC or rustc) builds for by itself. Owned by caller. */
int cargo_host(const char *manifest, char **ret_triple, struct error *err) must_check;

/*
 * The packages that Cargo.lock has for HOST and TRIPLE. A lock file that is missing or out of date
 * is an error: nothing here changes it. MANIFEST is absolute.
 */
int cargo_read_packages(const char *manifest, const char *host, const char *triple,
                        struct cargo_packages *ret_packages, struct error *err) must_check;

/* The tree of all members; EDGES as in `cargo tree -e`. */
int cargo_read_tree(const char *manifest, const char *triple, const char *edges,
                    struct cargo_tree *ret_tree, struct error *err) must_check;
