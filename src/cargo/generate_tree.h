/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cargo tree` prints, as data. Cargo's metadata gives a package one set of features; only the
 * tree keeps apart what a package has for the target, for the host and under test. It is asked with
 * CARGO_TREE_FORMAT, ASCII lines and indentation: the only form that says which dependencies are
 * build-dependencies and dev-dependencies.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

#define CARGO_TREE_FORMAT "{p}\t{f}"
#define CARGO_TREE_SIZE_CAP (256u << 20)
#define CARGO_TREE_DEPTH_CAP 1024

enum cargo_dep_kind { CARGO_DEP_NORMAL, CARGO_DEP_BUILD, CARGO_DEP_DEV };

struct cargo_tree_line {
    size_t depth;             /* 0: a member of the workspace; else one more than its dependent's */
    enum cargo_dep_kind kind; /* of the edge from its dependent */
    char *package;            /* "NAME vVERSION", and perhaps where from, in parentheses */
    struct strv features;     /* as Cargo sorts them */
    bool repeated;            /* its dependencies stand where it came first */
};

struct cargo_tree {
    struct cargo_tree_line *lines;
    size_t len;
    size_t cap;
};

#define CARGO_TREE_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* Parses the bytes into *RET_TREE. A line in another form is an error that shows it. */
int cargo_tree_parse(const char *text, size_t len, struct cargo_tree *ret_tree,
                     struct error *err) must_check;
void cargo_tree_release(struct cargo_tree *tree);
#define auto_cargo_tree __attribute__((cleanup(cargo_tree_release))) struct cargo_tree
