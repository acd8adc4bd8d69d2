/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_foreign.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "cargo/generate_crate.h"

static int write_library(const struct places *places, size_t variant, const char *kind,
                         struct buf *text, struct error *err)
{
    size_t package = places->graph->variants[variant].package;
    const struct cargo_target *library = cargo_package_library(&places->packages->items[package]);
    const char *const nothing[] = {NULL};
    auto_starlark_rule rule = {.kind = kind};
    auto_crate_deps deps = CRATE_DEPS_INIT;
    auto_free char *name = places_target(places, variant);

    if (crate_write(&rule, places, variant, library, NULL, err) < 0 ||
        crate_deps_add_variant(&deps, places, variant, err) < 0)
        return -1;
    starlark_string(&rule, "name", name);
    crate_write_sources(&rule, &places->packages->items[package], nothing);
    crate_write_files(&rule, "compile_data", &places->packages->items[package], CRATE_FILES_OTHER,
                      &places->settings[package].data);
    crate_deps_write(&deps, &rule);
    starlark_rule_write(&rule, text);
    return 0;
}

/* The text of the build file of a package's variants. Owned by caller. */
static int write_package(const struct places *places, size_t package, const char *rules,
                         char **ret_text, struct error *err)
{
    const struct graph *graph = places->graph;
    const char *kind = cargo_package_is_proc_macro(&places->packages->items[package])
                           ? "rust_proc_macro"
                           : "rust_library";
    auto_strv kinds = STRV_INIT;
    auto_buf text = BUF_INIT;

    strv_push(&kinds, kind);
    if (graph_runs_build_script(&places->packages->items[package], &places->settings[package]))
        strv_push(&kinds, "cargo_build_script");
    crate_write_heading(&text, rules, &kinds);
    for (unsigned group = 0; group < GRAPH_GROUP_COUNT; group++)
        for (size_t i = 0; i < graph->len; i++) {
            const struct graph_variant *variant = &graph->variants[i];
            if (!variant->wanted || variant->package != package || variant->group != group)
                continue;
            if (write_library(places, i, kind, &text, err) < 0 ||
                (crate_runs_build_script(places, i) &&
                 crate_write_build_script(places, i, &text, err) < 0))
                return -1;
        }
    *ret_text = buf_detach(&text);
    return 0;
}

static bool is_wanted(const struct places *places, size_t package)
{
    for (size_t i = 0; i < places->graph->len; i++)
        if (places->graph->variants[i].wanted && places->graph->variants[i].package == package)
            return true;
    return false;
}

static int add_package(const struct places *places, size_t index, const char *root,
                       const char *rules, struct output *output, struct error *err)
{
    const struct cargo_package *package = &places->packages->items[index];
    struct vendored vendored = {.patches = STRV_INIT};

    if (write_package(places, index, rules, &vendored.build, err) < 0)
        return -1;
    vendored.place = path_join(root, places->paths[index]);
    vendored.source = xstrdup(package->dir);
    vendored.is_published = package->source && !has_prefix(package->source, "git+");
    strv_push_list(&vendored.patches, places->settings[index].patches.items);
    output_add_vendored(output, &vendored);
    return 0;
}

static void write_alias(const struct places *places, size_t variant, struct buf *text)
{
    const struct graph_variant *item = &places->graph->variants[variant];
    const char *replace = places->settings[item->package].replace;
    auto_starlark_rule rule = {.kind = "alias"};
    auto_free char *target = places_target(places, variant);
    auto_free char *label = places_absolute(places->paths[item->package], target);
    auto_free char *name = xasprintf("%s%s", places->aliases[item->package], item->suffix);

    starlark_string(&rule, "name", name);
    starlark_string(&rule, "actual", replace ? replace : label);
    starlark_rule_write(&rule, text);
}

static void add_aliases(const struct places *places, const char *root, const char *rules,
                        struct output *output)
{
    const struct strv none = STRV_INIT;
    auto_free char *dir = path_join(root, places->dir);
    auto_free char *path = path_join(dir, "BUILD.bazel");
    auto_buf text = BUF_INIT;

    crate_write_heading(&text, rules, &none);
    for (size_t package = 0; package < places->packages->len; package++)
        for (unsigned group = 0; group < GRAPH_GROUP_COUNT; group++)
            for (size_t i = 0; i < places->graph->len; i++) {
                const struct graph_variant *item = &places->graph->variants[i];
                if (item->wanted && item->package == package && item->group == group &&
                    places->aliases[package])
                    write_alias(places, i, &text);
            }
    output_add_file(output, path, buf_detach(&text));
}

int foreign_add(const struct places *places, const char *root, const char *rules,
                struct output *output, struct error *err)
{
    auto_free char *vendor = path_join(places->dir, "vendor");

    output->vendor_dir = path_join(root, vendor);
    for (size_t i = 0; i < places->packages->len; i++) {
        const struct cargo_package *package = &places->packages->items[i];
        if (package->is_member || places->settings[i].replace || !is_wanted(places, i))
            continue;
        if (add_package(places, i, root, rules, output, err) < 0)
            return -1;
    }
    add_aliases(places, root, rules, output);
    return 0;
}
