/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate.h"

#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "cargo/generate_cargo.h"
#include "cargo/generate_foreign.h"
#include "cargo/generate_graph.h"
#include "cargo/generate_manifest.h"
#include "cargo/generate_members.h"
#include "cargo/generate_output.h"
#include "cargo/generate_overrides.h"
#include "cargo/generate_places.h"

/* One of these marks the root of a Bazel workspace. */
static const char *const root_files[] = {
    "MODULE.bazel",
    "WORKSPACE.bazel",
    "WORKSPACE",
    "REPO.bazel",
};

static char *absolute(const char *path, const char *cwd)
{
    auto_free char *joined = path_join(cwd, path);

    return path_clean(joined);
}

/* A path that need not exist, as the file system spells that of its nearest folder that does. */
static char *canonical(const char *path)
{
    if (fs_exists(path) || strcmp(path, "/") == 0)
        return fs_canonical(path);
    auto_free char *parent = path_dirname(path);
    auto_free char *known = canonical(parent);
    return path_join(known, path_basename(path));
}

/* The folder above DIR, or DIR itself, that is a Bazel workspace; NULL if none is. */
static char *find_root(const char *dir)
{
    for (size_t i = 0; i < sizeof(root_files) / sizeof(root_files[0]); i++) {
        auto_free char *path = path_join(dir, root_files[i]);
        if (fs_is_file(path))
            return xstrdup(dir);
    }
    if (strcmp(dir, "/") == 0)
        return NULL;
    auto_free char *parent = path_dirname(dir);
    return find_root(parent);
}

/* All that is asked of Cargo and of the manifests. */
struct input {
    struct cargo_packages packages;
    struct cargo_tree normal;
    struct cargo_tree test;
    struct override_settings *settings;
};

static void input_release(struct input *input)
{
    for (size_t i = 0; input->settings && i < input->packages.len; i++)
        override_settings_release(&input->settings[i]);
    free(input->settings);
    cargo_packages_release(&input->packages);
    cargo_tree_release(&input->normal);
    cargo_tree_release(&input->test);
}

#define auto_input __attribute__((cleanup(input_release))) struct input

static int check_settings(const struct cargo_package *package,
                          const struct override_settings *settings, struct error *err)
{
    if (settings->build_script == OVERRIDE_YES && !cargo_package_build_script(package))
        return error_set(err, ERROR_FAILURE,
                         "build_script = true is said of %s %s, which has no build script",
                         package->name, package->version);
    if (package->is_member && settings->patches.len > 0)
        return error_set(err, ERROR_FAILURE,
                         "patches are said of %s, a member of the workspace; change its source",
                         package->name);
    if (package->is_member && settings->replace)
        return error_set(err, ERROR_FAILURE,
                         "replace is said of %s, a member of the workspace; edit its build file",
                         package->name);
    return 0;
}

static int read_settings(struct input *input, const char *triple, struct error *err)
{
    auto_overrides overrides = OVERRIDES_INIT;
    const struct cargo_packages *packages = &input->packages;

    input->settings = xcalloc(packages->len + 1, sizeof(*input->settings));
    for (size_t i = 0; i < packages->len; i++)
        input->settings[i] = (struct override_settings)OVERRIDE_SETTINGS_INIT;
    if (overrides_read(packages, &overrides, err) < 0)
        return -1;
    for (size_t i = 0; i < packages->len; i++)
        if (overrides_apply(&overrides, &packages->items[i], triple, &input->settings[i], err) <
                0 ||
            check_settings(&packages->items[i], &input->settings[i], err) < 0)
            return -1;
    return overrides_check_used(&overrides, err);
}

static int read_input(const struct generate_request *request, const char *manifest,
                      struct input *input, struct error *err)
{
    auto_free char *host = NULL;

    if (cargo_host(manifest, &host, err) < 0)
        return -1;
    const char *triple = request->triple ? request->triple : host;
    if (cargo_read_packages(manifest, host, triple, &input->packages, err) < 0 ||
        cargo_manifests_apply(&input->packages, err) < 0 || read_settings(input, triple, err) < 0 ||
        cargo_read_tree(manifest, triple, "normal,build", &input->normal, err) < 0)
        return -1;
    return cargo_read_tree(manifest, triple, "normal,build,dev", &input->test, err);
}

static int plan(const struct generate_request *request, struct output *output, struct error *err)
{
    auto_input input = {.packages = CARGO_PACKAGES_INIT};
    auto_graph graph = GRAPH_INIT;
    struct places places = {0};
    auto_free char *cwd = NULL;

    if (fs_getcwd(&cwd, err) < 0)
        return -1;
    auto_free char *manifest = absolute(request->manifest, cwd);
    auto_free char *dir_given = absolute(request->dir, cwd);
    auto_free char *dir = canonical(dir_given);
    auto_free char *root = find_root(dir);
    if (!root)
        return error_set(
            err, ERROR_FAILURE,
            "%s is in no Bazel workspace; make a MODULE.bazel or WORKSPACE in its root", dir);
    if (read_input(request, manifest, &input, err) < 0 ||
        graph_build(&input.packages, input.settings, &input.normal, &input.test, &graph, err) < 0 ||
        places_find(&input.packages, input.settings, &graph, root, path_below(dir, root),
                    request->members, &places, err) < 0)
        return -1;
    int result = foreign_add(&places, root, request->rules, output, err);
    if (result == 0 && request->members)
        result = members_add(&places, root, request->rules, output, err);
    places_release(&places);
    return result;
}

int generate_write(const struct generate_request *request, struct strv *ret_taken,
                   struct error *err)
{
    auto_output output = OUTPUT_INIT;

    return plan(request, &output, err) < 0 ? -1 : output_write(&output, ret_taken, err);
}

int generate_check(const struct generate_request *request, struct strv *ret_stale,
                   struct strv *ret_taken, struct error *err)
{
    auto_output output = OUTPUT_INIT;

    return plan(request, &output, err) < 0 ? -1 : output_check(&output, ret_stale, ret_taken, err);
}
