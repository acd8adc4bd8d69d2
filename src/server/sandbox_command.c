/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/process.h"

/*
 * An executable that another process has open for writing can't be run (ETXTBSY), and that other
 * may be a child that is about to exec. So it is tried again, for about a second in all.
 */
#define EXEC_TRIES 40
#define EXEC_PAUSE_MS 25

#define COMMAND_NOT_RUN 127

/* Bytes of a list of process ids. */
#define CHILDREN_CAP (4u << 20)

/* ---- start ---- */

static int find_program(const struct command *command, char **ret_path, struct error *err)
{
    const char *name = command->request->arguments[0];
    const char *path = env_get(command->request->environment, "PATH");

    if (strchr(name, '/')) {
        *ret_path = xstrdup(name);
        return 0;
    }
    if (!path)
        return error_set(err, ERROR_REFUSED,
                         "cannot run %s: it has no '/', and the action's environment no PATH",
                         name);
    char *found = process_find(name, path);
    if (!found)
        return error_set(err, ERROR_REFUSED, "cannot run %s: it is not in the action's PATH (%s)",
                         name, path);
    *ret_path = found;
    return 0;
}

static int become(const char *path, const Runner__Request *request, struct error *err)
{
    const struct timespec pause = {.tv_nsec = EXEC_PAUSE_MS * 1000000L};

    for (int i = 0; i < EXEC_TRIES; i++) {
        execve(path, request->arguments, request->environment);
        if (errno != ETXTBSY)
            break;
        nanosleep(&pause, NULL);
    }
    return error_set_errno(err, errno, "cannot run %s", path);
}

/* The action's standard input is empty. */
static int take_streams(const struct command *command, struct error *err)
{
    auto_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(command->out, STDOUT_FILENO) < 0 ||
        dup2(command->err, STDERR_FILENO) < 0)
        return error_set_errno(err, errno, "cannot set the command's standard streams");
    return 0;
}

static void reset_signals(void)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &by_default, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int enter_directory(const struct command *command, struct error *err)
{
    const char *dir = command->request->working_directory;

    if (fchdir(command->root) < 0 || (*dir && chdir(dir) < 0))
        return error_set_errno(err, errno, "cannot enter the working directory %s", dir);
    return 0;
}

/* Returns only when that fails. */
static int exec_command(const struct command *command, struct error *err)
{
    auto_free char *path = NULL;

    setsid();
    if (take_streams(command, err) < 0 || enter_directory(command, err) < 0 ||
        find_program(command, &path, err) < 0)
        return -1;
    reset_signals();
    return become(path, command->request, err);
}

/* The lists end with NULL, as execve wants them: protobuf-c's don't. */
static char **terminated(char **items, size_t count)
{
    char **list = xcalloc(count + 1, sizeof(*list));

    for (size_t i = 0; i < count; i++)
        list[i] = items[i];
    return list;
}

int command_start(const struct command *command, command_failed_fn *failed, void *user,
                  pid_t *ret_pid, struct error *err)
{
    const Runner__Request *request = command->request;
    auto_free char **arguments = terminated(request->arguments, request->n_arguments);
    auto_free char **environment = terminated(request->environment, request->n_environment);
    Runner__Request ready = *request;
    struct command copy = *command;
    auto_error exec_err = ERROR_INIT;
    pid_t pid = fork();

    if (pid < 0)
        return error_set_errno(err, errno, "cannot start the command");
    if (pid > 0) {
        *ret_pid = pid;
        return 0;
    }
    ready.arguments = arguments;
    ready.environment = environment;
    copy.request = &ready;
    if (exec_command(&copy, &exec_err) < 0)
        failed(user, &exec_err);
    _exit(COMMAND_NOT_RUN);
}

/* ---- end ---- */

static int exit_code(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int command_await_as_init(pid_t pid)
{
    int status = 0;
    int other;
    pid_t ended;

    do {
        ended = waitpid(-1, &other, 0);
        if (ended == pid)
            status = other;
    } while (ended != pid && (ended > 0 || errno == EINTR));
    /* A process that is being forked meanwhile dies at the next round. */
    do {
        kill(-1, SIGKILL);
        ended = waitpid(-1, &other, 0);
    } while (ended > 0 || errno == EINTR);
    return exit_code(status);
}

/* Kills the children that /proc names. When they end, their own children become ours. */
static void kill_children(void)
{
    auto_free char *path = xasprintf("/proc/self/task/%d/children", (int)getpid());
    auto_buf text = BUF_INIT;
    auto_error err = ERROR_INIT;

    if (fs_read_file(path, CHILDREN_CAP, &text, &err) < 0)
        return;
    char *at = text.data;
    for (long child = strtol(at, &at, 10); child > 0; child = strtol(at, &at, 10))
        kill((pid_t)child, SIGKILL);
}

/* Waits for SIGCHLD or SIGTERM; returns whether SIGTERM came. Both are blocked. */
static bool wait_for_signal(const sigset_t *signals)
{
    return sigwaitinfo(signals, NULL) == SIGTERM;
}

int command_await_as_reaper(pid_t pid)
{
    int status = 0;
    bool is_over = false;
    bool is_stopped = false;
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    for (;;) {
        int other;
        pid_t ended = waitpid(-1, &other, WNOHANG);
        if (ended < 0 && errno == ECHILD)
            break;
        if (ended == pid) {
            status = other;
            is_over = true;
        }
        if (ended > 0)
            continue;
        if (is_over || is_stopped)
            kill_children();
        is_stopped |= wait_for_signal(&signals);
    }
    if (is_stopped)
        raise(SIGKILL);
    return exit_code(status);
}
