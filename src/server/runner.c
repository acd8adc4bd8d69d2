/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "proto/runner.pb-c.h"
#include "server/runner_message.h"
#include "server/runner_process.h"

#define OWN_PROGRAM "/proc/self/exe"

struct runner {
    bool namespaces;
    char *dir;
    struct strv hidden;

    pthread_mutex_t mutex; /* guards what follows */
    pid_t pid;             /* 0 while there is no process */
    int socket;
};

/* ---- the process ---- */

/* In a process group of its own, so that a terminal's SIGINT leaves it to us. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int errnum = posix_spawnattr_init(attributes);

    sigemptyset(&none);
    sigfillset(&all);
    if (errnum == 0)
        errnum = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (errnum == 0)
        errnum = posix_spawnattr_setsigmask(attributes, &none);
    return errnum ? errnum : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_files(posix_spawn_file_actions_t *actions, int socket)
{
    int errnum = posix_spawn_file_actions_init(actions);

    if (errnum == 0)
        errnum = posix_spawn_file_actions_adddup2(actions, socket, RUNNER_SOCKET);
    for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO && errnum == 0; fd++)
        errnum = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    return errnum;
}

static int spawn(int socket, pid_t *ret_pid, struct error *err)
{
    char *const argv[] = {(char *)"cleaved", (char *)RUNNER_COMMAND, NULL};
    posix_spawnattr_t attributes = {0};
    posix_spawn_file_actions_t actions = {0};
    int errnum = set_attributes(&attributes);

    if (errnum == 0)
        errnum = set_files(&actions, socket);
    if (errnum == 0)
        errnum = posix_spawn(ret_pid, OWN_PROGRAM, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return errnum ? error_set_errno(err, errnum, "cannot start the runner process") : 0;
}

static int configure(const struct runner *runner, int socket, struct error *err)
{
    Runner__Config config = RUNNER__CONFIG__INIT;

    config.namespaces = runner->namespaces;
    config.dir = runner->dir;
    config.outer_id = geteuid() == 0 ? RUNNER_OUTER_ID : 0;
    config.hidden = runner->hidden.items;
    config.n_hidden = runner->hidden.len;
    return runner_message_send(socket, &config.base, -1, err);
}

/* With the mutex, while there is no process. */
static int start_process(struct runner *runner, struct error *err)
{
    int sockets[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_set_errno(err, errno, "cannot make a socket for the runner process");
    auto_fd int ours = sockets[0];
    auto_fd int theirs = sockets[1];
    if (spawn(theirs, &pid, err) < 0)
        return -1;
    if (configure(runner, ours, err) < 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return -1;
    }
    runner->pid = pid;
    runner->socket = ours;
    ours = -1;
    return 0;
}

static void forget_process(struct runner *runner)
{
    fd_release(&runner->socket);
    runner->pid = 0;
}

/* With the mutex: a process that has died is gone after this. */
static void look_for_end(struct runner *runner)
{
    if (runner->pid && waitpid(runner->pid, NULL, WNOHANG) != 0)
        forget_process(runner);
}

static int ensure_process(struct runner *runner, struct error *err)
{
    look_for_end(runner);
    return runner->pid ? 0 : start_process(runner, err);
}

/* ---- for all ---- */

int runner_start(const struct runner_options *options, struct runner **ret_runner,
                 struct error *err)
{
    struct runner *runner = xcalloc(1, sizeof(*runner));

    runner->namespaces = options->namespaces;
    runner->dir = xstrdup(options->dir);
    runner->hidden = (struct strv)STRV_INIT;
    strv_push_all(&runner->hidden, options->hidden->items, options->hidden->len);
    runner->socket = -1;
    pthread_mutex_init(&runner->mutex, NULL);
    if (start_process(runner, err) < 0) {
        runner_stop(runner);
        return -1;
    }
    *ret_runner = runner;
    return 0;
}

void runner_stop(struct runner *runner)
{
    if (!runner)
        return;
    fd_release(&runner->socket);
    while (runner->pid && waitpid(runner->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    pthread_mutex_destroy(&runner->mutex);
    strv_release(&runner->hidden);
    free(runner->dir);
    free(runner);
}

static int pass_channel(struct runner *runner, int theirs, struct error *err)
{
    Runner__Channel channel = RUNNER__CHANNEL__INIT;

    pthread_mutex_lock(&runner->mutex);
    int result = ensure_process(runner, err);
    if (result == 0)
        result = runner_message_send(runner->socket, &channel.base, theirs, err);
    pthread_mutex_unlock(&runner->mutex);
    return result;
}

int runner_connect(struct runner *runner, int *ret_channel, struct error *err)
{
    int sockets[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_set_errno(err, errno, "cannot make a socket for an action");
    auto_fd int ours = sockets[0];
    auto_fd int theirs = sockets[1];
    if (pass_channel(runner, theirs, err) < 0)
        return -1;
    *ret_channel = ours;
    ours = -1;
    return 0;
}
