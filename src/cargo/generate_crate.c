/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_crate.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/generate_vendor.h"

/*
 * What is no part of a member: Bazel's own links, Git's data and Cargo's output folder, which lie
 * in the root of a workspace, and that may be a package.
 */
static const char *const no_inputs[] = {".git/**", "bazel-*/**", "target/**"};

void crate_deps_release(struct crate_deps *deps)
{
    strv_release(&deps->deps);
    strv_release(&deps->proc_macros);
    strv_release(&deps->aliases);
    strv_release(&deps->link_deps);
}

char *crate_name(const struct cargo_target *target)
{
    char *name = xstrdup(target->name);

    for (char *at = name; *at; at++)
        if (*at == '-')
            *at = '_';
    return name;
}

bool crate_runs_build_script(const struct places *places, size_t variant)
{
    size_t package = places->graph->variants[variant].package;

    return graph_runs_build_script(&places->packages->items[package], &places->settings[package]);
}

/* A crate that the source calls by its own name needs no alias. */
static void add_alias(struct crate_deps *deps, const struct cargo_package *package,
                      const struct cargo_package *other, const char *label)
{
    const struct cargo_target *library = cargo_package_library(other);
    const char *used = cargo_package_dep_name(package, other);
    auto_free char *own = library ? crate_name(library) : NULL;

    if (!used || (own && strcmp(used, own) == 0))
        return;
    auto_free char *alias = xasprintf("%s=%s", label, used);
    if (!strv_contains(&deps->aliases, alias))
        strv_push(&deps->aliases, alias);
}

static int add_dep(struct crate_deps *deps, const struct places *places, size_t package,
                   size_t variant, struct error *err)
{
    size_t other_index = places->graph->variants[variant].package;
    const struct cargo_package *other = &places->packages->items[other_index];
    auto_free char *label = NULL;

    if (places_label(places, package, variant, &label, err) < 0)
        return -1;
    struct strv *list = cargo_package_is_proc_macro(other) ? &deps->proc_macros : &deps->deps;
    if (!strv_contains(list, label))
        strv_push(list, label);
    add_alias(deps, &places->packages->items[package], other, label);
    bool links = other->links && (places->settings[other_index].replace ||
                                  crate_runs_build_script(places, variant));
    if (links && (other->is_member ? places->members : true))
        strv_push_take(&deps->link_deps, places_script_label(places, package, variant));
    return 0;
}

int crate_deps_add(struct crate_deps *deps, const struct places *places, size_t package,
                   const struct graph_edges *edges, enum cargo_dep_kind kind, struct error *err)
{
    for (size_t i = 0; i < edges->len; i++)
        if (edges->items[i].kind == kind &&
            add_dep(deps, places, package, edges->items[i].variant, err) < 0)
            return -1;
    return 0;
}

int crate_deps_add_variant(struct crate_deps *deps, const struct places *places, size_t variant,
                           struct error *err)
{
    const struct graph_variant *item = &places->graph->variants[variant];

    if (crate_deps_add(deps, places, item->package, &item->edges, CARGO_DEP_NORMAL, err) < 0)
        return -1;
    if (crate_runs_build_script(places, variant)) {
        auto_free char *script = places_script_target(places, variant);
        strv_pushf(&deps->deps, ":%s", script);
    }
    strv_push_list(&deps->deps, places->settings[item->package].deps.items);
    return 0;
}

void crate_deps_write(const struct crate_deps *deps, struct starlark_rule *rule)
{
    starlark_labels(rule, "deps", &deps->deps);
    starlark_labels(rule, "proc_macro_deps", &deps->proc_macros);
    starlark_dict(rule, "aliases", &deps->aliases);
}

/* Later answers win. */
static void set_env(struct strv *env, const struct strv *more)
{
    for (size_t i = 0; more && i < more->len; i++) {
        size_t len = strcspn(more->items[i], "=");
        auto_free char *name = xstrndup(more->items[i], len);
        env_set(env, name, more->items[i] + len + 1);
    }
}

/* Lints of foreign code are nobody's here. */
static void write_flags(struct starlark_rule *rule, const struct places *places, size_t package)
{
    auto_strv flags = STRV_INIT;

    if (!places->packages->items[package].is_member)
        strv_push(&flags, "--cap-lints=allow");
    strv_push_list(&flags, places->settings[package].rustc_flags.items);
    starlark_list(rule, "rustc_flags", &flags);
}

int crate_write(struct starlark_rule *rule, const struct places *places, size_t variant,
                const struct cargo_target *target, const struct strv *env, struct error *err)
{
    const struct graph_variant *item = &places->graph->variants[variant];
    const struct cargo_package *package = &places->packages->items[item->package];
    auto_free char *name = crate_name(target);
    auto_strv all = STRV_INIT;

    if (!target->root)
        return error_set(err, ERROR_FAILURE,
                         "the source of %s of %s %s lies outside of %s, and Bazel can't name it",
                         target->name, package->name, package->version, package->dir);
    set_env(&all, &package->env);
    set_env(&all, &places->settings[item->package].env);
    set_env(&all, env);
    starlark_string(rule, "crate_name", name);
    starlark_string(rule, "crate_root", target->root);
    starlark_string(rule, "edition", target->edition);
    starlark_string(rule, "pkg_name", package->name);
    starlark_string(rule, "version", package->version);
    starlark_list(rule, "crate_features", &item->features);
    starlark_dict(rule, "rustc_env", &all);
    write_flags(rule, places, item->package);
    return 0;
}

static void exclude_no_inputs(struct starlark_glob *glob, const struct cargo_package *package)
{
    if (package->is_member)
        strv_push_all(&glob->exclude, (char *const *)no_inputs,
                      sizeof(no_inputs) / sizeof(no_inputs[0]));
}

void crate_write_sources(struct starlark_rule *rule, const struct cargo_package *package,
                         const char *const *exclude)
{
    auto_starlark_glob glob = STARLARK_GLOB_INIT;

    strv_push(&glob.include, "**/*.rs");
    strv_push_list(&glob.exclude, (char *const *)exclude);
    exclude_no_inputs(&glob, package);
    starlark_globbed(rule, "srcs", &glob);
}

void crate_write_files(struct starlark_rule *rule, const char *name,
                       const struct cargo_package *package, enum crate_files which,
                       const struct strv *extra)
{
    auto_starlark_glob glob = STARLARK_GLOB_INIT;

    strv_push(&glob.include, "**");
    strv_push(&glob.exclude, "BUILD.bazel");
    if (which == CRATE_FILES_OTHER)
        strv_push(&glob.exclude, "**/*.rs");
    exclude_no_inputs(&glob, package);
    strv_push_list(&glob.extra, extra->items);
    glob.may_be_empty = true;
    starlark_globbed(rule, name, &glob);
}

int crate_write_build_script(const struct places *places, size_t variant, struct buf *text,
                             struct error *err)
{
    const struct graph_variant *item = &places->graph->variants[variant];
    const struct cargo_package *package = &places->packages->items[item->package];
    const struct override_settings *settings = &places->settings[item->package];
    const char *const nothing[] = {NULL};
    auto_starlark_rule rule = {.kind = "cargo_build_script"};
    auto_crate_deps normal = CRATE_DEPS_INIT;
    auto_crate_deps build = CRATE_DEPS_INIT;
    auto_free char *name = places_script_target(places, variant);

    if (crate_write(&rule, places, variant, cargo_package_build_script(package), NULL, err) < 0 ||
        crate_deps_add(&normal, places, item->package, &item->edges, CARGO_DEP_NORMAL, err) < 0 ||
        crate_deps_add(&build, places, item->package, &item->edges, CARGO_DEP_BUILD, err) < 0)
        return -1;
    starlark_string(&rule, "name", name);
    crate_write_sources(&rule, package, nothing);
    /* It may read any of them, sources too. */
    crate_write_files(&rule, "data", package, CRATE_FILES_ALL, &settings->data);
    crate_deps_write(&build, &rule);
    starlark_labels(&rule, "link_deps", &normal.link_deps);
    starlark_labels(&rule, "tools", &settings->tools);
    starlark_dict(&rule, "build_script_env", &settings->build_script_env);
    starlark_list(&rule, "discard", &settings->discard);
    if (package->links)
        starlark_string(&rule, "links", package->links);
    starlark_rule_write(&rule, text);
    return 0;
}

void crate_write_heading(struct buf *text, const char *rules, const struct strv *kinds)
{
    auto_free char *file = xasprintf("%s//rules:defs.bzl", rules);

    buf_add_str(text, GENERATED_MARK);
    buf_add_str(text, " Edits are lost, unless this line is taken out.\n\n");
    if (kinds->len > 0) {
        starlark_load(text, file, kinds);
        buf_add_char(text, '\n');
    }
    buf_add_str(text, "package(default_visibility = [\"//visibility:public\"])\n");
}
