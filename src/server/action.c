/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/action.h"

#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "base/memory.h"
#include "base/path.h"
#include "reapi/details.h"
#include "reapi/limits.h"
#include "server/answers.h"
#include "store/blob_message.h"
#include "store/wire.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the messages ---- */

static void *read_message(struct store *store, const struct blob_digest *digest,
                          const ProtobufCMessageDescriptor *descriptor, size_t cap,
                          struct rpc_status *status)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    void *message = NULL;

    if (digest->size > cap) {
        rpc_status_set(status, RPC_INVALID_ARGUMENT, "the %s has %llu bytes, and %zu are the limit",
                       descriptor->short_name, (unsigned long long)digest->size, cap);
        return NULL;
    }
    int answer = store_read_blob(store, digest, cap, &bytes, &err);
    if (answer == STORE_ABSENT)
        status_missing_blobs(status, digest, 1);
    else if (answer != 0)
        status_of_answer(status, answer, &err);
    else if (wire_check(descriptor, bytes.data, bytes.len, LIMIT_REQUEST_FIELDS, &err) == 0)
        message = protobuf_c_message_unpack(descriptor, NULL, bytes.len, (uint8_t *)bytes.data);
    if (answer == 0 && !message)
        rpc_status_set(status, RPC_INVALID_ARGUMENT, "the %s is no such message%s%s",
                       descriptor->short_name, err.text ? ": " : "", err.text ? err.text : "");
    return message;
}

Reapi__Action *action_message_read(struct store *store, const struct blob_digest *digest,
                                   struct rpc_status *status)
{
    return read_message(store, digest, &reapi__action__descriptor, LIMIT_ACTION, status);
}

static int read_digest(const char *what, const Reapi__Digest *message,
                       struct blob_digest *ret_digest, struct rpc_status *status)
{
    auto_error err = ERROR_INIT;

    if (blob_from_message(message, ret_digest, &err) < 0)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the action's %s: %s", what, err.text);
    return 0;
}

/* Action and Command; the latter, too, when the former's other blobs aren't there. */
static int read_messages(struct store *store, const struct blob_digest *digest,
                         struct action *action, struct rpc_status *status)
{
    struct blob_digest command;

    action->message = action_message_read(store, digest, status);
    if (!action->message ||
        read_digest("command_digest", action->message->command_digest, &command, status) < 0 ||
        read_digest("input_root_digest", action->message->input_root_digest, &action->input_root,
                    status) < 0)
        return -1;
    action->command =
        read_message(store, &command, &reapi__command__descriptor, LIMIT_COMMAND, status);
    return action->command ? 0 : -1;
}

/* ---- timeout, platform ---- */

static int read_timeout(struct action *action, struct rpc_status *status)
{
    const Google__Duration *timeout = action->message->timeout;

    action->timeout_seconds = LIMIT_DEFAULT_ACTION_SECONDS;
    if (!timeout || (timeout->seconds == 0 && timeout->nanos == 0))
        return 0;
    if (timeout->seconds < 0 || timeout->nanos < 0 || timeout->seconds > LIMIT_ACTION_SECONDS)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the action's timeout of %lld s isn't between 0 and %d s",
                              (long long)timeout->seconds, LIMIT_ACTION_SECONDS);
    action->timeout_seconds = (unsigned)timeout->seconds + (timeout->nanos > 0);
    return 0;
}

/* REAPI's names of instruction sets, and others that are used for them, by uname's. */
static const struct {
    const char *machine;
    const char *names[4];
} architectures[] = {
    {"x86_64", {"x86-64", "x86_64", "amd64", "k8"}},
    {"aarch64", {"arm-a64", "aarch64", "arm64", NULL}},
};

static bool is_this_machine(const char *name)
{
    struct utsname machine;

    uname(&machine);
    for (size_t i = 0; i < COUNT(architectures); i++)
        for (size_t k = 0; k < COUNT(architectures[i].names); k++)
            if (architectures[i].names[k] && strcasecmp(architectures[i].names[k], name) == 0)
                return strcmp(architectures[i].machine, machine.machine) == 0;
    return strcmp(name, machine.machine) == 0;
}

static bool is_this_system(const char *name)
{
    return strcasecmp(name, "linux") == 0;
}

static const struct {
    const char *name;
    bool (*is_ours)(const char *value);
} properties[] = {
    {"OSFamily", is_this_system},
    {"ISA", is_this_machine},
    {"Arch", is_this_machine},
};

static int check_platform(const struct action *action, struct rpc_status *status)
{
    const Reapi__Platform *platform =
        action->message->platform ? action->message->platform : action->command->platform;

    for (size_t i = 0; platform && i < platform->n_properties; i++) {
        const Reapi__Platform__Property *property = platform->properties[i];
        for (size_t k = 0; k < COUNT(properties); k++)
            if (strcmp(properties[k].name, property->name) == 0 &&
                !properties[k].is_ours(property->value))
                return rpc_status_set(status, RPC_FAILED_PRECONDITION,
                                      "the action asks for %s %s, which this machine isn't",
                                      property->name, property->value);
    }
    return 0;
}

/* ---- command, environment ---- */

static int check_command(const Reapi__Command *command, struct rpc_status *status)
{
    const char *dir = command->working_directory;

    if (command->n_arguments == 0 || command->arguments[0][0] == '\0')
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the command has no program to run");
    if ((*dir && !path_is_inside(dir)) || strlen(dir) > LIMIT_PATH)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the working directory %.200s isn't a path below the input root",
                              dir);
    return 0;
}

static int read_environment(struct action *action, struct rpc_status *status)
{
    const Reapi__Command *command = action->command;

    for (size_t i = 0; i < command->n_environment_variables; i++) {
        const Reapi__Command__EnvironmentVariable *variable = command->environment_variables[i];
        if (variable->name[0] == '\0' || strchr(variable->name, '='))
            return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                                  "'%.200s' can't be the name of an environment variable",
                                  variable->name);
        strv_pushf(&action->environment, "%s=%s", variable->name, variable->value);
    }
    return 0;
}

/* ---- outputs ---- */

/*
 * The empty path is the working directory itself. REAPI says so of output_directories alone, but
 * clients of 2.1 have no other field for it than output_paths.
 */
static int check_output(const struct output *output, struct rpc_status *status)
{
    const char *path = output->path;

    if ((!*path && output->kind != OUTPUT_FILE) ||
        (path_is_inside(path) && strlen(path) <= LIMIT_PATH && path[strlen(path) - 1] != '/'))
        return 0;
    return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                          "the output '%.200s' isn't a path below the working directory", path);
}

static int add_outputs(struct action *action, char *const *paths, size_t count,
                       enum output_kind kind, struct rpc_status *status)
{
    if (count > LIMIT_OUTPUT_PATHS || action->output_count + count > LIMIT_OUTPUT_PATHS)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the command declares more than %d outputs", LIMIT_OUTPUT_PATHS);
    action->outputs =
        xrealloc(action->outputs, (action->output_count + count + 1) * sizeof(*action->outputs));
    for (size_t i = 0; i < count; i++) {
        const struct output output = {paths[i], kind};
        if (check_output(&output, status) < 0)
            return -1;
        action->outputs[action->output_count++] = output;
    }
    return 0;
}

static int check_duplicates(const struct action *action, struct rpc_status *status)
{
    auto_strv paths = STRV_INIT;

    for (size_t i = 0; i < action->output_count; i++)
        strv_push(&paths, action->outputs[i].path);
    strv_sort(&paths);
    for (size_t i = 1; i < paths.len; i++)
        if (strcmp(paths.items[i - 1], paths.items[i]) == 0)
            return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                                  "the output %.200s is declared twice", paths.items[i]);
    return 0;
}

/* REAPI: where output_paths is set, the two older fields don't count. */
static int read_outputs(struct action *action, struct rpc_status *status)
{
    const Reapi__Command *command = action->command;
    int result;

    if (command->n_output_paths > 0)
        result =
            add_outputs(action, command->output_paths, command->n_output_paths, OUTPUT_ANY, status);
    else
        result = add_outputs(action, command->output_files, command->n_output_files, OUTPUT_FILE,
                             status) < 0
                     ? -1
                     : add_outputs(action, command->output_directories,
                                   command->n_output_directories, OUTPUT_DIRECTORY, status);
    return result < 0 ? -1 : check_duplicates(action, status);
}

static void list_parents(struct action *action)
{
    auto_strv all = STRV_INIT;

    for (size_t i = 0; i < action->output_count; i++) {
        auto_free char *path =
            path_join(action->command->working_directory, action->outputs[i].path);
        auto_free char *clean = path_clean(path);
        auto_free char *parent = path_dirname(clean);
        if (strcmp(parent, ".") != 0)
            strv_push(&all, parent);
    }
    strv_sort(&all);
    for (size_t i = 0; i < all.len; i++)
        if (i == 0 || strcmp(all.items[i - 1], all.items[i]) != 0)
            strv_push(&action->parents, all.items[i]);
}

/* ---- all of it ---- */

int action_read(struct store *store, const struct blob_digest *digest, struct action *ret_action,
                struct rpc_status *status)
{
    struct action action = ACTION_INIT;

    if (read_messages(store, digest, &action, status) < 0 || read_timeout(&action, status) < 0 ||
        check_command(action.command, status) < 0 || check_platform(&action, status) < 0 ||
        read_environment(&action, status) < 0 || read_outputs(&action, status) < 0) {
        action_release(&action);
        return -1;
    }
    list_parents(&action);
    *ret_action = action;
    return 0;
}

void action_release(struct action *action)
{
    if (action->message)
        reapi__action__free_unpacked(action->message, NULL);
    if (action->command)
        reapi__command__free_unpacked(action->command, NULL);
    strv_release(&action->environment);
    strv_release(&action->parents);
    free(action->outputs);
    *action = (struct action)ACTION_INIT;
}
