/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the rules of foreign crates and of members have in common. */

#include "cargo/generate_places.h"
#include "cargo/generate_starlark.h"

/* What a crate is compiled against. */
struct crate_deps {
    struct strv deps;
    struct strv proc_macros;
    struct strv aliases;   /* LABEL=NAME, where the source has another name for it */
    struct strv link_deps; /* build scripts of those that have `links` */
};

#define CRATE_DEPS_INIT                                                                            \
    {                                                                                              \
        STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT                                                 \
    }

void crate_deps_release(struct crate_deps *deps);
#define auto_crate_deps __attribute__((cleanup(crate_deps_release))) struct crate_deps

/* Adds those of the EDGES that are of the kind, for a crate of PACKAGE. */
int crate_deps_add(struct crate_deps *deps, const struct places *places, size_t package,
                   const struct graph_edges *edges, enum cargo_dep_kind kind,
                   struct error *err) must_check;
/* Adds the variant's normal dependencies, its build script, and what overrides say. */
int crate_deps_add_variant(struct crate_deps *deps, const struct places *places, size_t variant,
                           struct error *err) must_check;
/* Sets deps, proc_macro_deps and aliases. */
void crate_deps_write(const struct crate_deps *deps, struct starlark_rule *rule);

/*
 * Sets what every rule for a crate of the variant's package has, but for its sources: crate_root,
 * crate_name, crate_features, edition, pkg_name, version, rustc_env, rustc_flags. Fails when the
 * source lies outside of the package. ENV is added to rustc_env.
 */
int crate_write(struct starlark_rule *rule, const struct places *places, size_t variant,
                const struct cargo_target *target, const struct strv *env,
                struct error *err) must_check;

/* Sets srcs to all Rust files of the package, less what matches EXCLUDE (NULL-terminated). */
void crate_write_sources(struct starlark_rule *rule, const struct cargo_package *package,
                         const char *const *exclude);

/* Sets NAME to the other files of the package, or to ALL of them, and to the labels EXTRA. */
enum crate_files { CRATE_FILES_OTHER, CRATE_FILES_ALL };
void crate_write_files(struct starlark_rule *rule, const char *name,
                       const struct cargo_package *package, enum crate_files which,
                       const struct strv *extra);

/* Appends the cargo_build_script of a variant. */
int crate_write_build_script(const struct places *places, size_t variant, struct buf *text,
                             struct error *err) must_check;

/* Whether the variant's package has a build script that is run. */
bool crate_runs_build_script(const struct places *places, size_t variant);

/* The crate's name for rustc: the target's, with underscores. Owned by caller. */
char *crate_name(const struct cargo_target *target);

/* Starts a build file: the mark, load() of the rules that are used, and public visibility. */
void crate_write_heading(struct buf *text, const char *rules, const struct strv *kinds);
