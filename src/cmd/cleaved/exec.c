/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "cmd/cleaved/action_run.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/remote.h"
#include "reapi/action_spec.h"
#include "reapi/limits.h"
#include "reapi/merkle.h"

#define INPUT_LIST_MAX (256u << 20) /* bytes of --inputs-from's file */

/* The command line as it was given. */
struct exec_arguments {
    struct remote remote;
    struct strv inputs, outputs, environment, platform;
    const char *inputs_from, *input_root, *working_directory, *timeout;
    bool no_cache, do_not_cache, verbose;
    char **command;
};

static void release(struct exec_arguments *given)
{
    remote_release(&given->remote);
    strv_release(&given->inputs);
    strv_release(&given->outputs);
    strv_release(&given->environment);
    strv_release(&given->platform);
}

/* ---- inputs ---- */

static int add_listed(struct merkle *merkle, const struct exec_arguments *given, struct error *err)
{
    auto_buf list = BUF_INIT;

    if (fs_read_file(given->inputs_from, INPUT_LIST_MAX, &list, err) < 0)
        return -1;
    for (char *at = list.data; *at;) {
        size_t len = strcspn(at, "\n");
        bool more = at[len] == '\n';
        at[len] = '\0';
        if (len > 0 && merkle_add(merkle, given->input_root, at, err) < 0)
            return error_prefix(err, "%s", given->inputs_from);
        at += len + more;
    }
    return 0;
}

/* REAPI: the working directory has to be there. */
static int add_inputs(struct merkle *merkle, const struct exec_arguments *given, struct error *err)
{
    for (size_t i = 0; i < given->inputs.len; i++)
        if (merkle_add(merkle, given->input_root, given->inputs.items[i], err) < 0)
            return -1;
    if (given->inputs_from && add_listed(merkle, given, err) < 0)
        return -1;
    return *given->working_directory ? merkle_add_directory(merkle, given->working_directory, err)
                                     : 0;
}

static int make_input_root(const struct exec_arguments *given, struct payload *payload,
                           struct blob_digest *ret_root, struct error *err)
{
    auto_merkle merkle = {NULL, NULL, 0};

    merkle_init(&merkle, payload);
    if (add_inputs(&merkle, given, err) < 0)
        return -1;
    merkle_finish(&merkle, ret_root);
    return 0;
}

/* A variable without a value has ours. */
static int fill_environment(const struct exec_arguments *given, struct strv *environment,
                            struct error *err)
{
    for (size_t i = 0; i < given->environment.len; i++) {
        const char *text = given->environment.items[i];
        const char *value = strchr(text, '=') ? NULL : getenv(text);
        if (!strchr(text, '=') && !value)
            return error_set(err, ERROR_USAGE,
                             "--env %s: there is no such variable here; give %s=VALUE", text, text);
        if (value)
            strv_pushf(environment, "%s=%s", text, value);
        else
            strv_push(environment, text);
    }
    return 0;
}

static int make_action(const struct exec_arguments *given, const struct client *client,
                       struct payload *payload, struct blob_digest *ret_action, struct error *err)
{
    auto_strv environment = STRV_INIT;
    struct action_spec spec = {
        .arguments = given->command,
        .environment = &environment,
        .platform = &given->platform,
        .outputs = &given->outputs,
        .working_directory = given->working_directory,
        .do_not_cache = given->do_not_cache,
    };

    if (given->timeout &&
        parse_number("--timeout", given->timeout, LIMIT_ACTION_SECONDS, &spec.timeout, err) < 0)
        return -1;
    if (fill_environment(given, &environment, err) < 0 ||
        make_input_root(given, payload, &spec.input_root, err) < 0)
        return -1;
    return action_spec_pack(&spec, client_abilities(client), payload, ret_action, err);
}

/* ---- the command ---- */

/* As the action names them, and the service then does. */
static void clean_outputs(const struct exec_arguments *given, struct strv *outputs)
{
    for (size_t i = 0; i < given->outputs.len; i++)
        strv_push_take(outputs, path_clean(given->outputs.items[i]));
}

static int run(const struct exec_arguments *given, int *ret_status, struct error *err)
{
    auto_free char *dir = path_join(given->input_root, given->working_directory);
    auto_payload payload = PAYLOAD_INIT;
    auto_strv outputs = STRV_INIT;
    auto_client *client = NULL;
    struct client_moved again = {0, 0};

    if (remote_connect(&given->remote, &client, err) < 0)
        return -1;
    struct action_run action = {
        .client = client,
        .execution = {.payload = &payload, .moved = &again},
        .look_up = !given->no_cache && !given->do_not_cache,
        .verbose = given->verbose,
        .dir = *dir ? dir : ".",
        .outputs = &outputs,
    };
    clean_outputs(given, &outputs);
    if (make_action(given, client, &payload, &action.execution.action, err) < 0)
        return -1;
    return action_run(&action, ret_status, err);
}

static int check(struct exec_arguments *given, const struct arguments *arguments, struct error *err)
{
    if (arguments->positional.len > 0)
        return error_set(err, ERROR_USAGE, "unexpected %s: the command stands after --",
                         arguments->positional.items[0]);
    if (arguments->foreign_len == 0)
        return error_set(err, ERROR_USAGE, "exec needs a command after --; see --help");
    given->command = arguments->foreign;
    given->input_root = given->input_root ? given->input_root : ".";
    given->working_directory = given->working_directory ? given->working_directory : "";
    return 0;
}

static int parse_and_run(int argc, char **argv, struct exec_arguments *given, int *ret_status,
                         struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    const struct option options[] = {
        {"--input", "PATH", "a file, symlink or directory; may be given several times",
         .ret_list = &given->inputs},
        {"--inputs-from", "FILE", "more of them, one a line", .ret_text = &given->inputs_from},
        {"--input-root", "DIR", "what inputs are relative to: . unless given",
         .ret_text = &given->input_root},
        {"--working-directory", "DIR", "where the command runs, below the input root",
         .ret_text = &given->working_directory},
        {"--output", "PATH", "a file or directory that it leaves, from there; any number of times",
         .ret_list = &given->outputs},
        {"--env", "NAME[=VALUE]", "a variable, all that the command has; without a value ours",
         .ret_list = &given->environment},
        {"--platform", "NAME=VALUE", "a property of the worker", .ret_list = &given->platform},
        {"--timeout", "SECONDS", "that the command may run", .ret_text = &given->timeout},
        {"--no-cache", NULL, "run it, whatever the action cache has",
         .ret_switch = &given->no_cache},
        {"--do-not-cache", NULL, "run it, and keep no result", .ret_switch = &given->do_not_cache},
        {"--verbose", NULL, "say the action's digest and what was done",
         .ret_switch = &given->verbose},
        REMOTE_OPTIONS(&given->remote),
    };
    const struct option_table table = {
        .usage = "cleaved exec [OPTION]… -- COMMAND…",
        .summary =
            "Runs one command as an action of a remote execution service: uploads its inputs,\n"
            "asks the action cache, else executes, writes its outputs, and ends with its exit\n"
            "code. Its standard output and error are passed on. Where the service fails, the exit\n"
            "status is 103.",
        .example = "cleaved exec --remote grpc://127.0.0.1:8980 --input in --output out "
                   "--env PATH -- cp in out",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
        .takes_foreign = true,
    };

    int result = command_parse_words(&table, argc, argv, &arguments, err);
    if (result != 0)
        return result < 0 ? -1 : 0;
    return check(given, &arguments, err) < 0 ? -1 : run(given, ret_status, err);
}

int command_exec(int argc, char **argv, int *ret_status, struct error *err)
{
    struct exec_arguments given = {.remote = REMOTE_INIT,
                                   .inputs = STRV_INIT,
                                   .outputs = STRV_INIT,
                                   .environment = STRV_INIT,
                                   .platform = STRV_INIT};
    int result = parse_and_run(argc, argv, &given, ret_status, err);

    release(&given);
    return result;
}
