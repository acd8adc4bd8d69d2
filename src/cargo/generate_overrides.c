/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_overrides.h"

#include <fnmatch.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/path.h"

#define TABLE "cleave"

struct override {
    char *place; /* "workspace.metadata.cleave.NAME": for messages */
    char *dir;   /* of the manifest it stands in */
    char *crate;
    char *version;  /* NULL: any */
    char *platform; /* pattern of triples; NULL: all */
    bool elsewhere; /* says nothing but for platforms */
    bool used;
    struct override_settings settings;
};

enum value_type { VALUE_BOOL, VALUE_STRING, VALUE_LIST, VALUE_TABLE };

static const struct {
    const char *key;
    enum value_type type;
    size_t offset;
} keys[] = {
    {"build_script", VALUE_BOOL, offsetof(struct override_settings, build_script)},
    {"replace", VALUE_STRING, offsetof(struct override_settings, replace)},
    {"env", VALUE_TABLE, offsetof(struct override_settings, env)},
    {"build_script_env", VALUE_TABLE, offsetof(struct override_settings, build_script_env)},
    {"data", VALUE_LIST, offsetof(struct override_settings, data)},
    {"tools", VALUE_LIST, offsetof(struct override_settings, tools)},
    {"rustc_flags", VALUE_LIST, offsetof(struct override_settings, rustc_flags)},
    {"deps", VALUE_LIST, offsetof(struct override_settings, deps)},
    {"patches", VALUE_LIST, offsetof(struct override_settings, patches)},
    {"discard", VALUE_LIST, offsetof(struct override_settings, discard)},
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static const char *const type_names[] = {
    [VALUE_BOOL] = "true or false",
    [VALUE_STRING] = "a string",
    [VALUE_LIST] = "a list of strings",
    [VALUE_TABLE] = "a table of strings",
};

void override_settings_release(struct override_settings *settings)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (keys[i].type == VALUE_LIST || keys[i].type == VALUE_TABLE)
            strv_release((struct strv *)((char *)settings + keys[i].offset));
    free(settings->replace);
    *settings = (struct override_settings)OVERRIDE_SETTINGS_INIT;
}

void overrides_release(struct overrides *overrides)
{
    for (size_t i = 0; i < overrides->len; i++) {
        struct override *item = &overrides->items[i];
        free(item->place);
        free(item->dir);
        free(item->crate);
        free(item->version);
        free(item->platform);
        override_settings_release(&item->settings);
    }
    free(overrides->items);
    *overrides = (struct overrides)OVERRIDES_INIT;
}

static bool take_list(const json_t *value, struct strv *list)
{
    size_t i;
    json_t *item;

    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item))
            return false;
        strv_push(list, json_string_value(item));
    }
    return true;
}

static bool take_table(json_t *value, struct strv *list)
{
    const char *name;
    json_t *item;

    if (!json_is_object(value))
        return false;
    json_object_foreach(value, name, item)
    {
        if (!json_is_string(item))
            return false;
        strv_pushf(list, "%s=%s", name, json_string_value(item));
    }
    return true;
}

static bool take_value(json_t *value, enum value_type type, void *place)
{
    switch (type) {
    case VALUE_BOOL:
        *(enum override_answer *)place = json_is_true(value) ? OVERRIDE_YES : OVERRIDE_NO;
        return json_is_boolean(value);
    case VALUE_STRING:
        if (!json_is_string(value))
            return false;
        *(char **)place = xstrdup(json_string_value(value));
        return true;
    case VALUE_LIST:
        return take_list(value, place);
    default:
        return take_table(value, place);
    }
}

static int unknown_key(const struct override *override, const char *key, struct error *err)
{
    auto_buf known = BUF_INIT;

    for (size_t i = 0; i < KEY_COUNT; i++)
        buf_addf(&known, "%s%s", i ? ", " : "", keys[i].key);
    return error_set(err, ERROR_FAILURE, "unknown key %s in [%s]; there are: %s, platform", key,
                     override->place, known.data);
}

static int parse_key(struct override *override, const char *key, json_t *value, struct error *err)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(key, keys[i].key) != 0)
            continue;
        if (!take_value(value, keys[i].type, (char *)&override->settings + keys[i].offset))
            return error_set(err, ERROR_FAILURE, "%s in [%s] must be %s", key, override->place,
                             type_names[keys[i].type]);
        override->elsewhere = false;
        return 0;
    }
    return unknown_key(override, key, err);
}

static struct override *add(struct overrides *overrides, const char *dir, const char *crate)
{
    const char *at = strchr(crate, '@');

    grow_for_one(overrides->items, overrides->len, overrides->cap);
    struct override *item = &overrides->items[overrides->len++];
    *item = (struct override){
        .dir = xstrdup(dir),
        .crate = xstrndup(crate, at ? (size_t)(at - crate) : strlen(crate)),
        .version = at ? xstrdup(at + 1) : NULL,
        .elsewhere = true,
        .settings = OVERRIDE_SETTINGS_INIT,
    };
    return item;
}

static int parse_platform(struct overrides *overrides, size_t of, const char *crate,
                          const char *platform, json_t *table, struct error *err)
{
    auto_free char *dir = xstrdup(overrides->items[of].dir);
    struct override *item = add(overrides, dir, crate);
    const char *key;
    json_t *value;

    item->platform = xstrdup(platform);
    item->place = xasprintf("%s.platform.\"%s\"", overrides->items[of].place, platform);
    if (!json_is_object(table))
        return error_set(err, ERROR_FAILURE, "[%s] must be a table", item->place);
    json_object_foreach(table, key, value)
    {
        if (parse_key(item, key, value, err) < 0)
            return -1;
    }
    return 0;
}

static int parse_platforms(struct overrides *overrides, size_t of, const char *crate,
                           json_t *platforms, struct error *err)
{
    const char *platform;
    json_t *table;

    if (!json_is_object(platforms))
        return error_set(err, ERROR_FAILURE, "platform in [%s] must be a table of triples",
                         overrides->items[of].place);
    json_object_foreach(platforms, platform, table)
    {
        if (parse_platform(overrides, of, crate, platform, table, err) < 0)
            return -1;
    }
    return 0;
}

static int parse_crate(struct overrides *overrides, const char *table_name, const char *dir,
                       const char *crate, json_t *table, struct error *err)
{
    struct override *item = add(overrides, dir, crate);
    size_t index = overrides->len - 1;
    const char *quote = item->version ? "\"" : "";
    const char *key;
    json_t *value;

    item->place = xasprintf("%s.%s%s%s", table_name, quote, crate, quote);
    if (!json_is_object(table))
        return error_set(err, ERROR_FAILURE, "%s must be a table of the crate %s", item->place,
                         item->crate);
    item->elsewhere = json_object_size(table) > 0;
    json_object_foreach(table, key, value)
    {
        int result = strcmp(key, "platform") == 0
                         ? parse_platforms(overrides, index, crate, value, err)
                         : parse_key(&overrides->items[index], key, value, err);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int parse_metadata(struct overrides *overrides, const char *whose, const char *dir,
                          const json_t *metadata, struct error *err)
{
    auto_free char *table_name = xasprintf("%s.metadata." TABLE, whose);
    json_t *tables = json_object_get(metadata, TABLE);
    const char *crate;
    json_t *table;

    json_object_foreach(tables, crate, table)
    {
        if (parse_crate(overrides, table_name, dir, crate, table, err) < 0)
            return error_prefix(err, "%s/Cargo.toml", dir);
    }
    return 0;
}

int overrides_read(const struct cargo_packages *packages, struct overrides *ret_overrides,
                   struct error *err)
{
    auto_overrides overrides = OVERRIDES_INIT;

    if (parse_metadata(&overrides, "workspace", packages->workspace_root, packages->metadata, err) <
        0)
        return -1;
    for (size_t i = 0; i < packages->len; i++) {
        const struct cargo_package *package = &packages->items[i];
        if (package->is_member &&
            parse_metadata(&overrides, "package", package->dir, package->metadata, err) < 0)
            return -1;
    }
    *ret_overrides = overrides;
    overrides = (struct overrides)OVERRIDES_INIT;
    return 0;
}

/* Whether WANTED, "1" or "1.2" or a whole version, is VERSION or a beginning of it. */
static bool version_matches(const char *wanted, const char *version)
{
    const char *rest = after_prefix(version, wanted);

    return rest && (*rest == '\0' || strchr(".-+", *rest));
}

static bool crate_matches(const struct override *item, const struct cargo_package *package)
{
    return strcmp(item->crate, package->name) == 0 &&
           (!item->version || version_matches(item->version, package->version));
}

static int two_answers(const struct override *item, const char *key, struct error *err)
{
    return error_set(err, ERROR_FAILURE,
                     "[%s] says another %s of the crate %s than a table before it", item->place,
                     key, item->crate);
}

static int add_settings(const struct override *item, struct override_settings *sum,
                        struct error *err)
{
    const struct override_settings *one = &item->settings;

    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct strv *from = (const struct strv *)((const char *)one + keys[i].offset);
        struct strv *to = (struct strv *)((char *)sum + keys[i].offset);
        bool is_path = keys[i].offset == offsetof(struct override_settings, patches);
        if (keys[i].type != VALUE_LIST && keys[i].type != VALUE_TABLE)
            continue;
        for (size_t k = 0; k < from->len; k++)
            strv_push_take(to, is_path ? path_join(item->dir, from->items[k])
                                       : xstrdup(from->items[k]));
    }
    if (one->build_script != OVERRIDE_UNSAID) {
        if (sum->build_script != OVERRIDE_UNSAID && sum->build_script != one->build_script)
            return two_answers(item, "build_script", err);
        sum->build_script = one->build_script;
    }
    if (!one->replace)
        return 0;
    if (sum->replace && strcmp(sum->replace, one->replace) != 0)
        return two_answers(item, "replace", err);
    free(sum->replace);
    sum->replace = xstrdup(one->replace);
    return 0;
}

int overrides_apply(struct overrides *overrides, const struct cargo_package *package,
                    const char *triple, struct override_settings *settings, struct error *err)
{
    for (size_t i = 0; i < overrides->len; i++) {
        struct override *item = &overrides->items[i];
        if (!crate_matches(item, package))
            continue;
        item->used = true;
        if (item->platform && fnmatch(item->platform, triple, 0) != 0)
            continue;
        if (add_settings(item, settings, err) < 0)
            return -1;
    }
    return 0;
}

int overrides_check_used(const struct overrides *overrides, struct error *err)
{
    for (size_t i = 0; i < overrides->len; i++) {
        const struct override *item = &overrides->items[i];
        if (item->used || item->platform || item->elsewhere)
            continue;
        return error_set(
            err, ERROR_FAILURE,
            "%s/Cargo.toml: [%s] is unused: no crate %s%s%s is built here; take it out", item->dir,
            item->place, item->crate, item->version ? " " : "", item->version ? item->version : "");
    }
    return 0;
}
