/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_graph.h"

#include <string.h>

#include "base/memory.h"
#include "cargo/generate_nodes.h"

static const char *const suffixes[] = {
    [GRAPH_TARGET] = "",
    [GRAPH_HOST] = "__host",
    [GRAPH_TEST] = "__test",
    [GRAPH_HOST_TEST] = "__host_test",
};

void graph_release(struct graph *graph)
{
    for (size_t i = 0; i < graph->len; i++) {
        strv_release(&graph->variants[i].features);
        free(graph->variants[i].edges.items);
    }
    for (size_t i = 0; i < graph->package_len; i++)
        free(graph->members[i].dev.items);
    free(graph->variants);
    free(graph->members);
    *graph = (struct graph)GRAPH_INIT;
}

bool graph_runs_build_script(const struct cargo_package *package,
                             const struct override_settings *settings)
{
    return cargo_package_build_script(package) && settings->build_script != OVERRIDE_NO;
}

struct builder {
    const struct cargo_packages *packages;
    const struct override_settings *settings;
    struct nodes nodes;
    struct graph graph;
};

static int compare_edges(const void *left, const void *right)
{
    const struct graph_edge *a = left;
    const struct graph_edge *b = right;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->variant < b->variant ? -1 : a->variant > b->variant;
}

static bool same_edges(const struct graph_edges *a, const struct graph_edges *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (compare_edges(&a->items[i], &b->items[i]) != 0)
            return false;
    return true;
}

static void add_edge(struct graph_edges *edges, size_t variant, enum cargo_dep_kind kind)
{
    for (size_t i = 0; i < edges->len; i++)
        if (edges->items[i].variant == variant && edges->items[i].kind == kind)
            return;
    grow_for_one(edges->items, edges->len, edges->cap);
    edges->items[edges->len++] = (struct graph_edge){variant, kind};
}

static bool same_features(const struct strv *a, const struct strv *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

/* The variant that is like this; a new one takes FEATURES and EDGES over. */
static size_t take_variant(struct graph *graph, const struct node *node, struct strv *features,
                           struct graph_edges *edges)
{
    for (size_t i = 0; i < graph->len; i++) {
        struct graph_variant *variant = &graph->variants[i];
        if (variant->package != node->package || !same_edges(&variant->edges, edges) ||
            !same_features(&variant->features, features))
            continue;
        if (node->group < variant->group)
            variant->group = node->group;
        strv_release(features);
        free(edges->items);
        return i;
    }
    grow_for_one(graph->variants, graph->len, graph->cap);
    graph->variants[graph->len] = (struct graph_variant){
        .package = node->package,
        .group = node->group,
        .suffix = "",
        .features = *features,
        .edges = *edges,
    };
    return graph->len++;
}

/* Whether a dependency is part of the package's library, rather than of its tests. */
static bool is_needed(const struct builder *builder, const struct node *node,
                      const struct node_edge *edge)
{
    const struct cargo_package *package = &builder->packages->items[node->package];
    const struct override_settings *settings = &builder->settings[node->package];
    size_t other = builder->nodes.items[edge->node].package;

    /* A package without a library may be depended on, and gives nothing. */
    if (!cargo_package_library(&builder->packages->items[other]) &&
        !builder->settings[other].replace)
        return false;
    return edge->kind == CARGO_DEP_NORMAL ||
           (edge->kind == CARGO_DEP_BUILD && graph_runs_build_script(package, settings));
}

static int find_variant(struct builder *builder, size_t at, struct error *err)
{
    struct node *node = &builder->nodes.items[at];
    const struct cargo_package *package = &builder->packages->items[node->package];
    struct graph_edges edges = {0};
    struct strv features = STRV_INIT;

    if (node->state == NODE_DONE)
        return 0;
    if (node->state == NODE_OPEN)
        return error_set(err, ERROR_REFUSED, "%s %s depends on itself", package->name,
                         package->version);
    node->state = NODE_OPEN;
    bool replaced = builder->settings[node->package].replace;
    for (size_t i = 0; i < node->edge_len && !replaced; i++) {
        const struct node_edge *edge = &node->edges[i];
        if (!is_needed(builder, node, edge))
            continue;
        if (find_variant(builder, edge->node, err) < 0) {
            free(edges.items);
            return error_prefix(err, "%s %s", package->name, package->version);
        }
        add_edge(&edges, builder->nodes.items[edge->node].variant, edge->kind);
    }
    if (edges.len > 0)
        qsort(edges.items, edges.len, sizeof(*edges.items), compare_edges);
    if (!replaced)
        strv_push_list(&features, node->features.items);
    node->variant = take_variant(&builder->graph, node, &features, &edges);
    node->state = NODE_DONE;
    return 0;
}

/* In the order of groups, so that what is the same in two has the name of the first. */
static int find_variants(struct builder *builder, struct error *err)
{
    for (unsigned group = 0; group < GRAPH_GROUP_COUNT; group++)
        for (size_t i = 0; i < builder->nodes.len; i++)
            if (builder->nodes.items[i].group == group && find_variant(builder, i, err) < 0)
                return -1;
    return 0;
}

/* A member is built for the target, but for a proc macro, and so is its test. */
static size_t member_node(const struct builder *builder, size_t package, enum graph_group first)
{
    size_t node = nodes_find(&builder->nodes, package, first);

    return node != GRAPH_NONE ? node : nodes_find(&builder->nodes, package, first + 1);
}

static int find_members(struct builder *builder, struct error *err)
{
    struct graph *graph = &builder->graph;

    graph->package_len = builder->packages->len;
    graph->members = xcalloc(graph->package_len + 1, sizeof(*graph->members));
    for (size_t i = 0; i < graph->package_len; i++) {
        const struct cargo_package *package = &builder->packages->items[i];
        struct graph_member *member = &graph->members[i];
        member->normal = member->test = GRAPH_NONE;
        if (!package->is_member)
            continue;
        size_t normal = member_node(builder, i, GRAPH_TARGET);
        size_t test = member_node(builder, i, GRAPH_TEST);
        if (normal == GRAPH_NONE || test == GRAPH_NONE)
            return error_set(err, ERROR_REFUSED, "cargo tree doesn't show the member %s",
                             package->name);
        member->normal = builder->nodes.items[normal].variant;
        const struct node *node = &builder->nodes.items[test];
        member->test = node->variant;
        for (size_t k = 0; k < node->edge_len; k++) {
            const struct node *other = &builder->nodes.items[node->edges[k].node];
            if (node->edges[k].kind == CARGO_DEP_DEV &&
                (cargo_package_library(&builder->packages->items[other->package]) ||
                 builder->settings[other->package].replace))
                add_edge(&member->dev, other->variant, CARGO_DEP_DEV);
        }
    }
    return 0;
}

static void want(struct graph *graph, size_t at)
{
    struct graph_variant *variant = &graph->variants[at];

    if (variant->wanted)
        return;
    variant->wanted = true;
    for (size_t i = 0; i < variant->edges.len; i++)
        want(graph, variant->edges.items[i].variant);
}

static void want_members(struct graph *graph)
{
    for (size_t i = 0; i < graph->package_len; i++) {
        const struct graph_member *member = &graph->members[i];
        if (member->normal == GRAPH_NONE)
            continue;
        want(graph, member->normal);
        want(graph, member->test);
        for (size_t k = 0; k < member->dev.len; k++)
            want(graph, member->dev.items[k].variant);
    }
}

/* A package's first variant has the package's plain name, whichever it is. */
static void name_variants(struct graph *graph)
{
    for (size_t i = 0; i < graph->len; i++) {
        struct graph_variant *variant = &graph->variants[i];
        bool first = true;
        for (size_t k = 0; k < graph->len && first; k++)
            first = graph->variants[k].package != variant->package || !graph->variants[k].wanted ||
                    graph->variants[k].group >= variant->group;
        variant->suffix = first ? "" : suffixes[variant->group];
    }
}

int graph_build(const struct cargo_packages *packages, const struct override_settings *settings,
                const struct cargo_tree *normal, const struct cargo_tree *test,
                struct graph *ret_graph, struct error *err)
{
    struct builder builder = {packages, settings, NODES_INIT, GRAPH_INIT};
    int result = -1;

    if (nodes_add_tree(&builder.nodes, packages, normal, GRAPH_TARGET, err) == 0 &&
        nodes_add_tree(&builder.nodes, packages, test, GRAPH_TEST, err) == 0 &&
        find_variants(&builder, err) == 0 && find_members(&builder, err) == 0) {
        want_members(&builder.graph);
        name_variants(&builder.graph);
        *ret_graph = builder.graph;
        builder.graph = (struct graph)GRAPH_INIT;
        result = 0;
    }
    nodes_release(&builder.nodes);
    graph_release(&builder.graph);
    return result;
}
