/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_places.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "base/path.h"

#define SOURCE_DIGITS 8 /* of the digest that tells two sources of one version apart */

static void free_strings(char **strings, size_t len)
{
    for (size_t i = 0; strings && i < len; i++)
        free(strings[i]);
    free(strings);
}

void places_release(struct places *places)
{
    size_t len = places->packages ? places->packages->len : 0;

    free_strings(places->paths, len);
    free_strings(places->aliases, len);
    *places = (struct places){0};
}

static bool has_twin(const struct cargo_packages *packages, size_t index)
{
    const struct cargo_package *package = &packages->items[index];

    for (size_t i = 0; i < packages->len; i++) {
        const struct cargo_package *other = &packages->items[i];
        if (i != index && !other->is_member && strcmp(other->name, package->name) == 0 &&
            strcmp(other->version, package->version) == 0)
            return true;
    }
    return false;
}

/* The name of a foreign crate's folder. */
static char *vendor_name(const struct cargo_packages *packages, size_t index)
{
    const struct cargo_package *package = &packages->items[index];
    char hex[DIGEST_HEX_SIZE];
    struct digest digest;

    if (!has_twin(packages, index))
        return xasprintf("%s-%s", package->name, package->version);
    const char *below = path_below(package->dir, packages->workspace_root);
    const char *source = package->source ? package->source : below ? below : package->dir;
    digest_of(source, strlen(source), &digest);
    return xasprintf("%s-%s-%.*s", package->name, package->version, SOURCE_DIGITS,
                     digest_hex(&digest, hex));
}

static int find_paths(struct places *places, const char *root, struct error *err)
{
    for (size_t i = 0; i < places->packages->len; i++) {
        const struct cargo_package *package = &places->packages->items[i];
        if (!package->is_member) {
            auto_free char *vendor = path_join(places->dir, "vendor");
            auto_free char *name = vendor_name(places->packages, i);
            places->paths[i] = path_join(vendor, name);
            continue;
        }
        if (!places->members)
            continue;
        const char *below = path_below(package->dir, root);
        if (!below)
            return error_set(err, ERROR_FAILURE,
                             "the member %s lies in %s, outside of the Bazel workspace %s",
                             package->name, package->dir, root);
        places->paths[i] = xstrdup(below);
    }
    return 0;
}

static void mark_direct(const struct places *places, size_t variant, bool *direct)
{
    size_t package = places->graph->variants[variant].package;

    if (!places->packages->items[package].is_member)
        direct[package] = true;
}

/* Sets DIRECT of each foreign package that a member depends on. */
static void find_direct(const struct places *places, bool *direct)
{
    const struct graph *graph = places->graph;

    for (size_t i = 0; i < graph->len; i++) {
        const struct graph_variant *variant = &graph->variants[i];
        if (!variant->wanted || !places->packages->items[variant->package].is_member)
            continue;
        for (size_t k = 0; k < variant->edges.len; k++)
            mark_direct(places, variant->edges.items[k].variant, direct);
    }
    for (size_t i = 0; i < graph->package_len; i++)
        for (size_t k = 0; k < graph->members[i].dev.len; k++)
            mark_direct(places, graph->members[i].dev.items[k].variant, direct);
}

/* "1.2" of "1.2.3", or all of it if another direct version is 1.2.* too. */
static char *versioned_alias(const struct cargo_packages *packages, size_t index,
                             const bool *direct)
{
    const struct cargo_package *package = &packages->items[index];
    size_t len = strcspn(package->version, ".");

    len += package->version[len] ? 1 + strcspn(package->version + len + 1, ".") : 0;
    for (size_t i = 0; i < packages->len; i++) {
        const struct cargo_package *other = &packages->items[i];
        if (i != index && direct[i] && strcmp(other->name, package->name) == 0 &&
            strncmp(other->version, package->version, len) == 0 &&
            (other->version[len] == '.' || !other->version[len]))
            return vendor_name(packages, index);
    }
    return xasprintf("%s-%.*s", package->name, (int)len, package->version);
}

static void find_aliases(struct places *places)
{
    const struct cargo_packages *packages = places->packages;
    auto_free bool *direct = xcalloc(packages->len + 1, sizeof(*direct));

    find_direct(places, direct);
    for (size_t i = 0; i < packages->len; i++) {
        bool several = false;
        if (!direct[i])
            continue;
        for (size_t k = 0; k < packages->len && !several; k++)
            several = k != i && direct[k] &&
                      strcmp(packages->items[k].name, packages->items[i].name) == 0;
        places->aliases[i] =
            several ? versioned_alias(packages, i, direct) : xstrdup(packages->items[i].name);
    }
}

int places_find(const struct cargo_packages *packages, const struct override_settings *settings,
                const struct graph *graph, const char *root, const char *dir, bool members,
                struct places *ret_places, struct error *err)
{
    struct places places = {packages, settings, graph, dir, members, NULL, NULL};

    places.paths = xcalloc(packages->len + 1, sizeof(*places.paths));
    places.aliases = xcalloc(packages->len + 1, sizeof(*places.aliases));
    if (find_paths(&places, root, err) < 0) {
        places_release(&places);
        return -1;
    }
    find_aliases(&places);
    *ret_places = places;
    return 0;
}

char *places_target(const struct places *places, size_t variant)
{
    const struct graph_variant *item = &places->graph->variants[variant];

    return xasprintf("%s%s", places->packages->items[item->package].name, item->suffix);
}

char *places_script_target(const struct places *places, size_t variant)
{
    auto_free char *target = places_target(places, variant);

    return xasprintf("%s__build_script", target);
}

char *places_absolute(const char *package, const char *name)
{
    if (strcmp(path_basename(package), name) == 0)
        return xasprintf("//%s", package);
    return xasprintf("//%s:%s", package, name);
}

int places_label(const struct places *places, size_t from, size_t variant, char **ret_label,
                 struct error *err)
{
    const struct graph_variant *item = &places->graph->variants[variant];
    const struct cargo_package *package = &places->packages->items[item->package];
    const char *alias = places->aliases[item->package];
    auto_free char *target = places_target(places, variant);

    if (item->package == from)
        *ret_label = xasprintf(":%s", target);
    else if (places->packages->items[from].is_member && alias) {
        auto_free char *name = xasprintf("%s%s", alias, item->suffix);
        *ret_label = places_absolute(places->dir, name);
    } else if (places->settings[item->package].replace)
        *ret_label = xstrdup(places->settings[item->package].replace);
    else if (!places->paths[item->package])
        return error_set(err, ERROR_FAILURE,
                         "%s depends on the member %s, which has no build file; give --workspace",
                         places->packages->items[from].name, package->name);
    else
        *ret_label = places_absolute(places->paths[item->package], target);
    return 0;
}

char *places_script_label(const struct places *places, size_t from, size_t variant)
{
    const struct graph_variant *item = &places->graph->variants[variant];
    auto_free char *target = places_script_target(places, variant);

    if (places->settings[item->package].replace)
        return xstrdup(places->settings[item->package].replace);
    if (item->package == from)
        return xasprintf(":%s", target);
    return places_absolute(places->paths[item->package], target);
}
