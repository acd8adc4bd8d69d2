/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One crate of a workspace's member as a rule of the member's build file. */

#include <stdbool.h>

#include "base/buf.h"
#include "base/strv.h"
#include "cargo/generate_places.h"

/* A build file that is being written. */
struct member_file {
    const struct places *places;
    size_t package;
    struct buf text;
    struct strv kinds;    /* of rules that are used */
    struct strv names;    /* of targets */
    struct strv programs; /* NAME=TARGET, of what tests may run */
};

const struct cargo_package *member_package(const struct member_file *file);
const struct graph_member *member_node(const struct member_file *file);

/* The rule for a crate type. The first that a library has is the one that others depend on. */
struct member_rule {
    const char *crate_type;
    const char *kind;
    bool is_linked; /* whether other crates can depend on it */
};

#define MEMBER_RULES 7
extern const struct member_rule member_rules[MEMBER_RULES];

/* The first rule that the target's crate types have, by the table's order. */
size_t member_first_rule(const struct cargo_target *target);

/* One crate of the package. */
struct member_crate {
    const struct cargo_target *target;
    size_t variant;
    const char *kind;
    const char *name;
    const char *of;              /* rust_test: the target whose tests these are; NULL: its own */
    bool uses_library;           /* whether it is compiled against the package's library */
    bool uses_dev;               /* and against dev-dependencies */
    bool is_manual;              /* left out of patterns like //... */
    const char *const *exclude;  /* of the sources */
    const struct strv *programs; /* NAME=TARGET, that it may run; NULL: none */
};

/* Appends the crate's rule. */
int member_write_crate(struct member_file *file, const struct member_crate *crate,
                       struct error *err) must_check;
