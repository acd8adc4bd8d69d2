/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/action_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "reapi/client_cas.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "store/blob_message.h"
#include "store/wire.h"

/* ---- from the service ---- */

void action_parts_release(struct action_parts *parts)
{
    message_release(&parts->action);
    message_release(&parts->command);
    directories_release(&parts->inputs);
}

static void *parse(const ProtobufCMessageDescriptor *descriptor, const struct buf *bytes,
                   struct error *err)
{
    if (wire_check(descriptor, bytes->data, bytes->len, LIMIT_REQUEST_FIELDS, err) < 0)
        return NULL;
    void *message =
        protobuf_c_message_unpack(descriptor, NULL, bytes->len, (const uint8_t *)bytes->data);
    if (!message)
        error_set(err, ERROR_REFUSED, "it isn't well-formed");
    return message;
}

/* Reads a blob as such a message, which *ret_message then points to. */
static int read_message(struct client *client, const struct blob_digest *digest, uint64_t cap,
                        const ProtobufCMessageDescriptor *descriptor, void **ret_message,
                        struct error *err)
{
    auto_buf bytes = BUF_INIT;
    char name[BLOB_NAME_SIZE];
    int result = client_read_blob(client, digest, cap, &bytes, err);

    if (result != 0)
        return result;
    *ret_message = parse(descriptor, &bytes, err);
    if (*ret_message)
        return 0;
    return error_prefix(err, "the blob %s is no %s", blob_name(digest, name),
                        descriptor->short_name);
}

static int read_parts(struct client *client, const struct blob_digest *action,
                      struct action_parts *parts, struct error *err)
{
    struct blob_digest command, root;
    void *message = NULL;
    int result =
        read_message(client, action, LIMIT_ACTION, &reapi__action__descriptor, &message, err);

    if (result != 0)
        return result;
    parts->action = message;
    if (blob_from_message(parts->action->command_digest, &command, err) < 0)
        return error_prefix(err, "the action's command");
    if (blob_from_message(parts->action->input_root_digest, &root, err) < 0)
        return error_prefix(err, "the action's input root");
    result =
        read_message(client, &command, LIMIT_COMMAND, &reapi__command__descriptor, &message, err);
    if (result != 0)
        return result;
    parts->command = message;
    return directories_fetch(&parts->inputs, client, &root, err);
}

int action_parts_read(struct client *client, const struct blob_digest *action,
                      struct action_parts *ret_parts, struct error *err)
{
    struct action_parts parts = ACTION_PARTS_INIT;
    int result = read_parts(client, action, &parts, err);

    if (result == 0)
        *ret_parts = parts;
    else
        action_parts_release(&parts);
    return result;
}

/* ---- lines ---- */

const char *action_section_name(enum action_section section)
{
    static const char *const names[] = {
        [ACTION_ARGUMENTS] = "arguments", [ACTION_ENVIRONMENT] = "environment",
        [ACTION_PLATFORM] = "platform",   [ACTION_SETTINGS] = "settings",
        [ACTION_OUTPUTS] = "outputs",     [ACTION_INPUTS] = "inputs",
    };

    return names[section];
}

void action_lines_release(struct action_lines *lines)
{
    for (size_t i = 0; i < ACTION_SECTIONS; i++)
        strv_release(&lines->sections[i]);
}

static void add_shown(struct buf *line, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at < ' ' || *at == 127 || *at == '\\')
            buf_addf(line, "\\x%02x", *at);
        else
            buf_add_char(line, (char)*at);
    }
}

/* A line of one to three texts, those that are NULL left out. */
static void push_line(struct strv *list, const char *first, const char *second, const char *third)
{
    auto_buf line = BUF_INIT;

    add_shown(&line, first);
    if (second)
        add_shown(&line, second);
    if (third)
        add_shown(&line, third);
    strv_push(list, line.data);
}

static void push_all(struct strv *list, const char *first, char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        push_line(list, first, texts[i], NULL);
}

static void push_command(const Reapi__Command *command, struct action_lines *lines)
{
    struct strv *outputs = &lines->sections[ACTION_OUTPUTS];

    push_all(&lines->sections[ACTION_ARGUMENTS], "", command->arguments, command->n_arguments);
    for (size_t i = 0; i < command->n_environment_variables; i++)
        push_line(&lines->sections[ACTION_ENVIRONMENT], command->environment_variables[i]->name,
                  "=", command->environment_variables[i]->value);
    push_all(outputs, "", command->output_paths, command->n_output_paths);
    push_all(outputs, "file ", command->output_files, command->n_output_files);
    push_all(outputs, "directory ", command->output_directories, command->n_output_directories);
    push_line(&lines->sections[ACTION_SETTINGS],
              "working directory: ", *command->working_directory ? command->working_directory : ".",
              NULL);
}

/* REAPI: the Action's counts where both have one. */
static void push_platform(const struct action_parts *parts, struct strv *list)
{
    const Reapi__Platform *platform =
        parts->action->platform ? parts->action->platform : parts->command->platform;

    for (size_t i = 0; platform && i < platform->n_properties; i++)
        push_line(list, platform->properties[i]->name, "=", platform->properties[i]->value);
}

static void push_settings(const Reapi__Action *action, struct strv *list)
{
    if (action->timeout)
        strv_pushf(list, "timeout: %" PRId64 ".%03d s", action->timeout->seconds,
                   action->timeout->nanos / 1000000);
    if (action->do_not_cache)
        strv_push(list, "do not cache");
    if (action->salt.len > 0) {
        auto_buf line = BUF_INIT;
        buf_add_str(&line, "salt: ");
        for (size_t i = 0; i < action->salt.len; i++)
            buf_addf(&line, "%02x", action->salt.data[i]);
        strv_push(list, line.data);
    }
}

static int push_input(void *user, const char *path, const Reapi__FileNode *file,
                      const Reapi__SymlinkNode *link, const Reapi__DirectoryNode *directory,
                      struct error *err)
{
    (void)err;
    if (directory) {
        push_line(user, path, "/", NULL);
    } else if (link) {
        push_line(user, path, " -> ", link->target);
    } else {
        auto_free char *digest = xasprintf("%s %s/%" PRId64, file->is_executable ? "*" : "",
                                           file->digest->hash, file->digest->size_bytes);
        push_line(user, path, digest, NULL);
    }
    return 0;
}

int action_lines_make(const struct action_parts *parts, struct action_lines *ret_lines,
                      struct error *err)
{
    struct action_lines lines;

    for (size_t i = 0; i < ACTION_SECTIONS; i++)
        lines.sections[i] = (struct strv)STRV_INIT;
    push_command(parts->command, &lines);
    push_platform(parts, &lines.sections[ACTION_PLATFORM]);
    push_settings(parts->action, &lines.sections[ACTION_SETTINGS]);
    if (directories_walk(&parts->inputs, push_input, &lines.sections[ACTION_INPUTS], err) < 0) {
        action_lines_release(&lines);
        return -1;
    }
    for (size_t i = ACTION_ARGUMENTS + 1; i < ACTION_SECTIONS; i++)
        strv_sort(&lines.sections[i]);
    *ret_lines = lines;
    return 0;
}

/* ---- differences ---- */

static void push_range(struct strv *differences, const char *mark, const struct strv *lines,
                       size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        strv_pushf(differences, "%s %s", mark, lines->items[i]);
}

/* What is left between the part that both begin with and the one that both end with. */
static void compare_in_order(const struct strv *first, const struct strv *second,
                             struct strv *differences)
{
    size_t from = 0, first_end = first->len, second_end = second->len;

    while (from < first_end && from < second_end &&
           strcmp(first->items[from], second->items[from]) == 0)
        from++;
    while (first_end > from && second_end > from &&
           strcmp(first->items[first_end - 1], second->items[second_end - 1]) == 0) {
        first_end--;
        second_end--;
    }
    push_range(differences, "-", first, from, first_end);
    push_range(differences, "+", second, from, second_end);
}

static void compare_sorted(const struct strv *first, const struct strv *second,
                           struct strv *differences)
{
    size_t i = 0, k = 0;

    while (i < first->len || k < second->len) {
        int order = i == first->len    ? 1
                    : k == second->len ? -1
                                       : strcmp(first->items[i], second->items[k]);
        if (order < 0)
            push_range(differences, "-", first, i, i + 1);
        if (order > 0)
            push_range(differences, "+", second, k, k + 1);
        i += order <= 0;
        k += order >= 0;
    }
}

/* What of a difference says which thing it is about, the mark left out: the path of an input, the
 * name of a variable. */
static size_t key_length(enum action_section section, const char *line)
{
    const char *key = line + 2;
    const char *end = section == ACTION_INPUTS ? strrchr(key, ' ') : strchr(key, '=');
    size_t len = end ? (size_t)(end - key) : strlen(key);

    return section == ACTION_INPUTS && len > 0 && key[len - 1] == '*' ? len - 1 : len;
}

/* Of one thing, what FIRST has comes before what SECOND has. */
static void order_pairs(enum action_section section, struct strv *differences, size_t from)
{
    for (size_t i = from; i + 1 < differences->len; i++) {
        char *line = differences->items[i], *next = differences->items[i + 1];
        size_t len = key_length(section, line);
        if (*line != '+' || *next != '-' || key_length(section, next) != len ||
            memcmp(line + 2, next + 2, len) != 0)
            continue;
        differences->items[i] = next;
        differences->items[i + 1] = line;
    }
}

bool action_section_differs(const struct action_lines *first, const struct action_lines *second,
                            enum action_section section, struct strv *differences)
{
    size_t before = differences->len;

    if (section == ACTION_ARGUMENTS) {
        compare_in_order(&first->sections[section], &second->sections[section], differences);
    } else {
        compare_sorted(&first->sections[section], &second->sections[section], differences);
        order_pairs(section, differences, before);
    }
    return differences->len > before;
}
