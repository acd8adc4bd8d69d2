/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The environment of a build script ("Environment variables Cargo sets for build scripts" in the
 * Cargo Book).
 */

#include "base/error.h"
#include "base/strv.h"
#include "cargo/build_script.h"

/* Where one script runs; all absolute. */
struct build_script_places {
    char *root;     /* cleave's working directory */
    char *manifest; /* the package */
    char *cwd;      /* where the script runs */
    char *out_dir;  /* OUT_DIR as the script sees it */
    bool relocates; /* the root is renamed in what is left */
};

/* Appends the script's environment to ENV. Asks rustc for what the target has. */
int build_script_environment(const struct build_script *script,
                             const struct build_script_places *places, struct strv *env,
                             struct error *err) must_check;

/*
 * Appends the CARGO_CFG_* variables to ENV, from what rustc --print=cfg prints. The features are
 * Cargo's own, and whether there are debug assertions the profile says: rustc isn't asked for them.
 */
int build_script_cfg_variables(const char *text, const struct strv *features, bool is_release,
                               struct strv *env, struct error *err) must_check;

/*
 * Sets CARGO_PKG_VERSION and its parts; a version that isn't MAJOR.MINOR.PATCH[-PRE][+BUILD] is
 * refused.
 */
int build_script_version_variables(const char *version, struct strv *env,
                                   struct error *err) must_check;

/* NAME as a part of a variable's name: in capitals, '-' as '_'. Owned by caller. */
char *build_script_variable(const char *name);
