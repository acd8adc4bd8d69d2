/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_nodes.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

void nodes_release(struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->len; i++) {
        strv_release(&nodes->items[i].features);
        free(nodes->items[i].edges);
    }
    free(nodes->items);
    free(nodes->index);
    *nodes = (struct nodes)NODES_INIT;
}

size_t nodes_find(const struct nodes *nodes, size_t package, enum graph_group group)
{
    size_t at = nodes->index ? nodes->index[package * GRAPH_GROUP_COUNT + group] : 0;

    return at > 0 ? at - 1 : GRAPH_NONE;
}

static bool same_words(const struct strv *a, const struct strv *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

/* The node of the line, made if there is none. */
static int take_node(struct nodes *nodes, const struct cargo_package *package, size_t index,
                     enum graph_group group, const struct cargo_tree_line *line, size_t *ret_node,
                     struct error *err)
{
    size_t at = nodes_find(nodes, index, group);

    if (at == GRAPH_NONE) {
        grow_for_one(nodes->items, nodes->len, nodes->cap);
        at = nodes->len++;
        nodes->items[at] = (struct node){.package = index, .group = group, .features = STRV_INIT};
        strv_push_list(&nodes->items[at].features, line->features.items);
        nodes->index[index * GRAPH_GROUP_COUNT + group] = at + 1;
    } else if (!same_words(&nodes->items[at].features, &line->features)) {
        return error_set(err, ERROR_REFUSED,
                         "cargo tree gives %s %s two sets of features where cleave knows of one",
                         package->name, package->version);
    }
    *ret_node = at;
    return 0;
}

static void add_edge(struct node *from, size_t to, enum cargo_dep_kind kind)
{
    for (size_t i = 0; i < from->edge_len; i++)
        if (from->edges[i].node == to && from->edges[i].kind == kind)
            return;
    grow_for_one(from->edges, from->edge_len, from->edge_cap);
    from->edges[from->edge_len++] = (struct node_edge){to, kind};
}

/* What builds for the host: proc macros, build scripts, and all that they need. */
static bool is_for_host(const struct cargo_package *package, const struct node *dependent,
                        enum cargo_dep_kind kind)
{
    if (cargo_package_is_proc_macro(package))
        return true;
    return dependent && (dependent->group == GRAPH_HOST || dependent->group == GRAPH_HOST_TEST ||
                         kind == CARGO_DEP_BUILD);
}

static int add_line(struct nodes *nodes, const struct cargo_packages *packages,
                    const struct cargo_tree_line *line, enum graph_group first, size_t *path,
                    struct error *err)
{
    size_t dependent = line->depth > 0 ? path[line->depth - 1] : GRAPH_NONE;
    size_t index, at = GRAPH_NONE;

    if (cargo_packages_find(packages, line->package, &index, err) < 0)
        return -1;
    const struct cargo_package *package = &packages->items[index];
    bool host = is_for_host(package, line->depth > 0 ? &nodes->items[dependent] : NULL, line->kind);
    enum graph_group group = host ? first + 1 : first;
    if (take_node(nodes, package, index, group, line, &at, err) < 0)
        return -1;
    if (line->repeated)
        nodes->items[at].repeated = true;
    else
        nodes->items[at].expanded = true;
    if (line->depth > 0)
        add_edge(&nodes->items[dependent], at, line->kind);
    path[line->depth] = at;
    return 0;
}

int nodes_add_tree(struct nodes *nodes, const struct cargo_packages *packages,
                   const struct cargo_tree *tree, enum graph_group first, struct error *err)
{
    size_t path[CARGO_TREE_DEPTH_CAP + 1];

    assert(first == GRAPH_TARGET || first == GRAPH_TEST);
    if (!nodes->index)
        nodes->index = xcalloc(packages->len * GRAPH_GROUP_COUNT + 1, sizeof(*nodes->index));
    for (size_t i = 0; i < tree->len; i++)
        if (add_line(nodes, packages, &tree->lines[i], first, path, err) < 0)
            return -1;
    for (size_t i = 0; i < nodes->len; i++) {
        const struct cargo_package *package = &packages->items[nodes->items[i].package];
        if (nodes->items[i].repeated && !nodes->items[i].expanded)
            return error_set(err, ERROR_REFUSED,
                             "cargo tree doesn't show the dependencies of %s %s, and says that it "
                             "has",
                             package->name, package->version);
    }
    return 0;
}
