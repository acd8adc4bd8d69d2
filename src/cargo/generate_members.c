/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_members.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "cargo/generate_crate.h"

/* What is no part of a library or a program, so that changing it builds neither anew. */
static const char *const only_tests[] = {"benches/**", "examples/**", "tests/**", NULL};
static const char *const nothing[] = {NULL};

/* The rule for a crate type. The first that a library has is the one that others depend on. */
static const struct {
    const char *crate_type;
    const char *kind;
    bool is_linked; /* whether other crates can depend on it */
} rules_of_types[] = {
    {"lib", "rust_library", true},
    {"rlib", "rust_library", true},
    {"proc-macro", "rust_proc_macro", true},
    {"dylib", "rust_dylib", true},
    {"cdylib", "rust_shared_library", false},
    {"staticlib", "rust_static_library", false},
    {"bin", "rust_binary", false},
};

#define TYPE_COUNT (sizeof(rules_of_types) / sizeof(rules_of_types[0]))

/* A build file that is being written. */
struct writer {
    const struct places *places;
    size_t package;
    struct buf text;
    struct strv kinds;    /* of rules that are used */
    struct strv names;    /* of targets */
    struct strv programs; /* NAME=TARGET, of what tests may run */
};

static const struct cargo_package *package_of(const struct writer *writer)
{
    return &writer->places->packages->items[writer->package];
}

static const struct graph_member *member_of(const struct writer *writer)
{
    return &writer->places->graph->members[writer->package];
}

/* NAME, or NAME__WHAT where a target has that name already. Owned by caller. */
static char *take_name(struct writer *writer, const char *name, const char *what)
{
    char *taken =
        strv_contains(&writer->names, name) ? xasprintf("%s__%s", name, what) : xstrdup(name);

    strv_push(&writer->names, taken);
    return taken;
}

/* The first rule that the target's crate types have, by the table's order. */
static size_t first_type(const struct cargo_target *target)
{
    size_t i = 0;

    while (i < TYPE_COUNT - 1 && !strv_contains(&target->crate_types, rules_of_types[i].crate_type))
        i++;
    return i;
}

static bool has_features(const struct writer *writer, const struct cargo_target *target,
                         size_t variant)
{
    const struct strv *features = &writer->places->graph->variants[variant].features;

    for (size_t i = 0; i < target->required_features.len; i++)
        if (!strv_contains(features, target->required_features.items[i]))
            return false;
    return true;
}

/* One crate of the package. */
struct crate {
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

static void add_library(const struct writer *writer, size_t variant, struct crate_deps *deps)
{
    const struct cargo_target *library = cargo_package_library(package_of(writer));

    if (!library || !rules_of_types[first_type(library)].is_linked)
        return;
    auto_free char *target = places_target(writer->places, variant);
    strv_pushf(library->kind == CARGO_TARGET_PROC_MACRO ? &deps->proc_macros : &deps->deps, ":%s",
               target);
}

/* What the tests of another target have beyond it: dev-dependencies that it hasn't. */
static int only_dev_deps(const struct writer *writer, const struct crate *crate,
                         struct crate_deps *ret_deps, struct error *err)
{
    auto_crate_deps own = CRATE_DEPS_INIT;
    auto_crate_deps all = CRATE_DEPS_INIT;

    if (crate_deps_add_variant(&own, writer->places, crate->variant, err) < 0 ||
        crate_deps_add(&all, writer->places, writer->package, &member_of(writer)->dev,
                       CARGO_DEP_DEV, err) < 0)
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

static int find_deps(const struct writer *writer, const struct crate *crate,
                     struct crate_deps *ret_deps, struct error *err)
{
    if (crate->of)
        return only_dev_deps(writer, crate, ret_deps, err);
    if (crate_deps_add_variant(ret_deps, writer->places, crate->variant, err) < 0)
        return -1;
    if (crate->uses_library)
        add_library(writer, crate->variant, ret_deps);
    if (!crate->uses_dev)
        return 0;
    return crate_deps_add(ret_deps, writer->places, writer->package, &member_of(writer)->dev,
                          CARGO_DEP_DEV, err);
}

/* A test finds the programs of its package by variables that are there when it is compiled. */
static void write_test_data(const struct writer *writer, const struct crate *crate,
                            struct starlark_rule *rule, struct strv *env)
{
    auto_strv data = STRV_INIT;

    for (size_t i = 0; crate->programs && i < crate->programs->len; i++) {
        const char *program = crate->programs->items[i];
        size_t len = strcspn(program, "=");
        strv_pushf(&data, ":%s", program + len + 1);
        strv_pushf(env, "CARGO_BIN_EXE_%.*s=$(rootpath :%s)", (int)len, program, program + len + 1);
    }
    strv_push_list(&data, writer->places->settings[writer->package].data.items);
    crate_write_files(rule, "data", package_of(writer), CRATE_FILES_ALL, &data);
}

static int write_crate(struct writer *writer, const struct crate *crate, struct error *err)
{
    const struct override_settings *settings = &writer->places->settings[writer->package];
    bool is_test = strcmp(crate->kind, "rust_test") == 0;
    auto_starlark_rule rule = {.kind = crate->kind};
    auto_crate_deps deps = CRATE_DEPS_INIT;
    auto_strv env = STRV_INIT;
    auto_strv tags = STRV_INIT;

    if (find_deps(writer, crate, &deps, err) < 0)
        return -1;
    starlark_string(&rule, "name", crate->name);
    if (is_test)
        write_test_data(writer, crate, &rule, &env);
    if (crate_write(&rule, writer->places, crate->variant, crate->target, &env, err) < 0)
        return -1;
    if (crate->of) {
        auto_free char *of = xasprintf(":%s", crate->of);
        starlark_string(&rule, "crate", of);
    } else {
        crate_write_sources(&rule, package_of(writer), crate->exclude);
        crate_write_files(&rule, "compile_data", package_of(writer), CRATE_FILES_OTHER,
                          &settings->data);
    }
    if (is_test && !crate->target->harness)
        starlark_false(&rule, "use_libtest_harness");
    if (crate->is_manual)
        strv_push(&tags, "manual");
    starlark_list(&rule, "tags", &tags);
    crate_deps_write(&deps, &rule);
    strv_push(&writer->kinds, crate->kind);
    starlark_rule_write(&rule, &writer->text);
    return 0;
}

/* The library of a variant; of that which programs use also its further crate types. */
static int write_library(struct writer *writer, size_t variant, struct error *err)
{
    const struct cargo_target *library = cargo_package_library(package_of(writer));
    size_t first = first_type(library);
    auto_free char *target = places_target(writer->places, variant);
    struct crate crate = {
        .target = library,
        .variant = variant,
        .kind = rules_of_types[first].kind,
        .name = target,
        .exclude = only_tests,
    };

    strv_push(&writer->names, target);
    if (write_crate(writer, &crate, err) < 0)
        return -1;
    for (size_t i = first + 1; i < TYPE_COUNT && variant == member_of(writer)->normal; i++) {
        const char *type = rules_of_types[i].crate_type;
        if (!strv_contains(&library->crate_types, type) ||
            strcmp(rules_of_types[i].kind, crate.kind) == 0)
            continue;
        auto_free char *name = xasprintf("%s__%s", target, type);
        struct crate further = crate;
        further.kind = rules_of_types[i].kind;
        further.name = name;
        strv_push(&writer->names, name);
        if (write_crate(writer, &further, err) < 0)
            return -1;
    }
    return 0;
}

static int write_variants(struct writer *writer, struct error *err)
{
    const struct graph *graph = writer->places->graph;

    for (unsigned group = 0; group < GRAPH_GROUP_COUNT; group++)
        for (size_t i = 0; i < graph->len; i++) {
            const struct graph_variant *variant = &graph->variants[i];
            if (!variant->wanted || variant->package != writer->package || variant->group != group)
                continue;
            if (cargo_package_library(package_of(writer)) && write_library(writer, i, err) < 0)
                return -1;
            if (!crate_runs_build_script(writer->places, i))
                continue;
            strv_push_take(&writer->names, places_script_target(writer->places, i));
            strv_push(&writer->kinds, "cargo_build_script");
            if (crate_write_build_script(writer->places, i, &writer->text, err) < 0)
                return -1;
        }
    return 0;
}

/* The tests in the source of the target OF, which is NAME but for its variant. */
static int write_unit_test(struct writer *writer, const struct cargo_target *target,
                           const char *name, const char *of, struct error *err)
{
    auto_free char *wanted = xasprintf("%s_unit_test", name);
    auto_free char *taken = take_name(writer, wanted, "of_crate");
    bool is_library = target->kind != CARGO_TARGET_BIN;
    struct crate crate = {
        .target = target,
        .variant = member_of(writer)->test,
        .kind = "rust_test",
        .name = taken,
        /* A library that no crate can depend on is compiled from its source. */
        .of = is_library && !rules_of_types[first_type(target)].is_linked ? NULL : of,
        .uses_dev = true,
        .exclude = nothing,
    };

    return target->test ? write_crate(writer, &crate, err) : 0;
}

static int write_library_test(struct writer *writer, struct error *err)
{
    const struct cargo_package *package = package_of(writer);
    const struct cargo_target *library = cargo_package_library(package);

    if (!library)
        return 0;
    auto_free char *of = places_target(writer->places, member_of(writer)->test);
    return write_unit_test(writer, library, package->name, of, err);
}

/* A program as it is built, and where tests have it otherwise also as these do. */
static int write_program(struct writer *writer, const struct cargo_target *target,
                         struct error *err)
{
    const struct graph_member *member = member_of(writer);
    bool same = member->test == member->normal;
    auto_free char *name = take_name(writer, target->name, "bin");
    auto_free char *name_for_tests = same ? xstrdup(name) : xasprintf("%s__test", name);
    struct crate crate = {
        .target = target,
        .variant = member->normal,
        .kind = "rust_binary",
        .name = name,
        .uses_library = true,
        .exclude = only_tests,
    };

    if (has_features(writer, target, crate.variant) && write_crate(writer, &crate, err) < 0)
        return -1;
    if (!has_features(writer, target, member->test))
        return 0;
    if (!same) {
        crate.variant = member->test;
        crate.name = name_for_tests;
        crate.is_manual = true;
        strv_push(&writer->names, name_for_tests);
        if (write_crate(writer, &crate, err) < 0)
            return -1;
    }
    strv_pushf(&writer->programs, "%s=%s", target->name, name_for_tests);
    return write_unit_test(writer, target, name, name_for_tests, err);
}

static int write_test(struct writer *writer, const struct cargo_target *target, struct error *err)
{
    auto_free char *name = take_name(writer, target->name, "integration_test");
    struct crate crate = {
        .target = target,
        .variant = member_of(writer)->test,
        .kind = "rust_test",
        .name = name,
        .uses_library = true,
        .uses_dev = true,
        .exclude = nothing,
        .programs = &writer->programs,
    };

    return target->test && has_features(writer, target, crate.variant)
               ? write_crate(writer, &crate, err)
               : 0;
}

static int write_example(struct writer *writer, const struct cargo_target *target,
                         struct error *err)
{
    auto_free char *name = take_name(writer, target->name, "example");
    struct crate crate = {
        .target = target,
        .variant = member_of(writer)->test,
        .kind = rules_of_types[first_type(target)].kind,
        .name = name,
        .uses_library = true,
        .uses_dev = true,
        .is_manual = true,
        .exclude = nothing,
    };

    return has_features(writer, target, crate.variant) ? write_crate(writer, &crate, err) : 0;
}

/* In this order: a program's name goes before a test's, and tests name the programs. */
static const struct {
    enum cargo_target_kind kind;
    int (*write)(struct writer *writer, const struct cargo_target *target, struct error *err);
} writers[] = {
    {CARGO_TARGET_BIN, write_program},
    {CARGO_TARGET_TEST, write_test},
    {CARGO_TARGET_EXAMPLE, write_example},
};

static int write_member(struct writer *writer, struct error *err)
{
    const struct cargo_package *package = package_of(writer);

    if (write_variants(writer, err) < 0 || write_library_test(writer, err) < 0)
        return -1;
    for (size_t k = 0; k < sizeof(writers) / sizeof(writers[0]); k++)
        for (size_t i = 0; i < package->target_len; i++)
            if (package->targets[i].kind == writers[k].kind &&
                writers[k].write(writer, &package->targets[i], err) < 0)
                return -1;
    return 0;
}

static int add_member(const struct places *places, size_t index, const char *root,
                      const char *rules, struct output *output, struct error *err)
{
    struct writer writer = {places, index, BUF_INIT, STRV_INIT, STRV_INIT, STRV_INIT};
    int result = write_member(&writer, err);

    if (result == 0) {
        auto_free char *dir = path_join(root, places->paths[index]);
        auto_free char *path = path_join(dir, "BUILD.bazel");
        auto_buf text = BUF_INIT;
        crate_write_heading(&text, rules, &writer.kinds);
        buf_add(&text, writer.text.data, writer.text.len);
        output_add_file(output, path, buf_detach(&text));
    }
    buf_release(&writer.text);
    strv_release(&writer.kinds);
    strv_release(&writer.names);
    strv_release(&writer.programs);
    return result;
}

int members_add(const struct places *places, const char *root, const char *rules,
                struct output *output, struct error *err)
{
    for (size_t i = 0; i < places->packages->len; i++) {
        if (!places->packages->items[i].is_member)
            continue;
        if (strcmp(places->paths[i], places->dir) == 0)
            return error_set(err, ERROR_FAILURE,
                             "foreign crates and the member %s can't share one build file; give "
                             "another -o",
                             places->packages->items[i].name);
        if (add_member(places, i, root, rules, output, err) < 0)
            return -1;
    }
    return 0;
}
