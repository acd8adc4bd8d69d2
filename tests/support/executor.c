/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/executor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/strv.h"
#include "reapi/messages.h"
#include "server/output_tree.h"

/* ---- the world ---- */

struct executor_world *executor_world_open(enum sandbox_mode mode, const struct strv *hidden)
{
    struct executor_world *world = xcalloc(1, sizeof(*world));
    auto_error err = ERROR_INIT;
    auto_free char *cwd = NULL;

    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *store = xasprintf("%s/store", cwd);
    auto_free char *actions = xasprintf("%s/store/actions", cwd);
    const struct store_options store_options = {.dir = store, .size_limit = EXECUTOR_STORE_SIZE};
    assert_success(store_open(&store_options, &world->store, &err), &err);
    const struct executor_options options = {
        .store = world->store, .dir = actions, .sandbox = mode, .hidden = hidden};
    assert_success(executor_open(&options, &world->executor, &world->warning, &err), &err);
    assert_int_equal(mkdir("in", 0755), 0);
    return world;
}

void executor_world_close(struct executor_world *world)
{
    executor_close(world->executor);
    store_close(world->store);
    free(world->warning);
    free(world);
}

static int start(void **state, enum sandbox_mode mode)
{
    void *dir;

    test_enter_dir(&dir);
    struct executor_world *world = executor_world_open(mode, NULL);
    world->dir = dir;
    *state = world;
    return 0;
}

int executor_own_auto(void **state)
{
    return start(state, SANDBOX_AUTO);
}

int executor_own_none(void **state)
{
    return start(state, SANDBOX_NONE);
}

int executor_own_stop(void **state)
{
    struct executor_world *world = *state;
    void *dir = world->dir;

    executor_world_close(world);
    test_leave_dir(&dir);
    return 0;
}

static void *shared[SANDBOX_NONE + 1];

static int share(void **state, enum sandbox_mode mode)
{
    auto_error err = ERROR_INIT;

    if (!shared[mode])
        start(&shared[mode], mode);
    struct executor_world *world = shared[mode];
    assert_int_equal(chdir(world->dir->path), 0);
    assert_success(fs_remove_all("in", &err), &err);
    assert_int_equal(mkdir("in", 0755), 0);
    *state = world;
    return 0;
}

int executor_share_auto(void **state)
{
    return share(state, SANDBOX_AUTO);
}

int executor_share_none(void **state)
{
    return share(state, SANDBOX_NONE);
}

int executor_shared_stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        if (shared[i])
            executor_own_stop(&shared[i]);
    return 0;
}

void need_namespaces(const struct executor_world *world)
{
    if (executor_sandbox(world->executor) == SANDBOX_USERNS)
        return;
    print_message("skipped: %s\n", world->warning);
    skip();
}

/* ---- actions ---- */

struct blob_digest store_inputs(struct executor_world *world)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    const struct output_sink sink = {world->store, true, &status};
    struct output_tree tree;

    if (output_tree_store(&sink, AT_FDCWD, "in", "in", &tree) < 0)
        fail_msg("%s", status.message);
    return tree.root;
}

static struct blob_digest store_message(struct executor_world *world,
                                        const ProtobufCMessage *message)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest digest;

    message_pack(message, &bytes);
    blob_digest_of(bytes.data, bytes.len, &digest);
    assert_success(store_put(world->store, &digest, bytes.data, &err), &err);
    return digest;
}

static void take_list(const char *const *list, char ***ret_items, size_t *ret_count)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    *ret_items = (char **)(uintptr_t)list;
    *ret_count = count;
}

#define VARIABLES_MAX 8

static struct blob_digest store_command(struct executor_world *world,
                                        const struct test_action *action)
{
    static const char *const plain[] = {"PATH", "/usr/bin:/bin", NULL};
    const char *const script[] = {"/bin/sh", "-c", action->script, NULL};
    const char *const *environment = action->environment ? action->environment : plain;
    Reapi__Command command = REAPI__COMMAND__INIT;
    Reapi__Command__EnvironmentVariable variables[VARIABLES_MAX];
    Reapi__Command__EnvironmentVariable *list[VARIABLES_MAX];

    take_list(action->arguments ? action->arguments : script, &command.arguments,
              &command.n_arguments);
    take_list(action->outputs, &command.output_paths, &command.n_output_paths);
    take_list(action->output_files, &command.output_files, &command.n_output_files);
    take_list(action->output_directories, &command.output_directories,
              &command.n_output_directories);
    command.working_directory =
        (char *)(uintptr_t)(action->working_directory ? action->working_directory : "");
    command.output_directory_format =
        (Reapi__Command__OutputDirectoryFormat)action->directory_format;
    command.environment_variables = list;
    for (size_t i = 0; environment[2 * i]; i++) {
        reapi__command__environment_variable__init(&variables[i]);
        variables[i].name = (char *)(uintptr_t)environment[2 * i];
        variables[i].value = (char *)(uintptr_t)environment[2 * i + 1];
        list[command.n_environment_variables++] = &variables[i];
    }
    return store_message(world, &command.base);
}

struct blob_digest store_action(struct executor_world *world, const struct test_action *action,
                                const struct blob_digest *root)
{
    const struct blob_digest command = store_command(world, action);
    Reapi__Action message = REAPI__ACTION__INIT;
    Google__Duration timeout = GOOGLE__DURATION__INIT;
    struct digest_message digests[2];

    message.command_digest = digest_message_set(&digests[0], &command);
    message.input_root_digest = digest_message_set(&digests[1], root);
    message.do_not_cache = action->do_not_cache;
    timeout.seconds = action->timeout;
    if (action->timeout)
        message.timeout = &timeout;
    return store_message(world, &message.base);
}

struct execution_outcome run_test_action(struct executor_world *world,
                                         const struct test_action *action)
{
    const struct blob_digest root = store_inputs(world);
    const struct blob_digest digest = store_action(world, action, &root);
    struct execution *execution = execution_new();
    struct execution_outcome outcome;
    auto_strv bound = STRV_INIT;

    if (action->bound)
        strv_push(&bound, action->bound);
    execution_bind(execution, &bound);
    executor_run(world->executor, execution, &digest, NULL, NULL, &outcome);
    execution_free(execution);
    return outcome;
}

struct execution_outcome run_script(struct executor_world *world, const char *script)
{
    const struct test_action action = {.script = script};

    return run_test_action(world, &action);
}

/* ---- what is expected ---- */

void assert_exit(const struct execution_outcome *outcome, int exit_code)
{
    if (outcome->status.code != RPC_OK)
        fail_msg("%s: %s", rpc_code_name((int)outcome->status.code), outcome->status.message);
    assert_non_null(outcome->result);
    if (outcome->result->exit_code != exit_code)
        fail_msg("exit code %d: %.*s", outcome->result->exit_code,
                 (int)outcome->result->stderr_raw.len, (char *)outcome->result->stderr_raw.data);
}

void assert_outcome_status(const struct execution_outcome *outcome, enum rpc_code code,
                           const char *message)
{
    assert_string_equal(outcome->status.message ? outcome->status.message : "", message);
    assert_int_equal(outcome->status.code, code);
}

void assert_prints(struct executor_world *world, const char *script, const char *expected)
{
    auto_free char *both = xasprintf("exec 2>&1; %s", script);
    auto_outcome outcome = run_script(world, both);

    assert_exit(&outcome, 0);
    auto_buf text = BUF_INIT;
    buf_add(&text, outcome.result->stdout_raw.data, outcome.result->stdout_raw.len);
    assert_string_equal(text.data, expected);
}

bool executor_runner(int argc, char **argv, int *ret_status)
{
    if (argc < 2 || strcmp(argv[1], RUNNER_COMMAND) != 0)
        return false;
    *ret_status = runner_process_main(RUNNER_SOCKET);
    return true;
}
