/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files of a package: what its crates and their macros may read without saying so. Those of a
 * registry's package are all that lie in its directory. Else left out are, for they are no part of
 * it: nested packages (a directory with a Cargo.toml of its own), .git, and what is built
 * (directories with a CACHEDIR.TAG, and "target" at the top).
 */

#include "base/error.h"
#include "base/strv.h"

/* A package with more files isn't one to copy. */
#define PACKAGE_FILES_MAX 50000
#define PACKAGE_DEPTH_MAX 64

/* Appends the paths of the files, links to files included, each below DIR as it is spelled. */
int package_files_list(const char *dir, struct strv *files, struct error *err) must_check;

/* The same for any directory, whole; one that isn't there has none. */
int package_files_list_all(const char *dir, struct strv *files, struct error *err) must_check;
