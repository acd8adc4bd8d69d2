/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

#define READ_CHUNK 65536
#define LINE_CAP (64u << 20)
#define SECOND_SIGNAL_MS 100

static volatile sig_atomic_t interrupt_signal;
static volatile sig_atomic_t running_child;

static long milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * What a terminal sends, the child has got too. A second signal kills a child that ignored the
 * first; one that comes at once is no second one: timeout(1) sends to us and to our group, and a
 * child that is cleaning up needs a moment.
 */
static void on_signal(int signo, siginfo_t *info, void *context)
{
    static long first;
    int errnum = errno;
    int pid = running_child;
    long now = milliseconds();

    (void)context;
    if (!interrupt_signal) {
        first = now;
        if (pid > 0 && info->si_code != SI_KERNEL)
            kill(pid, signo);
    } else if (pid > 0 && now - first >= SECOND_SIGNAL_MS) {
        kill(pid, SIGKILL);
    }
    interrupt_signal = signo;
    errno = errnum;
}

void process_init(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    struct sigaction old;

    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

bool process_interrupted(void)
{
    return interrupt_signal != 0;
}

int process_check_interrupt(struct error *err)
{
    if (!interrupt_signal)
        return 0;
    return error_set_child(err, 128 + interrupt_signal, "interrupted by %s",
                           strsignal(interrupt_signal));
}

void process_raise_interrupt(void)
{
    if (!interrupt_signal)
        return;
    signal(interrupt_signal, SIG_DFL);
    raise(interrupt_signal);
}

void env_set(struct strv *env, const char *name, const char *value)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < env->len; i++) {
        if (strncmp(env->items[i], name, len) != 0 || env->items[i][len] != '=')
            continue;
        free(env->items[i]);
        env->items[i] = xasprintf("%s=%s", name, value);
        return;
    }
    strv_pushf(env, "%s=%s", name, value);
}

const char *env_get(char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

int process_own_program(char **ret_path, struct error *err)
{
    static char *known;
    char path[PATH_MAX];

    if (!known) {
        ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
        if (len < 0 || len == sizeof(path))
            return error_set_errno(err, len < 0 ? errno : ENAMETOOLONG,
                                   "cannot find cleave's own program in /proc/self/exe");
        known = xstrndup(path, (size_t)len);
    }
    *ret_path = xstrdup(known);
    return 0;
}

char *process_find(const char *name, const char *path_variable)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
    const char *at = path_variable ? path_variable : "/usr/bin:/bin";
    for (;;) {
        size_t len = strcspn(at, ":");
        auto_free char *dir = len ? xstrndup(at, len) : xstrdup(".");
        auto_free char *path = xasprintf("%s/%s", dir, name);
        struct stat st;
        if (access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            return xstrdup(path);
        if (!at[len])
            return NULL;
        at += len + 1;
    }
}

static char *const *env_of(const struct process *process)
{
    return process->env ? process->env : environ;
}

static int find_program(const struct process *process, char **ret_path, struct error *err)
{
    const char *name = process->argv[0];
    char *path = process_find(name, env_get(env_of(process), "PATH"));

    if (path) {
        *ret_path = path;
        return 0;
    }
    if (strchr(name, '/'))
        return error_set_errno(err, errno, "cannot run %s", name);
    return error_set(err, ERROR_FAILURE, "cannot run %s: it is not in PATH", name);
}

/*
 * A relative path of a program is meant from our working directory, also when the child is to run
 * in another one.
 */
static int make_absolute(char **path, struct error *err)
{
    auto_free char *cwd = NULL;

    if ((*path)[0] == '/')
        return 0;
    if (fs_getcwd(&cwd, err) < 0)
        return -1;
    char *absolute = path_join(cwd, *path);
    free(*path);
    *path = absolute;
    return 0;
}

/* Starts the child with the write ends of the pipes, where they are not -1, as its output. */
static int spawn(const struct process *process, int out, int error_out, int *ret_pid,
                 struct error *err)
{
    auto_free char *path = NULL;
    posix_spawn_file_actions_t actions;
    pid_t pid;

    if (find_program(process, &path, err) < 0)
        return -1;
    if (process->dir && make_absolute(&path, err) < 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    if (process->input > 0)
        posix_spawn_file_actions_adddup2(&actions, process->input, STDIN_FILENO);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (error_out >= 0)
        posix_spawn_file_actions_adddup2(&actions, error_out, STDERR_FILENO);
    if (process->dir)
        posix_spawn_file_actions_addchdir_np(&actions, process->dir);
    int errnum = posix_spawn(&pid, path, &actions, NULL, process->argv, env_of(process));
    posix_spawn_file_actions_destroy(&actions);
    if (errnum != 0 && process->dir)
        return error_set_errno(err, errnum, "cannot run %s in %s", process->argv[0], process->dir);
    if (errnum != 0)
        return error_set_errno(err, errnum, "cannot run %s", process->argv[0]);
    running_child = pid;
    if (interrupt_signal)
        kill(pid, interrupt_signal);
    *ret_pid = pid;
    return 0;
}

int process_start(const struct process *process, int *ret_pid, struct error *err)
{
    return spawn(process, -1, -1, ret_pid, err);
}

/* As process_wait, with the status as waitpid(2) has it. */
static int wait_raw(int pid, int *ret_status, struct error *err)
{
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR)
            return error_set_errno(err, errno, "cannot wait for process %d", pid);
    running_child = 0;
    return process_check_interrupt(err);
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int process_wait(int pid, int *ret_status, struct error *err)
{
    int status = 0;

    if (wait_raw(pid, &status, err) < 0)
        return -1;
    *ret_status = exit_status(status);
    return 0;
}

/* One piped stream of the child: what has been read and not yet been given out as a line. */
struct stream {
    int fd; /* -1: at its end, or not piped */
    process_line_fn *on_line;
    struct buf pending;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Gives out the complete lines of the stream; at its end the incomplete one too. */
static int give_lines(struct stream *stream, void *user, struct error *err)
{
    size_t start = 0;

    while (start < stream->pending.len) {
        const char *line = stream->pending.data + start;
        size_t left = stream->pending.len - start;
        const char *newline = memchr(line, '\n', left);
        if (!newline && stream->fd >= 0)
            break;
        size_t len = newline ? (size_t)(newline - line) + 1 : left;
        if (stream->on_line(user, line, len, err) < 0)
            return -1;
        start += len;
    }
    size_t rest = stream->pending.len - start;
    memmove(stream->pending.data, stream->pending.data + start, rest);
    buf_set_len(&stream->pending, rest);
    return 0;
}

static int read_stream(struct stream *stream, void *user, struct error *err)
{
    buf_reserve(&stream->pending, READ_CHUNK);
    ssize_t got = read(stream->fd, stream->pending.data + stream->pending.len, READ_CHUNK);

    if (got < 0 && errno == EINTR)
        return 0;
    if (got < 0)
        return error_set_errno(err, errno, "cannot read a program's output");
    if (got == 0)
        close_fd(&stream->fd);
    else
        buf_set_len(&stream->pending, stream->pending.len + (size_t)got);
    if (stream->pending.len > LINE_CAP)
        return error_set(err, ERROR_REFUSED, "a program printed a line of over %u bytes", LINE_CAP);
    return give_lines(stream, user, err);
}

static int pump(struct stream streams[2], process_tick_fn *on_tick, void *user, struct error *err)
{
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd polls[2] = {{streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};
        if (poll(polls, 2, on_tick ? PROCESS_TICK_MS : -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_set_errno(err, errno, "cannot wait for a program's output");
        }
        for (int i = 0; i < 2; i++)
            if (polls[i].revents && read_stream(&streams[i], user, err) < 0)
                return -1;
        if (on_tick && on_tick(user, err) < 0)
            return -1;
    }
    return 0;
}

/* Opens the pipe of a stream that is wanted; sets *RET_WRITE to the child's end, or -1. */
static int open_stream(struct stream *stream, int *ret_write, struct error *err)
{
    int fds[2];

    *ret_write = -1;
    if (!stream->on_line)
        return 0;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_set_errno(err, errno, "cannot open a pipe");
    stream->fd = fds[0];
    *ret_write = fds[1];
    return 0;
}

int process_run(const struct process *process, int *ret_status, struct error *err)
{
    struct stream streams[2] = {{-1, process->on_stdout, BUF_INIT},
                                {-1, process->on_stderr, BUF_INIT}};
    int out = -1;
    int error_out = -1;
    int pid = 0;

    int status = open_stream(&streams[0], &out, err);
    if (status == 0)
        status = open_stream(&streams[1], &error_out, err);
    if (status == 0)
        status = spawn(process, out, error_out, &pid, err);
    close_fd(&out);
    close_fd(&error_out);
    if (status == 0)
        status = pump(streams, process->on_tick, process->user, err);
    for (int i = 0; i < 2; i++) {
        close_fd(&streams[i].fd);
        buf_release(&streams[i].pending);
    }
    if (pid == 0)
        return -1;
    if (status == 0) {
        int raw = 0;
        if (wait_raw(pid, &raw, err) < 0)
            return -1;
        *ret_status = exit_status(raw);
        if (process->ret_signal)
            *process->ret_signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
        return 0;
    }
    auto_error ignored = ERROR_INIT;
    kill(pid, SIGKILL);
    int child_status;
    if (process_wait(pid, &child_status, &ignored) < 0)
        error_release(&ignored);
    return -1;
}

int process_exec(const struct process *process, struct error *err)
{
    auto_free char *path = NULL;

    if (find_program(process, &path, err) < 0)
        return -1;
    execve(path, process->argv, env_of(process));
    return error_set_errno(err, errno, "cannot run %s", process->argv[0]);
}
