/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/executor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"
#include "server/executor_private.h"

/* Of all layers together: names on the disk, and the share of the store's size in bytes. */
#define LAYERS_MAX_NODES 1000000
#define LAYERS_SHARE 2

#define TEMPORARY_FILES "/tmp"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what no action sees ---- */

static void hide_path(struct strv *hidden, const char *path)
{
    if (!path || path[0] != '/')
        return;
    auto_free char *canonical = fs_canonical(path);
    if (strcmp(canonical, "/") != 0)
        strv_push(hidden, canonical);
}

/* Where one of those that the sandbox replaces (sandbox.h) leads to another place (/var/home). */
static void hide_end_of_link(struct strv *hidden, const char *path)
{
    auto_free char *canonical = fs_canonical(path);

    if (strcmp(canonical, path) != 0)
        hide_path(hidden, canonical);
}

static void list_hidden(struct executor *executor, const char *dir, const struct strv *more)
{
    static const char *const replaced[] = {"/home", "/root", "/run", "/tmp"};
    static const char *const variables[] = {"HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"};

    hide_path(&executor->hidden, dir);
    if (executor->store)
        hide_path(&executor->hidden, store_directory(executor->store));
    for (size_t i = 0; i < COUNT(replaced); i++)
        hide_end_of_link(&executor->hidden, replaced[i]);
    for (size_t i = 0; i < COUNT(variables); i++)
        hide_path(&executor->hidden, getenv(variables[i]));
    for (size_t i = 0; more && i < more->len; i++)
        hide_path(&executor->hidden, more->items[i]);
}

static int start_runner(struct executor *executor, bool namespaces, struct error *err)
{
    struct runner_options options = {
        .namespaces = namespaces,
        .dir = scratch_dir(executor->scratch),
        .hidden = &executor->hidden,
    };

    return runner_start(&options, &executor->runner, err);
}

/* ---- trying the sandbox ---- */

static int make_sub_dir(const char *dir, const char *name, struct error *err)
{
    auto_free char *path = path_join(dir, name);

    if (mkdir(path, 0755) < 0)
        return error_set_errno(err, errno, "cannot make %s", path);
    return 0;
}

int run_dir_make(struct scratch *scratch, bool overlay, char **ret_path, struct error *err)
{
    char *path = NULL;

    if (scratch_make(scratch, SCRATCH_RUN, &path, err) < 0)
        return -1;
    int result = make_sub_dir(path, overlay ? "upper" : "root", err);
    if (result == 0 && overlay)
        result = make_sub_dir(path, "work", err);
    if (result < 0)
        scratch_discard(scratch, path);
    else
        *ret_path = path;
    return result;
}

/* Makes the sandbox, with no command in it. */
static int try_run(struct runner *runner, Runner__Request *request, struct error *err)
{
    struct execution *execution = execution_new();
    const struct run run = {
        .runner = runner, .execution = execution, .request = request, .timeout_seconds = 60};
    struct run_result result = {.root = -1};
    auto_rpc_status status = RPC_STATUS_INIT;
    int answer = run_command(&run, &result, &status);

    fd_release(&result.root);
    execution_free(execution);
    return answer < 0 ? error_set(err, ERROR_FAILURE, "%s", status.message) : 0;
}

static int try_sandbox(struct scratch *scratch, struct runner *runner, bool overlay,
                       struct error *err)
{
    Runner__Request request = RUNNER__REQUEST__INIT;
    char *run_dir = NULL;
    char *layer = NULL;

    if (run_dir_make(scratch, overlay, &run_dir, err) < 0)
        return -1;
    request.probe = true;
    request.run_dir = run_dir;
    request.layers = &layer;
    request.n_layers = overlay;
    int result = overlay ? scratch_make(scratch, SCRATCH_TREE, &layer, err) : 0;
    if (result == 0)
        result = try_run(runner, &request, err);
    scratch_discard(scratch, run_dir);
    scratch_discard(scratch, layer);
    return result;
}

/* Namespaces with an overlay, else with copies. Sets *ret_warning for the latter. */
static int start_with_namespaces(struct executor *executor, char **ret_warning, struct error *err)
{
    auto_error overlay_err = ERROR_INIT;

    if (start_runner(executor, true, err) < 0)
        return -1;
    if (try_sandbox(executor->scratch, executor->runner, true, &overlay_err) == 0) {
        executor->overlay = true;
        return 0;
    }
    if (try_sandbox(executor->scratch, executor->runner, false, err) < 0)
        return -1;
    *ret_warning = xasprintf("inputs are copied for each action, which takes time: %s; an overlay "
                             "needs Linux 5.11 (as root 5.19) and a store on ext4, xfs, btrfs or "
                             "tmpfs",
                             overlay_err.text);
    return 0;
}

static int start_without(struct executor *executor, const char *why, char **ret_warning,
                         struct error *err)
{
    executor->mode = SANDBOX_NONE;
    if (start_runner(executor, false, err) < 0)
        return -1;
    *ret_warning = xasprintf("actions run without a sandbox: they can read and write what you can, "
                             "and reach the network%s%s",
                             why ? "; " : "", why ? why : "");
    return 0;
}

static int start_mode(struct executor *executor, enum sandbox_mode mode, char **ret_warning,
                      struct error *err)
{
    auto_error why = ERROR_INIT;

    if (mode == SANDBOX_NONE)
        return start_without(executor, NULL, ret_warning, err);
    executor->mode = SANDBOX_USERNS;
    if (start_with_namespaces(executor, ret_warning, &why) == 0)
        return 0;
    if (mode == SANDBOX_USERNS)
        return error_set(err, ERROR_FAILURE,
                         "the sandbox can't be made: %s; cleaved doctor says what to do", why.text);
    runner_stop(executor->runner);
    executor->runner = NULL;
    return start_without(executor, why.text, ret_warning, err);
}

/* ---- open and close ---- */

static int check_same_disk(const struct executor_options *options, struct error *err)
{
    struct stat ours, stores;

    if (fs_mkdir_all(options->dir, err) < 0)
        return -1;
    if (stat(options->dir, &ours) < 0 || stat(store_directory(options->store), &stores) < 0)
        return error_set_errno(err, errno, "cannot look at %s", options->dir);
    if (ours.st_dev != stores.st_dev)
        return error_set(err, ERROR_FAILURE, "%s must be on the same file system as the store %s",
                         options->dir, store_directory(options->store));
    return 0;
}

static int open_parts(struct executor *executor, const struct executor_options *options,
                      char **ret_warning, struct error *err)
{
    struct store_stats stats;

    if (check_same_disk(options, err) < 0 ||
        scratch_open(options->dir, &executor->scratch, err) < 0)
        return -1;
    list_hidden(executor, options->dir, options->hidden);
    store_stats(executor->store, &stats);
    executor->layers = layers_new(executor->scratch, LAYERS_MAX_NODES, stats.limit / LAYERS_SHARE);
    executor->roots = input_roots_new(executor->store, executor->layers);
    if (gethostname(executor->host, sizeof(executor->host) - 1) < 0)
        return error_set_errno(err, errno, "cannot tell the machine's name");
    return start_mode(executor, options->sandbox, ret_warning, err);
}

int executor_open(const struct executor_options *options, struct executor **ret_executor,
                  char **ret_warning, struct error *err)
{
    struct executor *executor = xcalloc(1, sizeof(*executor));
    char *warning = NULL;

    executor->store = options->store;
    executor->hidden = (struct strv)STRV_INIT;
    if (open_parts(executor, options, &warning, err) < 0) {
        executor_close(executor);
        free(warning);
        return -1;
    }
    *ret_executor = executor;
    *ret_warning = warning;
    return 0;
}

void executor_close(struct executor *executor)
{
    if (!executor)
        return;
    runner_stop(executor->runner);
    input_roots_free(executor->roots);
    layers_free(executor->layers);
    scratch_close(executor->scratch);
    strv_release(&executor->hidden);
    free(executor);
}

int executor_check_bound(const struct executor *executor, const char *dir, struct error *err)
{
    auto_free char *canonical = fs_canonical(dir);

    if (dir[0] != '/' || strcmp(canonical, dir) != 0)
        return error_set(err, ERROR_REFUSED,
                         "%s can't be shown to an action: it isn't absolute, or has a link in it",
                         dir);
    for (size_t i = 0; i < executor->hidden.len; i++)
        if (path_below(executor->hidden.items[i], dir))
            return error_set(err, ERROR_REFUSED,
                             "%s can't be shown to an action: it holds %s, which is hidden", dir,
                             executor->hidden.items[i]);
    if (path_below(dir, store_directory(executor->store)))
        return error_set(err, ERROR_REFUSED, "%s can't be shown to an action: it is the store's",
                         dir);
    return 0;
}

enum sandbox_mode executor_sandbox(const struct executor *executor)
{
    return executor->mode;
}

/* ---- probe ---- */

static int probe_in(struct executor *executor, const char *dir, struct error *err)
{
    if (scratch_open(dir, &executor->scratch, err) < 0)
        return -1;
    list_hidden(executor, dir, NULL);
    if (start_runner(executor, true, err) < 0)
        return -1;
    return try_sandbox(executor->scratch, executor->runner, false, err);
}

int executor_probe(struct error *err)
{
    auto_temp_dir temp = TEMP_DIR_INIT;

    if (temp_dir_create(TEMPORARY_FILES, &temp, err) < 0)
        return -1;
    struct executor *executor = xcalloc(1, sizeof(*executor));
    executor->hidden = (struct strv)STRV_INIT;
    int result = probe_in(executor, temp.path, err);
    executor_close(executor);
    return result;
}
