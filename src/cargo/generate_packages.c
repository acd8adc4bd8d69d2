/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_packages.h"

#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/path.h"

/* Cargo's words for the kinds of targets. All crate types of a library are libraries. */
static const struct {
    const char *word;
    enum cargo_target_kind kind;
} kinds[] = {
    {"lib", CARGO_TARGET_LIB},
    {"rlib", CARGO_TARGET_LIB},
    {"dylib", CARGO_TARGET_LIB},
    {"cdylib", CARGO_TARGET_LIB},
    {"staticlib", CARGO_TARGET_LIB},
    {"proc-macro", CARGO_TARGET_PROC_MACRO},
    {"bin", CARGO_TARGET_BIN},
    {"test", CARGO_TARGET_TEST},
    {"example", CARGO_TARGET_EXAMPLE},
    {"bench", CARGO_TARGET_BENCH},
    {"custom-build", CARGO_TARGET_BUILD_SCRIPT},
};

/* What Cargo tells rustc about a package besides its name and version; "" where nothing is said. */
static const struct {
    const char *variable;
    const char *key;
} env_keys[] = {
    {"CARGO_PKG_DESCRIPTION", "description"},
    {"CARGO_PKG_HOMEPAGE", "homepage"},
    {"CARGO_PKG_LICENSE", "license"},
    {"CARGO_PKG_LICENSE_FILE", "license_file"},
    {"CARGO_PKG_README", "readme"},
    {"CARGO_PKG_REPOSITORY", "repository"},
    {"CARGO_PKG_RUST_VERSION", "rust_version"},
};

static void release_target(struct cargo_target *target)
{
    free(target->name);
    free(target->root);
    free(target->edition);
    strv_release(&target->crate_types);
    strv_release(&target->required_features);
}

static void release_package(struct cargo_package *package)
{
    for (size_t i = 0; i < package->target_len; i++)
        release_target(&package->targets[i]);
    for (size_t i = 0; i < package->dep_name_len; i++) {
        free(package->dep_names[i].package_id);
        free(package->dep_names[i].name);
    }
    free(package->targets);
    free(package->dep_names);
    free(package->id);
    free(package->name);
    free(package->version);
    free(package->source);
    free(package->manifest);
    free(package->dir);
    free(package->links);
    strv_release(&package->env);
    json_decref(package->metadata);
}

void cargo_packages_release(struct cargo_packages *packages)
{
    for (size_t i = 0; i < packages->len; i++)
        release_package(&packages->items[i]);
    free(packages->items);
    free(packages->workspace_root);
    json_decref(packages->metadata);
    *packages = (struct cargo_packages)CARGO_PACKAGES_INIT;
}

/* The string at KEY; with RET NULL on failure. */
static int take_string(const json_t *json, const char *key, char **ret, struct error *err)
{
    const char *text = json_string_value(json_object_get(json, key));

    if (!text)
        return error_set(err, ERROR_REFUSED, "cargo metadata gave no \"%s\" where one belongs",
                         key);
    *ret = xstrdup(text);
    return 0;
}

static char *optional_string(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text ? xstrdup(text) : NULL;
}

static void take_strings(const json_t *list, struct strv *strings)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item) if (json_is_string(item))
        strv_push(strings, json_string_value(item));
}

static int parse_kind(const json_t *json, enum cargo_target_kind *ret_kind, struct error *err)
{
    const char *word = json_string_value(json_array_get(json_object_get(json, "kind"), 0));

    for (size_t i = 0; word && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(word, kinds[i].word) == 0) {
            *ret_kind = kinds[i].kind;
            return 0;
        }
    return error_set(err, ERROR_REFUSED, "a target of kind %s, which cleave doesn't know",
                     word ? word : "(none)");
}

static int parse_target(const json_t *json, const struct cargo_package *package,
                        struct cargo_target *target, struct error *err)
{
    const char *source = json_string_value(json_object_get(json, "src_path"));

    target->test = json_is_true(json_object_get(json, "test"));
    target->harness = true;
    target->crate_types = target->required_features = (struct strv)STRV_INIT;
    if (parse_kind(json, &target->kind, err) < 0 ||
        take_string(json, "name", &target->name, err) < 0 ||
        take_string(json, "edition", &target->edition, err) < 0)
        return -1;
    const char *root = source ? path_below(source, package->dir) : NULL;
    target->root = root && path_is_inside(root) ? xstrdup(root) : NULL;
    take_strings(json_object_get(json, "crate_types"), &target->crate_types);
    take_strings(json_object_get(json, "required-features"), &target->required_features);
    return 0;
}

static int parse_targets(const json_t *list, struct cargo_package *package, struct error *err)
{
    size_t i;
    json_t *item;

    package->targets = xcalloc(json_array_size(list) + 1, sizeof(*package->targets));
    json_array_foreach(list, i, item)
    {
        if (parse_target(item, package, &package->targets[package->target_len++], err) < 0)
            return -1;
    }
    return 0;
}

static void parse_env(const json_t *json, struct cargo_package *package)
{
    auto_buf authors = BUF_INIT;
    size_t i;
    json_t *item;

    json_array_foreach(json_object_get(json, "authors"), i, item)
        buf_addf(&authors, "%s%s", i ? ":" : "", json_string_value(item));
    strv_pushf(&package->env, "CARGO_PKG_AUTHORS=%s", authors.data);
    for (i = 0; i < sizeof(env_keys) / sizeof(env_keys[0]); i++) {
        const char *value = json_string_value(json_object_get(json, env_keys[i].key));
        strv_pushf(&package->env, "%s=%s", env_keys[i].variable, value ? value : "");
    }
}

static int parse_package(const json_t *json, struct cargo_package *package, struct error *err)
{
    package->env = (struct strv)STRV_INIT;
    if (take_string(json, "id", &package->id, err) < 0 ||
        take_string(json, "name", &package->name, err) < 0 ||
        take_string(json, "version", &package->version, err) < 0 ||
        take_string(json, "manifest_path", &package->manifest, err) < 0)
        return -1;
    package->dir = path_dirname(package->manifest);
    package->source = optional_string(json, "source");
    package->links = optional_string(json, "links");
    package->metadata = json_incref(json_object_get(json, "metadata"));
    parse_env(json, package);
    if (parse_targets(json_object_get(json, "targets"), package, err) < 0)
        return error_prefix(err, "%s %s", package->name, package->version);
    return 0;
}

static struct cargo_package *find_id(const struct cargo_packages *packages, const char *id)
{
    for (size_t i = 0; id && i < packages->len; i++)
        if (strcmp(packages->items[i].id, id) == 0)
            return &packages->items[i];
    return NULL;
}

static int parse_members(const json_t *list, struct cargo_packages *packages, struct error *err)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        struct cargo_package *package = find_id(packages, json_string_value(item));
        if (!package)
            return error_set(err, ERROR_REFUSED,
                             "cargo metadata names a member %s that is not among its packages",
                             json_string_value(item));
        package->is_member = true;
    }
    return 0;
}

static void parse_dep_names(const json_t *list, struct cargo_package *package)
{
    size_t i;
    json_t *item;

    package->dep_names = xcalloc(json_array_size(list) + 1, sizeof(*package->dep_names));
    json_array_foreach(list, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "pkg"));
        const char *name = json_string_value(json_object_get(item, "name"));
        if (id && name)
            package->dep_names[package->dep_name_len++] =
                (struct cargo_dep_name){xstrdup(id), xstrdup(name)};
    }
}

static void parse_resolve(const json_t *nodes, struct cargo_packages *packages)
{
    size_t i;
    json_t *node;

    json_array_foreach(nodes, i, node)
    {
        struct cargo_package *package =
            find_id(packages, json_string_value(json_object_get(node, "id")));
        if (package && !package->dep_names)
            parse_dep_names(json_object_get(node, "deps"), package);
    }
}

static int compare_packages(const void *left, const void *right)
{
    const struct cargo_package *a = left;
    const struct cargo_package *b = right;
    int order = strcmp(a->name, b->name);

    if (order == 0)
        order = strcmp(a->version, b->version);
    return order ? order : strcmp(a->id, b->id);
}

static int parse_root(const json_t *root, struct cargo_packages *packages, struct error *err)
{
    const json_t *list = json_object_get(root, "packages");
    size_t i;
    json_t *item;

    if (take_string(root, "workspace_root", &packages->workspace_root, err) < 0)
        return -1;
    packages->metadata = json_incref(json_object_get(root, "metadata"));
    packages->items = xcalloc(json_array_size(list) + 1, sizeof(*packages->items));
    json_array_foreach(list, i, item)
    {
        if (parse_package(item, &packages->items[packages->len++], err) < 0)
            return -1;
    }
    qsort(packages->items, packages->len, sizeof(*packages->items), compare_packages);
    parse_resolve(json_object_get(json_object_get(root, "resolve"), "nodes"), packages);
    return parse_members(json_object_get(root, "workspace_members"), packages, err);
}

int cargo_packages_parse(const char *text, size_t len, struct cargo_packages *ret_packages,
                         struct error *err)
{
    auto_cargo_packages packages = CARGO_PACKAGES_INIT;
    json_error_t json_error;
    json_t *root = json_loadb(text, len, 0, &json_error);

    if (!root)
        return error_set(err, ERROR_REFUSED, "cargo metadata printed no JSON: %s", json_error.text);
    int result = parse_root(root, &packages, err);
    json_decref(root);
    if (result < 0)
        return -1;
    *ret_packages = packages;
    packages = (struct cargo_packages)CARGO_PACKAGES_INIT;
    return 0;
}

/* Whether the parentheses that `cargo tree` prints after the version say where PACKAGE is from. */
static bool is_from(const struct cargo_package *package, const char *parentheses)
{
    auto_free char *place = xasprintf("(%s)", package->dir);

    if (!package->source)
        return strstr(parentheses, place) != NULL;
    const char *url = after_prefix(package->source, "git+");
    if (!url)
        return !strstr(parentheses, "://") && !strstr(parentheses, "(/");
    /* The tree shortens the commit. */
    const char *commit = strrchr(url, '#');
    size_t url_len = commit ? (size_t)(commit - url) : strlen(url);
    const char *hit = strstr(parentheses, "(");
    for (; hit; hit = strstr(hit + 1, "(")) {
        const char *rest = hit + 1 + url_len;
        if (strncmp(hit + 1, url, url_len) == 0 && *rest == '#' && commit &&
            strncmp(rest, commit, strcspn(rest, ")")) == 0)
            return true;
    }
    return false;
}

int cargo_packages_find(const struct cargo_packages *packages, const char *text, size_t *ret_index,
                        struct error *err)
{
    size_t name_len = strcspn(text, " ");
    const char *version = has_prefix(text + name_len, " v") ? text + name_len + 2 : "";
    size_t version_len = strcspn(version, " ");
    size_t hits = 0, index = 0, hits_from = 0, index_from = 0;

    for (size_t i = 0; i < packages->len; i++) {
        const struct cargo_package *package = &packages->items[i];
        if (strlen(package->name) != name_len || strncmp(package->name, text, name_len) != 0 ||
            strlen(package->version) != version_len ||
            strncmp(package->version, version, version_len) != 0)
            continue;
        hits++;
        index = i;
        if (is_from(package, version + version_len)) {
            hits_from++;
            index_from = i;
        }
    }
    if (hits == 0)
        return error_set(err, ERROR_REFUSED,
                         "cargo tree names a package that cargo metadata doesn't know: %s", text);
    if (hits > 1 && hits_from != 1)
        return error_set(err, ERROR_REFUSED,
                         "cargo tree's %s may be any of %zu packages of cargo metadata", text,
                         hits);
    *ret_index = hits == 1 ? index : index_from;
    return 0;
}

static const struct cargo_target *find_kind(const struct cargo_package *package,
                                            enum cargo_target_kind kind)
{
    for (size_t i = 0; i < package->target_len; i++)
        if (package->targets[i].kind == kind)
            return &package->targets[i];
    return NULL;
}

const struct cargo_target *cargo_package_library(const struct cargo_package *package)
{
    const struct cargo_target *library = find_kind(package, CARGO_TARGET_LIB);

    return library ? library : find_kind(package, CARGO_TARGET_PROC_MACRO);
}

bool cargo_package_is_proc_macro(const struct cargo_package *package)
{
    return find_kind(package, CARGO_TARGET_PROC_MACRO) != NULL;
}

const struct cargo_target *cargo_package_build_script(const struct cargo_package *package)
{
    return find_kind(package, CARGO_TARGET_BUILD_SCRIPT);
}

const char *cargo_package_dep_name(const struct cargo_package *package,
                                   const struct cargo_package *other)
{
    for (size_t i = 0; i < package->dep_name_len; i++)
        if (strcmp(package->dep_names[i].package_id, other->id) == 0)
            return package->dep_names[i].name;
    return NULL;
}

char *cargo_package_label(const struct cargo_package *package)
{
    return xasprintf("%s %s", package->name, package->version);
}
