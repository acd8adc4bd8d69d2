/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What has to be built: each package once for every set of features and dependencies it is needed
 * with. Cargo keeps up to four apart: for the target and for the host (proc macros, build scripts
 * and all below them), each as `cargo build` wants it and as `cargo test` does, where
 * dev-dependencies may ask for more features. Those that are the same down to the last dependency
 * are one variant.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "cargo/generate_overrides.h"
#include "cargo/generate_packages.h"
#include "cargo/generate_tree.h"

enum graph_group { GRAPH_TARGET, GRAPH_HOST, GRAPH_TEST, GRAPH_HOST_TEST, GRAPH_GROUP_COUNT };

#define GRAPH_NONE ((size_t)-1)

struct graph_edge {
    size_t variant;
    enum cargo_dep_kind kind;
};

struct graph_edges {
    struct graph_edge *items; /* sorted, without doubles */
    size_t len;
    size_t cap;
};

struct graph_variant {
    size_t package;
    enum graph_group group; /* the first of those that it serves */
    const char *suffix;     /* "" for a package's first variant, else "__host", … */
    struct strv features;
    struct graph_edges edges; /* normal, and build where there is a build script to build */
    bool wanted;              /* whether something that is built needs it */
};

/* A member's variants, as its programs and as its tests have it; GRAPH_NONE for no member. */
struct graph_member {
    size_t normal;
    size_t test;
    struct graph_edges dev; /* dev-dependencies */
};

struct graph {
    struct graph_variant *variants;
    size_t len;
    size_t cap;
    struct graph_member *members; /* one for each of the packages */
    size_t package_len;
};

#define GRAPH_INIT                                                                                 \
    {                                                                                              \
        NULL, 0, 0, NULL, 0                                                                        \
    }

/*
 * NORMAL and TEST are the trees without and with dev-dependencies. SETTINGS has one item for each
 * package: a package that is replaced needs nothing, and one whose build script is off doesn't
 * need what that depends on.
 */
int graph_build(const struct cargo_packages *packages, const struct override_settings *settings,
                const struct cargo_tree *normal, const struct cargo_tree *test,
                struct graph *ret_graph, struct error *err) must_check;
void graph_release(struct graph *graph);
#define auto_graph __attribute__((cleanup(graph_release))) struct graph

/* Whether the package has a build script and nobody turned it off. */
bool graph_runs_build_script(const struct cargo_package *package,
                             const struct override_settings *settings);
