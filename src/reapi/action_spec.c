/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/action_spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "proto/reapi.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"

/* NAME=VALUE, sorted; name and value are what the messages point to. */
struct pairs {
    struct pair {
        char *name, *value;
    } * items;
    size_t len;
};

static void pairs_release(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->len; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order : strcmp(left->value, right->value);
}

static int pairs_read(const char *what, const struct strv *list, struct pairs *pairs,
                      struct error *err)
{
    pairs->items = xcalloc(list->len + 1, sizeof(*pairs->items));
    for (size_t i = 0; i < list->len; i++) {
        const char *text = list->items[i];
        const char *equals = strchr(text, '=');
        if (!equals || equals == text)
            return error_set(err, ERROR_USAGE, "%s %s: give NAME=VALUE", what, text);
        pairs->items[pairs->len++] =
            (struct pair){xstrndup(text, (size_t)(equals - text)), xstrdup(equals + 1)};
    }
    if (pairs->len > 0)
        qsort(pairs->items, pairs->len, sizeof(*pairs->items), compare_pairs);
    return 0;
}

static int check_unique(const char *what, const struct pairs *pairs, struct error *err)
{
    for (size_t i = 1; i < pairs->len; i++)
        if (strcmp(pairs->items[i - 1].name, pairs->items[i].name) == 0)
            return error_set(err, ERROR_USAGE, "%s: %s is given twice", what, pairs->items[i].name);
    return 0;
}

/* ---- outputs ---- */

static int check_output(const char *path, struct error *err)
{
    auto_free char *clean = path_clean(path);

    if (path_is_inside(path) && strcmp(clean, ".") != 0 && strlen(path) <= LIMIT_PATH)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "the output %.200s isn't a path below the working directory: give a relative "
                     "one without .. in it",
                     path);
}

/* Sorted, each once, in REAPI's form; and those that are directories, by their slash, apart. */
struct outputs {
    struct strv all, files, directories;
};

static void outputs_release(struct outputs *outputs)
{
    strv_release(&outputs->all);
    strv_release(&outputs->files);
    strv_release(&outputs->directories);
}

static void add_once(struct strv *list, const char *path)
{
    if (!strv_contains(list, path))
        strv_push(list, path);
}

static int outputs_read(const struct strv *list, struct outputs *outputs, struct error *err)
{
    for (size_t i = 0; i < list->len; i++) {
        const char *path = list->items[i];
        auto_free char *clean = path_clean(path);
        if (check_output(path, err) < 0)
            return -1;
        add_once(&outputs->all, clean);
        add_once(has_suffix(path, "/") ? &outputs->directories : &outputs->files, clean);
    }
    strv_sort(&outputs->all);
    strv_sort(&outputs->files);
    strv_sort(&outputs->directories);
    return 0;
}

/* ---- messages ---- */

/* The parts that both messages are made of. */
struct parts {
    struct pairs environment, platform;
    struct outputs outputs;
    char *working_directory;
};

static void parts_release(struct parts *parts)
{
    pairs_release(&parts->environment);
    pairs_release(&parts->platform);
    outputs_release(&parts->outputs);
    free(parts->working_directory);
}

static int parts_read(const struct action_spec *spec, struct parts *parts, struct error *err)
{
    if (pairs_read("--env", spec->environment, &parts->environment, err) < 0 ||
        check_unique("--env", &parts->environment, err) < 0 ||
        pairs_read("--platform", spec->platform, &parts->platform, err) < 0 ||
        outputs_read(spec->outputs, &parts->outputs, err) < 0)
        return -1;
    if (*spec->working_directory && !path_is_inside(spec->working_directory))
        return error_set(err, ERROR_USAGE,
                         "the working directory %.200s isn't below the input root",
                         spec->working_directory);
    parts->working_directory = path_clean(spec->working_directory);
    if (strcmp(parts->working_directory, ".") == 0)
        *parts->working_directory = '\0';
    return 0;
}

/* A Platform with the memory of its list. */
struct platform {
    Reapi__Platform message;
    Reapi__Platform__Property *properties, **list;
};

static Reapi__Platform *platform_set(struct platform *platform, const struct pairs *pairs)
{
    reapi__platform__init(&platform->message);
    platform->properties = xcalloc(pairs->len + 1, sizeof(*platform->properties));
    platform->list = xcalloc(pairs->len + 1, sizeof(*platform->list));
    for (size_t i = 0; i < pairs->len; i++) {
        platform->list[i] = &platform->properties[i];
        reapi__platform__property__init(platform->list[i]);
        platform->list[i]->name = pairs->items[i].name;
        platform->list[i]->value = pairs->items[i].value;
    }
    platform->message.properties = platform->list;
    platform->message.n_properties = pairs->len;
    return pairs->len > 0 ? &platform->message : NULL;
}

static void platform_release(struct platform *platform)
{
    free(platform->properties);
    free(platform->list);
}

static void set_outputs(const struct outputs *outputs, bool paths, Reapi__Command *command)
{
    if (paths) {
        command->output_paths = outputs->all.items;
        command->n_output_paths = outputs->all.len;
        return;
    }
    command->output_files = outputs->files.items;
    command->n_output_files = outputs->files.len;
    command->output_directories = outputs->directories.items;
    command->n_output_directories = outputs->directories.len;
}

static size_t count_arguments(char *const *arguments)
{
    size_t count = 0;

    while (arguments[count])
        count++;
    return count;
}

static void pack_command(const struct action_spec *spec, const struct parts *parts, bool paths,
                         Reapi__Platform *platform, struct buf *bytes)
{
    const struct pairs *pairs = &parts->environment;
    Reapi__Command command = REAPI__COMMAND__INIT;
    auto_free Reapi__Command__EnvironmentVariable *variables =
        xcalloc(pairs->len + 1, sizeof(*variables));
    auto_free Reapi__Command__EnvironmentVariable **list = xcalloc(pairs->len + 1, sizeof(*list));

    for (size_t i = 0; i < pairs->len; i++) {
        list[i] = &variables[i];
        reapi__command__environment_variable__init(list[i]);
        list[i]->name = pairs->items[i].name;
        list[i]->value = pairs->items[i].value;
    }
    command.arguments = (char **)(uintptr_t)spec->arguments;
    command.n_arguments = count_arguments(spec->arguments);
    command.environment_variables = list;
    command.n_environment_variables = pairs->len;
    command.platform = platform;
    command.working_directory = parts->working_directory;
    set_outputs(&parts->outputs, paths, &command);
    message_pack(&command.base, bytes);
}

/* Platform stands in both: services look first here, older ones only there. */
static void pack_action(const struct action_spec *spec, const struct blob_digest *command,
                        Reapi__Platform *platform, struct buf *bytes)
{
    Reapi__Action action = REAPI__ACTION__INIT;
    Google__Duration timeout = GOOGLE__DURATION__INIT;
    struct digest_message command_digest, root_digest;

    action.command_digest = digest_message_set(&command_digest, command);
    action.input_root_digest = digest_message_set(&root_digest, &spec->input_root);
    action.platform = platform;
    action.do_not_cache = spec->do_not_cache;
    timeout.seconds = spec->timeout;
    if (spec->timeout > 0)
        action.timeout = &timeout;
    message_pack(&action.base, bytes);
}

static void pack(const struct action_spec *spec, const struct parts *parts, bool paths,
                 struct payload *payload, struct blob_digest *ret_action)
{
    auto_buf command = BUF_INIT, action = BUF_INIT;
    struct blob_digest digest;
    struct platform platform;

    Reapi__Platform *message = platform_set(&platform, &parts->platform);
    pack_command(spec, parts, paths, message, &command);
    payload_add_bytes(payload, &command, &digest);
    pack_action(spec, &digest, message, &action);
    payload_add_bytes(payload, &action, ret_action);
    platform_release(&platform);
}

int action_spec_pack(const struct action_spec *spec, const struct abilities *abilities,
                     struct payload *payload, struct blob_digest *ret_action, struct error *err)
{
    struct parts parts = {{NULL, 0}, {NULL, 0}, {STRV_INIT, STRV_INIT, STRV_INIT}, NULL};
    int result = parts_read(spec, &parts, err);

    if (result == 0)
        pack(spec, &parts, abilities_have_output_paths(abilities), payload, ret_action);
    parts_release(&parts);
    return result;
}
