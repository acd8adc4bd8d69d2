/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The lines of `cargo tree` as a graph: one node per package and group (generate_graph.h). */

#include "cargo/generate_graph.h"

struct node_edge {
    size_t node;
    enum cargo_dep_kind kind;
};

struct node {
    size_t package;
    enum graph_group group;
    struct strv features;
    struct node_edge *edges;
    size_t edge_len;
    size_t edge_cap;
    bool expanded; /* whether its dependencies have been seen */
    bool repeated; /* whether the tree said that it has dependencies shown elsewhere */
    /* For generate_graph.c: where the search for cycles is, and what it found. */
    enum { NODE_NEW, NODE_OPEN, NODE_DONE } state;
    size_t variant;
};

struct nodes {
    struct node *items;
    size_t len;
    size_t cap;
    size_t *index; /* of a package's node in a group: [package * GRAPH_GROUP_COUNT + group] */
};

#define NODES_INIT                                                                                 \
    {                                                                                              \
        NULL, 0, 0, NULL                                                                           \
    }

/* Adds a tree's packages; FIRST is the group of those for the target, GRAPH_TARGET or GRAPH_TEST.
 */
int nodes_add_tree(struct nodes *nodes, const struct cargo_packages *packages,
                   const struct cargo_tree *tree, enum graph_group first,
                   struct error *err) must_check;
/* The node of a package in a group, or GRAPH_NONE. */
size_t nodes_find(const struct nodes *nodes, size_t package, enum graph_group group);
void nodes_release(struct nodes *nodes);
#define auto_nodes __attribute__((cleanup(nodes_release))) struct nodes
