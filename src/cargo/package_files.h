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

/* Absolute paths, as far as the directories given are; each as it is spelled. */
struct package_files {
    struct strv files;
    struct strv links; /* which are neither followed nor forgotten: a macro can tell them apart */
    struct strv dirs;  /* all, those with nothing in them, too */
};

#define PACKAGE_FILES_INIT                                                                         \
    {                                                                                              \
        STRV_INIT, STRV_INIT, STRV_INIT                                                            \
    }

void package_files_release(struct package_files *files);
#define auto_package_files __attribute__((cleanup(package_files_release))) struct package_files

/* Appends what lies in DIR. */
int package_files_list(const char *dir, struct package_files *files, struct error *err) must_check;

/* The same for any directory, whole; one that isn't there has none. */
int package_files_list_all(const char *dir, struct package_files *files,
                           struct error *err) must_check;

/*
 * Adds the files and links that the links lead to. Refuses a link to a directory that isn't listed,
 * and one by way of a link that isn't: nobody knows how much that would be. One that leads nowhere
 * is fine.
 */
int package_files_follow(struct package_files *files, struct error *err) must_check;

/* Whether the file, by a path of any form, is one of these. */
bool package_files_have(const struct package_files *files, const char *path);
