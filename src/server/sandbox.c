/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "server/runner_message.h"
#include "server/sandbox_command.h"
#include "server/sandbox_rights.h"
#include "server/sandbox_view.h"

#define OUTPUT_MODE 0644

/* What the steps work on, one after the other. */
struct run {
    const struct sandbox *sandbox;
    Runner__Request *request;
    struct view_places places;
    int out, err; /* the command's */
    int root;     /* the input root (O_PATH) */
};

/* ---- what is said to the service ---- */

/* Nobody is there to be told of a failure to tell. */
static void reply(const struct run *run, Runner__Reply *message, int fd)
{
    auto_error err = ERROR_INIT;

    if (runner_message_send(run->sandbox->channel, &message->base, fd, &err) < 0)
        error_release(&err);
}

static void reply_failed(void *user, const struct error *err)
{
    Runner__Failure failure = RUNNER__FAILURE__INIT;
    Runner__Reply message = RUNNER__REPLY__INIT;

    failure.text = err->text;
    failure.action = err->kind == ERROR_REFUSED;
    message.what_case = RUNNER__REPLY__WHAT_FAILURE;
    message.failure = &failure;
    reply(user, &message, -1);
}

/* What keeps a command from being run, once the sandbox stands, is the action's own fault. */
static void reply_not_run(void *user, const struct error *err)
{
    struct error blamed = *err;

    blamed.kind = ERROR_REFUSED;
    reply_failed(user, &blamed);
}

static void reply_started(const struct run *run)
{
    Runner__Started started = RUNNER__STARTED__INIT;
    Runner__Reply message = RUNNER__REPLY__INIT;

    message.what_case = RUNNER__REPLY__WHAT_STARTED;
    message.started = &started;
    reply(run, &message, run->root);
}

static void reply_ended(const struct run *run, int exit_code)
{
    Runner__Ended ended = RUNNER__ENDED__INIT;
    Runner__Reply message = RUNNER__REPLY__INIT;

    ended.exit_code = exit_code;
    message.what_case = RUNNER__REPLY__WHAT_ENDED;
    message.ended = &ended;
    reply(run, &message, -1);
}

/* ---- the steps ---- */

static int receive_request(struct run *run, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    auto_fd int fd = -1;

    if (runner_message_receive(run->sandbox->channel, &bytes, &fd, err) != 0)
        return error_set(err, ERROR_FAILURE, "the service sent no command");
    run->request = runner__request__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    if (!run->request || (run->request->n_arguments == 0 && !run->request->probe))
        return error_set(err, ERROR_FAILURE, "the service sent no command");
    umask(022);
    return 0;
}

static int open_places(struct run *run, struct error *err)
{
    return view_places_open(run->request, &run->places, err);
}

static int await_ids(struct run *run, struct error *err)
{
    char byte;

    if (read(run->sandbox->go, &byte, 1) != 1)
        return error_set(err, ERROR_FAILURE, "the runner process ended");
    return 0;
}

static int take_id(struct run *run, struct error *err)
{
    (void)run;
    return rights_take_id(err);
}

static int limit(struct run *run, struct error *err)
{
    (void)run;
    return rights_limit(err);
}

static int own_network(struct run *run, struct error *err)
{
    (void)run;
    return rights_own_network(err);
}

static int drop_rights(struct run *run, struct error *err)
{
    (void)run;
    return rights_drop(err);
}

static int open_output(const struct run *run, const char *name, int *ret_fd, struct error *err)
{
    int fd = openat(run->places.run_dir, name,
                    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, OUTPUT_MODE);

    if (fd < 0)
        return error_set_errno(err, errno, "cannot write %s/%s", run->request->run_dir, name);
    *ret_fd = fd;
    return 0;
}

static int open_outputs(struct run *run, struct error *err)
{
    if (open_output(run, "stdout", &run->out, err) < 0)
        return -1;
    return open_output(run, "stderr", &run->err, err);
}

static int enter_view(struct run *run, struct error *err)
{
    if (view_enter(run->sandbox->config, &run->places, err) < 0)
        return -1;
    run->root = open(SANDBOX_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return run->root < 0 ? error_set_errno(err, errno, "cannot open %s", SANDBOX_ROOT) : 0;
}

static int open_root(struct run *run, struct error *err)
{
    run->root = openat(run->places.run_dir, "root", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return run->root < 0 ? error_set_errno(err, errno, "cannot open %s/root", run->request->run_dir)
                         : 0;
}

/* A directory below the root, through links that stay there. */
static int open_below(int root, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};

    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Makes the part of PATH that ends at END, whose parent is there. Returns -1 with errno. */
static int make_part(int root, const char *path, const char *end)
{
    auto_free char *part = xstrndup(path, (size_t)(end - path));
    char *slash = strrchr(part, '/');

    if (slash)
        *slash = '\0';
    auto_fd int parent = open_below(root, slash ? part : ".");
    if (parent < 0)
        return -1;
    return mkdirat(parent, slash ? slash + 1 : part, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

static int make_parent(int root, const char *path, struct error *err)
{
    auto_fd int there = open_below(root, path);
    const char *end = path;
    int result = 0;

    if (there >= 0)
        return 0;
    do {
        end += strcspn(end, "/");
        result = make_part(root, path, end);
    } while (result == 0 && *end++);
    if (result == 0)
        there = open_below(root, path);
    if (there < 0)
        return error_set(err, ERROR_REFUSED, "cannot make the directory %s for the outputs: %s",
                         path, strerror(errno));
    return 0;
}

static int make_parents(struct run *run, struct error *err)
{
    for (size_t i = 0; i < run->request->n_parents; i++)
        if (make_parent(run->root, run->request->parents[i], err) < 0)
            return -1;
    return 0;
}

/* From here on the runner's end is ours. */
static int die_with_runner(int signal, const struct run *run, struct error *err)
{
    struct pollfd go = {.fd = run->sandbox->go};

    if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) < 0)
        return error_set_errno(err, errno, "cannot be told of the runner's end");
    return poll(&go, 1, 0) > 0 ? error_set(err, ERROR_FAILURE, "the runner process ended") : 0;
}

static int be_killed_with_runner(struct run *run, struct error *err)
{
    return die_with_runner(SIGKILL, run, err);
}

static int be_reaper(struct run *run, struct error *err)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return error_set_errno(err, errno, "cannot become the reaper of the action");
    return die_with_runner(SIGTERM, run, err);
}

typedef int step_fn(struct run *run, struct error *err);

/* The places are opened as the runner's user, to whom alone the directory that holds them may be
 * open. */
static step_fn *const with_namespaces[] = {
    await_ids,    receive_request, open_places, limit,        take_id,     be_killed_with_runner,
    open_outputs, own_network,     enter_view,  make_parents, drop_rights, NULL,
};

static step_fn *const without_namespaces[] = {
    await_ids,    receive_request, open_places,  limit, be_reaper,
    open_outputs, open_root,       make_parents, NULL,
};

/* ---- the command ---- */

static int run_command(struct run *run, int *ret_exit_code, struct error *err)
{
    const struct command command = {run->request, run->root, run->out, run->err};
    pid_t pid;

    if (command_start(&command, reply_not_run, run, &pid, err) < 0)
        return -1;
    /* Nothing that the action could reach through us stays open while it runs. */
    fd_release(&run->out);
    fd_release(&run->err);
    fd_release(&run->root);
    view_places_release(&run->places);
    *ret_exit_code = run->sandbox->config->namespaces ? command_await_as_init(pid)
                                                      : command_await_as_reaper(pid);
    return 0;
}

static int run_steps(struct run *run, int *ret_exit_code, struct error *err)
{
    step_fn *const *steps = run->sandbox->config->namespaces ? with_namespaces : without_namespaces;

    for (; *steps; steps++)
        if ((*steps)(run, err) < 0)
            return -1;
    reply_started(run);
    return run->request->probe ? 0 : run_command(run, ret_exit_code, err);
}

int sandbox_run(struct sandbox *sandbox)
{
    struct run run = {
        .sandbox = sandbox, .places = VIEW_PLACES_INIT, .out = -1, .err = -1, .root = -1};
    auto_error err = ERROR_INIT;
    int exit_code = 0;

    if (run_steps(&run, &exit_code, &err) < 0)
        reply_failed(&run, &err);
    reply_ended(&run, exit_code);
    return 0;
}
