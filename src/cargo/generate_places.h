/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where each crate's build file is, and what its targets are called.
 *
 *   //DIR/vendor/NAME-VERSION:NAME            a foreign crate
 *   //DIR:NAME, //DIR:NAME-1.2                its alias, if a member depends on it; the second
 *                                             where several versions have one
 *   //MEMBER:NAME                             a member of the workspace
 *   …NAME__host, …NAME__test, …NAME__host_test    further variants (generate_graph.h)
 *   …NAME__build_script                       the build script of a variant
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cargo/generate_graph.h"

struct places {
    const struct cargo_packages *packages;
    const struct override_settings *settings;
    const struct graph *graph;
    const char *dir; /* DIR relative to the Bazel workspace; "" for its root */
    bool members;    /* whether members have build files */
    char **paths;    /* the Bazel package of each Cargo package, "a/b"; NULL: it has none */
    char **aliases;  /* of each package; NULL: no member depends on it */
};

/*
 * ROOT is the Bazel workspace's directory, DIR relative to it. A member outside of ROOT is an
 * error where members have build files. What is given must outlive *RET_PLACES.
 */
int places_find(const struct cargo_packages *packages, const struct override_settings *settings,
                const struct graph *graph, const char *root, const char *dir, bool members,
                struct places *ret_places, struct error *err) must_check;
void places_release(struct places *places);

/* The name of a variant's library, and of its build script. Owned by caller. */
char *places_target(const struct places *places, size_t variant);
char *places_script_target(const struct places *places, size_t variant);

/*
 * The label of a variant's library, as the build file of the package FROM names it: through the
 * alias if FROM is a member. Fails for a member when members have no build files.
 */
int places_label(const struct places *places, size_t from, size_t variant, char **ret_label,
                 struct error *err) must_check;

/* The label of a variant's build script, or where the crate is replaced that of the other. */
char *places_script_label(const struct places *places, size_t from, size_t variant);

/* "//PACKAGE:NAME", or "//PACKAGE" where NAME is its last word. Owned by caller. */
char *places_absolute(const char *package, const char *name);
