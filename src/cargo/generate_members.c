/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_members.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "cargo/generate_crate.h"
#include "cargo/generate_member.h"

/* What is no part of a library or a program, so that changing it builds neither anew. */
static const char *const only_tests[] = {"benches/**", "examples/**", "tests/**", NULL};
static const char *const nothing[] = {NULL};

/* NAME, or NAME__WHAT where a target has that name already. Owned by caller. */
static char *take_name(struct member_file *file, const char *name, const char *what)
{
    char *taken =
        strv_contains(&file->names, name) ? xasprintf("%s__%s", name, what) : xstrdup(name);

    strv_push(&file->names, taken);
    return taken;
}

static bool has_features(const struct member_file *file, const struct cargo_target *target,
                         size_t variant)
{
    const struct strv *features = &file->places->graph->variants[variant].features;

    for (size_t i = 0; i < target->required_features.len; i++)
        if (!strv_contains(features, target->required_features.items[i]))
            return false;
    return true;
}

/* The library of a variant; of that which programs use also its further crate types. */
static int write_library(struct member_file *file, size_t variant, struct error *err)
{
    const struct cargo_target *library = cargo_package_library(member_package(file));
    size_t first = member_first_rule(library);
    auto_free char *target = places_target(file->places, variant);
    struct member_crate crate = {
        .target = library,
        .variant = variant,
        .kind = member_rules[first].kind,
        .name = target,
        .exclude = only_tests,
    };

    strv_push(&file->names, target);
    if (member_write_crate(file, &crate, err) < 0)
        return -1;
    for (size_t i = first + 1; i < MEMBER_RULES && variant == member_node(file)->normal; i++) {
        const char *type = member_rules[i].crate_type;
        if (!strv_contains(&library->crate_types, type) ||
            strcmp(member_rules[i].kind, crate.kind) == 0)
            continue;
        auto_free char *name = xasprintf("%s__%s", target, type);
        struct member_crate further = crate;
        further.kind = member_rules[i].kind;
        further.name = name;
        strv_push(&file->names, name);
        if (member_write_crate(file, &further, err) < 0)
            return -1;
    }
    return 0;
}

static int write_variants(struct member_file *file, struct error *err)
{
    const struct graph *graph = file->places->graph;

    for (unsigned group = 0; group < GRAPH_GROUP_COUNT; group++)
        for (size_t i = 0; i < graph->len; i++) {
            const struct graph_variant *variant = &graph->variants[i];
            if (!variant->wanted || variant->package != file->package || variant->group != group)
                continue;
            if (cargo_package_library(member_package(file)) && write_library(file, i, err) < 0)
                return -1;
            if (!crate_runs_build_script(file->places, i))
                continue;
            strv_push_take(&file->names, places_script_target(file->places, i));
            strv_push(&file->kinds, "cargo_build_script");
            if (crate_write_build_script(file->places, i, &file->text, err) < 0)
                return -1;
        }
    return 0;
}

/* The tests in the source of the target OF, which is NAME but for its variant. */
static int write_unit_test(struct member_file *file, const struct cargo_target *target,
                           const char *name, const char *of, struct error *err)
{
    auto_free char *wanted = xasprintf("%s_unit_test", name);
    auto_free char *taken = take_name(file, wanted, "of_crate");
    bool is_library = target->kind != CARGO_TARGET_BIN;
    struct member_crate crate = {
        .target = target,
        .variant = member_node(file)->test,
        .kind = "rust_test",
        .name = taken,
        /* A library that no crate can depend on is compiled from its source. */
        .of = is_library && !member_rules[member_first_rule(target)].is_linked ? NULL : of,
        .uses_dev = true,
        .exclude = nothing,
    };

    return target->test ? member_write_crate(file, &crate, err) : 0;
}

static int write_library_test(struct member_file *file, struct error *err)
{
    const struct cargo_package *package = member_package(file);
    const struct cargo_target *library = cargo_package_library(package);

    if (!library)
        return 0;
    auto_free char *of = places_target(file->places, member_node(file)->test);
    return write_unit_test(file, library, package->name, of, err);
}

/* A program as it is built, and where tests have it otherwise also as these do. */
static int write_program(struct member_file *file, const struct cargo_target *target,
                         struct error *err)
{
    const struct graph_member *member = member_node(file);
    bool same = member->test == member->normal;
    auto_free char *name = take_name(file, target->name, "bin");
    auto_free char *name_for_tests = same ? xstrdup(name) : xasprintf("%s__test", name);
    struct member_crate crate = {
        .target = target,
        .variant = member->normal,
        .kind = "rust_binary",
        .name = name,
        .uses_library = true,
        .exclude = only_tests,
    };

    if (has_features(file, target, crate.variant) && member_write_crate(file, &crate, err) < 0)
        return -1;
    if (!has_features(file, target, member->test))
        return 0;
    if (!same) {
        crate.variant = member->test;
        crate.name = name_for_tests;
        crate.is_manual = true;
        strv_push(&file->names, name_for_tests);
        if (member_write_crate(file, &crate, err) < 0)
            return -1;
    }
    strv_pushf(&file->programs, "%s=%s", target->name, name_for_tests);
    return write_unit_test(file, target, name, name_for_tests, err);
}

static int write_test(struct member_file *file, const struct cargo_target *target,
                      struct error *err)
{
    auto_free char *name = take_name(file, target->name, "integration_test");
    struct member_crate crate = {
        .target = target,
        .variant = member_node(file)->test,
        .kind = "rust_test",
        .name = name,
        .uses_library = true,
        .uses_dev = true,
        .exclude = nothing,
        .programs = &file->programs,
    };

    return target->test && has_features(file, target, crate.variant)
               ? member_write_crate(file, &crate, err)
               : 0;
}

static int write_example(struct member_file *file, const struct cargo_target *target,
                         struct error *err)
{
    auto_free char *name = take_name(file, target->name, "example");
    struct member_crate crate = {
        .target = target,
        .variant = member_node(file)->test,
        .kind = member_rules[member_first_rule(target)].kind,
        .name = name,
        .uses_library = true,
        .uses_dev = true,
        .is_manual = true,
        .exclude = nothing,
    };

    return has_features(file, target, crate.variant) ? member_write_crate(file, &crate, err) : 0;
}

/* In this order: a program's name goes before a test's, and tests name the programs. */
static const struct {
    enum cargo_target_kind kind;
    int (*write)(struct member_file *file, const struct cargo_target *target, struct error *err);
} writers[] = {
    {CARGO_TARGET_BIN, write_program},
    {CARGO_TARGET_TEST, write_test},
    {CARGO_TARGET_EXAMPLE, write_example},
};

static int write_member(struct member_file *file, struct error *err)
{
    const struct cargo_package *package = member_package(file);

    if (write_variants(file, err) < 0 || write_library_test(file, err) < 0)
        return -1;
    for (size_t k = 0; k < sizeof(writers) / sizeof(writers[0]); k++)
        for (size_t i = 0; i < package->target_len; i++)
            if (package->targets[i].kind == writers[k].kind &&
                writers[k].write(file, &package->targets[i], err) < 0)
                return -1;
    return 0;
}

static int add_member(const struct places *places, size_t index, const char *root,
                      const char *rules, struct output *output, struct error *err)
{
    struct member_file file = {places, index, BUF_INIT, STRV_INIT, STRV_INIT, STRV_INIT};
    int result = write_member(&file, err);

    if (result == 0) {
        auto_free char *dir = path_join(root, places->paths[index]);
        auto_free char *path = path_join(dir, "BUILD.bazel");
        auto_buf text = BUF_INIT;
        crate_write_heading(&text, rules, &file.kinds);
        buf_add(&text, file.text.data, file.text.len);
        output_add_file(output, path, buf_detach(&text));
    }
    buf_release(&file.text);
    strv_release(&file.kinds);
    strv_release(&file.names);
    strv_release(&file.programs);
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
