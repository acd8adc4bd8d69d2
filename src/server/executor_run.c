/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "server/action.h"
#include "server/answers.h"
#include "server/executor_private.h"
#include "server/input_place.h"
#include "server/outputs.h"
#include "store/blob_message.h"

/* A disk with less room than that is full: what an action wrote then isn't to be trusted. */
#define DISK_RESERVE (64ull << 20)

/* One action on its way through. */
struct job {
    struct executor *executor;
    struct execution *execution;
    execution_started_fn *started;
    void *user;

    struct action action;
    struct input_root inputs; /* with an overlay */
    char *run_dir;
    struct run_result run;
    bool disk_was_full;
    Reapi__ActionResult *result;
    struct rpc_status *status;
};

/* ---- the result's metadata ---- */

static Reapi__ActionResult *new_result(const char *host)
{
    Reapi__ActionResult *result = xmalloc(sizeof(*result));
    Reapi__ExecutedActionMetadata *metadata = xmalloc(sizeof(*metadata));

    reapi__action_result__init(result);
    reapi__executed_action_metadata__init(metadata);
    metadata->worker = xstrdup(host);
    result->execution_metadata = metadata;
    return result;
}

static Reapi__ExecutedActionMetadata *metadata_of(const struct job *job)
{
    return job->result->execution_metadata;
}

/* ---- inputs ---- */

static int copy_inputs(struct job *job)
{
    auto_input_tree tree = INPUT_TREE_INIT;
    auto_free char *root = path_join(job->run_dir, "root");

    if (input_tree_read(job->executor->store, &job->action.input_root, &tree, job->status) < 0)
        return -1;
    return input_place(&tree, tree.root, root, input_place_copy, job->status);
}

static int make_inputs(struct job *job)
{
    struct executor *executor = job->executor;
    auto_error err = ERROR_INIT;

    timestamp_set_now(&metadata_of(job)->input_fetch_start_timestamp);
    if (run_dir_make(executor->scratch, executor->overlay, &job->run_dir, &err) < 0)
        return rpc_status_set(job->status, RPC_UNAVAILABLE, "%s", err.text);
    int result = executor->overlay ? input_roots_take(executor->roots, &job->action.input_root,
                                                      &job->inputs, job->status)
                                   : copy_inputs(job);
    if (result < 0)
        return -1;
    timestamp_set_now(&metadata_of(job)->input_fetch_completed_timestamp);
    return 0;
}

/* ---- the command ---- */

static void watch_disk(void *user)
{
    struct job *job = user;
    struct statvfs disk;

    if (statvfs(job->run_dir, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < DISK_RESERVE)
        job->disk_was_full = true;
}

static void command_starts(void *user)
{
    struct job *job = user;

    timestamp_set_now(&metadata_of(job)->execution_start_timestamp);
    if (job->started)
        job->started(job->user);
}

static int run_it(struct job *job)
{
    const struct action *action = &job->action;
    Runner__Request request = RUNNER__REQUEST__INIT;
    char *layers[INPUT_LAYERS_MAX + 1];
    const struct run run = {
        .runner = job->executor->runner,
        .execution = job->execution,
        .request = &request,
        .timeout_seconds = action->timeout_seconds,
        .on_start = command_starts,
        .on_tick = watch_disk,
        .user = job,
    };

    for (size_t i = 0; i < job->inputs.count; i++)
        layers[i] = (char *)layer_path(job->inputs.layers[i]);
    request.arguments = action->command->arguments;
    request.n_arguments = action->command->n_arguments;
    request.environment = action->environment.items;
    request.n_environment = action->environment.len;
    request.working_directory = action->command->working_directory;
    request.run_dir = job->run_dir;
    request.layers = layers;
    request.n_layers = job->inputs.count;
    request.parents = action->parents.items;
    request.n_parents = action->parents.len;
    request.bound = job->execution->bound.items;
    request.n_bound = job->execution->bound.len;
    if (run_command(&run, &job->run, job->status) < 0)
        return -1;
    timestamp_set_now(&metadata_of(job)->execution_completed_timestamp);
    job->result->exit_code = job->run.exit_code;
    return 0;
}

/* ---- what it left ---- */

/* Also inline, where it is short. */
static int store_stream(struct job *job, const char *name, Reapi__Digest **ret_digest,
                        ProtobufCBinaryData *ret_raw)
{
    auto_free char *path = path_join(job->run_dir, name);
    auto_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    if (fd < 0)
        return rpc_status_set(job->status, RPC_UNAVAILABLE, "cannot open %s: %s", path,
                              strerror(errno));
    int answer = store_put_file(job->executor->store, fd, &digest, &err);
    if (answer != 0 && answer != STORE_PRESENT)
        return status_of_answer(job->status, answer, &err);
    *ret_digest = blob_message_new(&digest);
    if (digest.size == 0 || digest.size > LIMIT_INLINE_OUTPUT)
        return 0;
    uint8_t *raw = xmalloc((size_t)digest.size);
    ssize_t got = pread(fd, raw, (size_t)digest.size, 0);
    if (got == (ssize_t)digest.size)
        *ret_raw = (ProtobufCBinaryData){(size_t)digest.size, raw};
    else
        free(raw);
    return 0;
}

static int store_streams(struct job *job)
{
    Reapi__ActionResult *result = job->result;

    if (store_stream(job, "stdout", &result->stdout_digest, &result->stdout_raw) < 0)
        return -1;
    return store_stream(job, "stderr", &result->stderr_digest, &result->stderr_raw);
}

/* Of an action that was stopped at its timeout, what there is of outputs is kept. */
static int collect(struct job *job)
{
    timestamp_set_now(&metadata_of(job)->output_upload_start_timestamp);
    if (store_streams(job) < 0)
        return -1;
    int result = outputs_collect(job->executor->store, &job->action, job->run.root, job->result,
                                 job->status);
    if (job->run.timed_out)
        result = rpc_status_set(job->status, RPC_DEADLINE_EXCEEDED,
                                "the action was stopped at its timeout of %u s",
                                job->action.timeout_seconds);
    timestamp_set_now(&metadata_of(job)->output_upload_completed_timestamp);
    watch_disk(job);
    return result;
}

/* ---- all of it ---- */

static int check_cancelled(struct job *job)
{
    if (execution_is_cancelled(job->execution))
        return rpc_status_set(job->status, RPC_CANCELLED, "the action was cancelled");
    return 0;
}

static int run_action(struct job *job, const struct blob_digest *digest)
{
    if (check_cancelled(job) < 0 ||
        action_read(job->executor->store, digest, &job->action, job->status) < 0 ||
        make_inputs(job) < 0 || check_cancelled(job) < 0 || run_it(job) < 0)
        return -1;
    return collect(job);
}

static void job_release(struct job *job)
{
    fd_release(&job->run.root);
    input_roots_give_back(job->executor->roots, &job->inputs);
    scratch_discard(job->executor->scratch, job->run_dir);
    action_release(&job->action);
}

void executor_run(struct executor *executor, struct execution *execution,
                  const struct blob_digest *action, execution_started_fn *started, void *user,
                  struct execution_outcome *ret_outcome)
{
    *ret_outcome = (struct execution_outcome)EXECUTION_OUTCOME_INIT;
    struct job job = {
        .executor = executor,
        .execution = execution,
        .started = started,
        .user = user,
        .action = ACTION_INIT,
        .run = {.root = -1},
        .result = new_result(executor->host),
        .status = &ret_outcome->status,
    };

    int result = run_action(&job, action);
    ret_outcome->do_not_cache =
        job.disk_was_full || (job.action.message && job.action.message->do_not_cache);
    if (result == 0 || job.run.timed_out)
        ret_outcome->result = job.result;
    else
        reapi__action_result__free_unpacked(job.result, NULL);
    job_release(&job);
}

void execution_outcome_release(struct execution_outcome *outcome)
{
    rpc_status_release(&outcome->status);
    if (outcome->result)
        reapi__action_result__free_unpacked(outcome->result, NULL);
    *outcome = (struct execution_outcome)EXECUTION_OUTCOME_INIT;
}
