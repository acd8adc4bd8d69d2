/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_member.h"

#include <string.h>

#include "base/memory.h"
#include "cargo/generate_crate.h"

const struct member_rule member_rules[MEMBER_RULES] = {
    {"lib", "rust_library", true},
    {"rlib", "rust_library", true},
    {"proc-macro", "rust_proc_macro", true},
    {"dylib", "rust_dylib", true},
    {"cdylib", "rust_shared_library", false},
    {"staticlib", "rust_static_library", false},
    {"bin", "rust_binary", false},
};

const struct cargo_package *member_package(const struct member_file *file)
{
    return &file->places->packages->items[file->package];
}

const struct graph_member *member_node(const struct member_file *file)
{
    return &file->places->graph->members[file->package];
}

size_t member_first_rule(const struct cargo_target *target)
{
    size_t i = 0;

    while (i < MEMBER_RULES - 1 && !strv_contains(&target->crate_types, member_rules[i].crate_type))
        i++;
    return i;
}

static void add_library(const struct member_file *file, size_t variant, struct crate_deps *deps)
{
    const struct cargo_target *library = cargo_package_library(member_package(file));

    if (!library || !member_rules[member_first_rule(library)].is_linked)
        return;
    auto_free char *target = places_target(file->places, variant);
    strv_pushf(library->kind == CARGO_TARGET_PROC_MACRO ? &deps->proc_macros : &deps->deps, ":%s",
               target);
}

/* What the tests of another target have beyond it: dev-dependencies that it hasn't. */
static int only_dev_deps(const struct member_file *file, const struct member_crate *crate,
                         struct crate_deps *ret_deps, struct error *err)
{
    auto_crate_deps own = CRATE_DEPS_INIT;
    auto_crate_deps all = CRATE_DEPS_INIT;

    if (crate_deps_add_variant(&own, file->places, crate->variant, err) < 0 ||
        crate_deps_add(&all, file->places, file->package, &member_node(file)->dev, CARGO_DEP_DEV,
                       err) < 0)
        return -1;
    for (size_t i = 0; i < all.deps.len; i++)
        if (!strv_contains(&own.deps, all.deps.items[i]))
            strv_push(&ret_deps->deps, all.deps.items[i]);
    for (size_t i = 0; i < all.proc_macros.len; i++)
        if (!strv_contains(&own.proc_macros, all.proc_macros.items[i]))
            strv_push(&ret_deps->proc_macros, all.proc_macros.items[i]);
    for (size_t i = 0; i < all.aliases.len; i++)
        if (!strv_contains(&own.aliases, all.aliases.items[i]))
            strv_push(&ret_deps->aliases, all.aliases.items[i]);
    return 0;
}

static int find_deps(const struct member_file *file, const struct member_crate *crate,
                     struct crate_deps *ret_deps, struct error *err)
{
    if (crate->of)
        return only_dev_deps(file, crate, ret_deps, err);
    if (crate_deps_add_variant(ret_deps, file->places, crate->variant, err) < 0)
        return -1;
    if (crate->uses_library)
        add_library(file, crate->variant, ret_deps);
    if (!crate->uses_dev)
        return 0;
    return crate_deps_add(ret_deps, file->places, file->package, &member_node(file)->dev,
                          CARGO_DEP_DEV, err);
}

/* A test finds the programs of its package by variables that are there when it is compiled. */
static void write_test_data(const struct member_file *file, const struct member_crate *crate,
                            struct starlark_rule *rule, struct strv *env)
{
    auto_strv data = STRV_INIT;

    for (size_t i = 0; crate->programs && i < crate->programs->len; i++) {
        const char *program = crate->programs->items[i];
        size_t len = strcspn(program, "=");
        strv_pushf(&data, ":%s", program + len + 1);
        strv_pushf(env, "CARGO_BIN_EXE_%.*s=$(rootpath :%s)", (int)len, program, program + len + 1);
    }
    strv_push_list(&data, file->places->settings[file->package].data.items);
    crate_write_files(rule, "data", member_package(file), CRATE_FILES_ALL, &data);
}

int member_write_crate(struct member_file *file, const struct member_crate *crate,
                       struct error *err)
{
    const struct override_settings *settings = &file->places->settings[file->package];
    bool is_test = strcmp(crate->kind, "rust_test") == 0;
    auto_starlark_rule rule = {.kind = crate->kind};
    auto_crate_deps deps = CRATE_DEPS_INIT;
    auto_strv env = STRV_INIT;
    auto_strv tags = STRV_INIT;

    if (find_deps(file, crate, &deps, err) < 0)
        return -1;
    starlark_string(&rule, "name", crate->name);
    if (is_test)
        write_test_data(file, crate, &rule, &env);
    if (crate_write(&rule, file->places, crate->variant, crate->target, &env, err) < 0)
        return -1;
    if (crate->of) {
        auto_free char *of = xasprintf(":%s", crate->of);
        starlark_string(&rule, "crate", of);
    } else {
        crate_write_sources(&rule, member_package(file), crate->exclude);
        crate_write_files(&rule, "compile_data", member_package(file), CRATE_FILES_OTHER,
                          &settings->data);
    }
    if (is_test && !crate->target->harness)
        starlark_false(&rule, "use_libtest_harness");
    if (crate->is_manual)
        strv_push(&tags, "manual");
    starlark_list(&rule, "tags", &tags);
    crate_deps_write(&deps, &rule);
    strv_push(&file->kinds, crate->kind);
    starlark_rule_write(&rule, &file->text);
    return 0;
}
