/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/local_action.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"
#include "reapi/messages.h"
#include "server/local_inputs.h"
#include "store/blob_message.h"
#include "store/tree.h"

/* ---- the request ---- */

static int check(const Local__Run *run, struct error *err)
{
    if (run->n_arguments == 0 || !strchr(run->arguments[0], '/'))
        return error_set(err, ERROR_REFUSED,
                         "the command has no program that is named by a path with a '/'");
    if (*run->tree && !path_is_inside(run->tree))
        return error_set(err, ERROR_REFUSED, "the tree %s isn't a path below the input root",
                         run->tree);
    for (size_t i = 0; i < run->n_environment; i++)
        if (run->environment[i][0] == '=' || !strchr(run->environment[i], '='))
            return error_set(err, ERROR_REFUSED, "'%.200s' isn't NAME=VALUE", run->environment[i]);
    for (size_t i = 0; i < run->n_outputs; i++)
        if (run->outputs[i][0] != '/' || !path_is_inside(run->outputs[i] + 1))
            return error_set(err, ERROR_REFUSED, "the output %s is not a plain absolute path",
                             run->outputs[i]);
    return 0;
}

/* ---- the command ---- */

static int store_message(struct store *store, const ProtobufCMessage *message,
                         struct blob_digest *ret_digest, struct error *err)
{
    auto_buf bytes = BUF_INIT;

    message_pack(message, &bytes);
    blob_digest_of(bytes.data, bytes.len, ret_digest);
    if (store_put(store, ret_digest, bytes.data, err) == 0)
        return 0;
    return err->text ? -1 : error_set(err, ERROR_FAILURE, "the store is busy");
}

/* NAME and VALUE share the string, which is cut. */
static void set_variable(Reapi__Command__EnvironmentVariable *variable, char *text)
{
    char *equals = strchr(text, '=');

    *equals = '\0';
    reapi__command__environment_variable__init(variable);
    variable->name = text;
    variable->value = equals + 1;
}

static int store_command(struct store *store, const Local__Run *run, struct blob_digest *ret_digest,
                         struct error *err)
{
    Reapi__Command command = REAPI__COMMAND__INIT;
    auto_strv environment = STRV_INIT;
    auto_strv outputs = STRV_INIT;
    size_t count = run->n_environment;
    auto_free Reapi__Command__EnvironmentVariable *variables =
        xcalloc(count + 1, sizeof(*variables));
    auto_free Reapi__Command__EnvironmentVariable **pointers =
        xcalloc(count + 1, sizeof(*pointers));

    strv_push_all(&environment, run->environment, count);
    strv_sort(&environment);
    for (size_t i = 0; i < count; i++) {
        set_variable(&variables[i], environment.items[i]);
        pointers[i] = &variables[i];
    }
    for (size_t i = 0; i < run->n_outputs; i++)
        strv_pushf(&outputs, "%s%s%s", run->tree, *run->tree ? "/" : "", run->outputs[i] + 1);
    strv_sort(&outputs);
    command.arguments = run->arguments;
    command.n_arguments = run->n_arguments;
    command.environment_variables = pointers;
    command.n_environment_variables = count;
    command.output_paths = outputs.items;
    command.n_output_paths = outputs.len;
    command.output_directory_format = REAPI__COMMAND__OUTPUT_DIRECTORY_FORMAT__DIRECTORY_ONLY;
    return store_message(store, &command.base, ret_digest, err);
}

int local_action_store(struct store *store, struct file_digests *digests, const Local__Run *run,
                       struct blob_digest *ret_action, struct error *err)
{
    Reapi__Action action = REAPI__ACTION__INIT;
    Google__Duration timeout = GOOGLE__DURATION__INIT;
    struct digest_message messages[2];
    struct blob_digest command, root;
    struct digest bound;

    if (check(run, err) < 0 || local_inputs_store(store, digests, run, &root, err) < 0 ||
        store_command(store, run, &command, err) < 0)
        return -1;
    action.command_digest = digest_message_set(&messages[0], &command);
    action.input_root_digest = digest_message_set(&messages[1], &root);
    timeout.seconds = run->timeout_seconds;
    if (run->timeout_seconds)
        action.timeout = &timeout;
    if (local_bound_digest(digests, run->bound, run->n_bound, &bound, err) < 0)
        return -1;
    if (run->n_bound > 0)
        action.salt = (ProtobufCBinaryData){DIGEST_SIZE, bound.bytes};
    return store_message(store, &action.base, ret_action, err);
}

/* ---- the result ---- */

struct replying {
    struct store *store;
    const char *tree;
    Local__Output **outputs;
    size_t len, cap;
};

static void replying_release(struct replying *replying)
{
    for (size_t i = 0; i < replying->len; i++)
        local__output__free_unpacked(replying->outputs[i], NULL);
    free(replying->outputs);
}

/* At a path of the input root, of which the machine's is what follows the tree's. */
static Local__Output *add_output(struct replying *replying, const char *path)
{
    Local__Output *output = xmalloc(sizeof(*output));

    local__output__init(output);
    output->path = xasprintf("/%s", path_below(path, replying->tree));
    grow_for_one(replying->outputs, replying->len, replying->cap);
    replying->outputs[replying->len++] = output;
    return output;
}

static int gone(const char *path, struct error *err)
{
    if (err->text)
        return error_prefix(err, "cannot read the output %s", path);
    return error_set(err, ERROR_FAILURE, "the output %s is no longer in the store", path);
}

/*
 * The caller copies the file at once. That it is evicted before is as unlikely as it is harmless:
 * it then isn't there.
 */
static int add_file(struct replying *replying, const char *path, const Reapi__Digest *message,
                    bool executable, struct error *err)
{
    struct blob_digest digest;
    Local__Output *output = add_output(replying, path);
    char *blob = NULL;

    if (blob_from_message(message, &digest, err) < 0 ||
        store_pin(replying->store, &digest, err) != 0)
        return gone(path, err);
    int answer = store_blob_path(replying->store, &digest, false, &blob, err);
    store_unpin(replying->store, &digest);
    if (answer != 0)
        return gone(path, err);
    output->blob = blob;
    output->executable = executable;
    return 0;
}

static int add_directory(struct replying *replying, const char *path, const Reapi__Digest *message,
                         unsigned depth, struct error *err);

static int add_entries(struct replying *replying, const char *path,
                       const Reapi__Directory *directory, unsigned depth, struct error *err)
{
    for (size_t i = 0; i < directory->n_files; i++) {
        const Reapi__FileNode *node = directory->files[i];
        auto_free char *child = path_join(path, node->name);
        if (add_file(replying, child, node->digest, node->is_executable, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < directory->n_symlinks; i++) {
        auto_free char *child = path_join(path, directory->symlinks[i]->name);
        add_output(replying, child)->target = xstrdup(directory->symlinks[i]->target);
    }
    for (size_t i = 0; i < directory->n_directories; i++) {
        auto_free char *child = path_join(path, directory->directories[i]->name);
        if (add_directory(replying, child, directory->directories[i]->digest, depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int add_directory(struct replying *replying, const char *path, const Reapi__Digest *message,
                         unsigned depth, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    auto_directory *directory = NULL;
    struct blob_digest digest;

    add_output(replying, path);
    if (depth > LIMIT_TREE_DEPTH || blob_from_message(message, &digest, err) < 0 ||
        store_read_blob(replying->store, &digest, LIMIT_DIRECTORY, &bytes, err) != 0 ||
        directory_parse(bytes.data, bytes.len, &directory, err) < 0)
        return gone(path, err);
    return add_entries(replying, path, directory, depth, err);
}

static int add_outputs(struct replying *replying, const Reapi__ActionResult *result,
                       struct error *err)
{
    for (size_t i = 0; i < result->n_output_files; i++) {
        const Reapi__OutputFile *file = result->output_files[i];
        if (add_file(replying, file->path, file->digest, file->is_executable, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < result->n_output_symlinks; i++)
        add_output(replying, result->output_symlinks[i]->path)->target =
            xstrdup(result->output_symlinks[i]->target);
    for (size_t i = 0; i < result->n_output_directories; i++) {
        const Reapi__OutputDirectory *directory = result->output_directories[i];
        if (add_directory(replying, directory->path, directory->root_directory_digest, 1, err) < 0)
            return -1;
    }
    return 0;
}

static int read_stream(struct store *store, const char *name, const Reapi__Digest *message,
                       struct buf *bytes, struct error *err)
{
    struct blob_digest digest;

    if (!message)
        return 0;
    if (blob_from_message(message, &digest, err) < 0 ||
        store_read_blob(store, &digest, LOCAL_MESSAGE_MAX / 3, bytes, err) != 0)
        return gone(name, err);
    return 0;
}

int local_action_reply(struct store *store, const Local__Run *run,
                       const Reapi__ActionResult *result, bool cached, struct buf *reply,
                       struct error *err)
{
    __attribute__((cleanup(replying_release))) struct replying replying = {.store = store,
                                                                           .tree = run->tree};
    Local__Reply message = local_reply();
    Local__Ran ran = LOCAL__RAN__INIT;
    auto_buf out = BUF_INIT;
    auto_buf errors = BUF_INIT;

    if (add_outputs(&replying, result, err) < 0 ||
        read_stream(store, "stdout", result->stdout_digest, &out, err) < 0 ||
        read_stream(store, "stderr", result->stderr_digest, &errors, err) < 0)
        return -1;
    ran.exit_code = result->exit_code;
    ran.cached = cached;
    ran.standard_output = (ProtobufCBinaryData){out.len, (uint8_t *)out.data};
    ran.standard_error = (ProtobufCBinaryData){errors.len, (uint8_t *)errors.data};
    ran.outputs = replying.outputs;
    ran.n_outputs = replying.len;
    message.what_case = LOCAL__REPLY__WHAT_RAN;
    message.ran = &ran;
    local_pack(&message.base, reply);
    return 0;
}
