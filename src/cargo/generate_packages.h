/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The packages of a Cargo.lock, as `cargo metadata --format-version 1` tells them: what can be
 * built of each, from which file, and by which name each knows its dependencies.
 */

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/error.h"
#include "base/strv.h"

#define CARGO_METADATA_SIZE_CAP (256u << 20)

enum cargo_target_kind {
    CARGO_TARGET_LIB,
    CARGO_TARGET_PROC_MACRO,
    CARGO_TARGET_BIN,
    CARGO_TARGET_TEST,
    CARGO_TARGET_EXAMPLE,
    CARGO_TARGET_BENCH,
    CARGO_TARGET_BUILD_SCRIPT,
};

struct cargo_target {
    enum cargo_target_kind kind;
    char *name;
    char *root; /* of the crate, relative to the package's directory; NULL: it lies outside */
    char *edition;
    struct strv crate_types;       /* rustc's words: rlib, cdylib, … */
    struct strv required_features; /* without which Cargo leaves it out */
    bool test;                     /* whether `cargo test` builds it as a test */
    bool harness;                  /* false where it has a main of its own */
};

/* The name by which a package's source knows another package. */
struct cargo_dep_name {
    char *package_id;
    char *name;
};

struct cargo_package {
    char *id;
    char *name;
    char *version;
    char *source;   /* "registry+…", "git+…#COMMIT"; NULL for a path */
    char *manifest; /* absolute */
    char *dir;      /* absolute */
    char *links;    /* NULL when it has none */
    bool is_member;
    struct strv env; /* the CARGO_PKG_… variables that say what the package is, NAME=VALUE */
    struct cargo_target *targets;
    size_t target_len;
    struct cargo_dep_name *dep_names;
    size_t dep_name_len;
    json_t *metadata; /* [package.metadata]; owned, may be NULL */
};

struct cargo_packages {
    struct cargo_package *items; /* sorted by name, version, source */
    size_t len;
    char *workspace_root; /* absolute */
    json_t *metadata;     /* [workspace.metadata]; owned, may be NULL */
};

#define CARGO_PACKAGES_INIT                                                                        \
    {                                                                                              \
        NULL, 0, NULL, NULL                                                                        \
    }

int cargo_packages_parse(const char *text, size_t len, struct cargo_packages *ret_packages,
                         struct error *err) must_check;
void cargo_packages_release(struct cargo_packages *packages);
#define auto_cargo_packages __attribute__((cleanup(cargo_packages_release))) struct cargo_packages

/*
 * The package that `cargo tree` shows as TEXT: "NAME vVERSION", and in parentheses where it is from
 * and whether it is a proc macro. Answers its index; a package that isn't there is an error.
 */
int cargo_packages_find(const struct cargo_packages *packages, const char *text, size_t *ret_index,
                        struct error *err) must_check;

/* The library or proc macro of the package, or NULL. */
const struct cargo_target *cargo_package_library(const struct cargo_package *package);
bool cargo_package_is_proc_macro(const struct cargo_package *package);
/* NULL when it has none. */
const struct cargo_target *cargo_package_build_script(const struct cargo_package *package);
/* The name that PACKAGE's source uses for OTHER; NULL when Cargo names none. */
const char *cargo_package_dep_name(const struct cargo_package *package,
                                   const struct cargo_package *other);
/* "NAME VERSION", as messages name it. */
char *cargo_package_label(const struct cargo_package *package);
