/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/runner_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "proto/runner.pb-c.h"
#include "server/runner_message.h"
#include "server/idmap.h"
#include "server/sandbox.h"
#include "server/sandbox_rights.h"

#define NAMESPACES                                                                                 \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |     \
     CLONE_NEWCGROUP)

/* One action's process. */
struct job {
    pid_t pid;
    int pidfd;
    int channel; /* the child's end: ours to look at and to say the end */
    int go;      /* open for as long as the runner lives */
    bool killed;
};

struct runner {
    int socket;
    Runner__Config *config;
    char *fault; /* why no action can be run; NULL if it can */
    struct job *jobs;
    size_t len, cap;
    struct pollfd *polled; /* the socket, then two for each job */
    size_t polled_cap;
};

/* ---- what is said in a child's stead ---- */

static void say(int channel, Runner__Reply *message)
{
    auto_error err = ERROR_INIT;

    if (runner_message_send(channel, &message->base, -1, &err) < 0)
        error_release(&err);
}

static void say_ended(int channel, int exit_code)
{
    Runner__Ended ended = RUNNER__ENDED__INIT;
    Runner__Reply message = RUNNER__REPLY__INIT;

    ended.exit_code = exit_code;
    message.what_case = RUNNER__REPLY__WHAT_ENDED;
    message.ended = &ended;
    say(channel, &message);
}

static void say_failed(int channel, char *text)
{
    Runner__Failure failure = RUNNER__FAILURE__INIT;
    Runner__Reply message = RUNNER__REPLY__INIT;

    failure.text = text;
    message.what_case = RUNNER__REPLY__WHAT_FAILURE;
    message.failure = &failure;
    say(channel, &message);
    say_ended(channel, 0);
}

/* ---- start of an action ---- */

static void close_between(int first, int last)
{
    if (first <= last)
        syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0);
}

/* All but the standard streams and these two. */
static void close_others(int a, int b)
{
    int low = a < b ? a : b;
    int high = a < b ? b : a;

    close_between(STDERR_FILENO + 1, low - 1);
    close_between(low + 1, high - 1);
    close_between(high + 1, INT32_MAX);
}

static void be_child(const struct runner *runner, int channel, int go)
{
    struct sandbox sandbox = {runner->config, channel, go};

    close_others(channel, go);
    _exit(sandbox_run(&sandbox));
}

static pid_t clone_child(const struct runner *runner, int *ret_pidfd)
{
    struct clone_args args = {
        .flags = CLONE_PIDFD | (runner->config->namespaces ? NAMESPACES : 0),
        .pidfd = (uint64_t)(uintptr_t)ret_pidfd,
        .exit_signal = SIGCHLD,
    };

    return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static int let_go(const struct runner *runner, const struct job *job, struct error *err)
{
    uint32_t outer = runner->config->outer_id;
    uid_t user = outer ? outer : geteuid();
    gid_t group = outer ? outer : getegid();

    if (runner->config->namespaces && rights_map_ids(job->pid, user, group, err) < 0)
        return -1;
    if (write(job->go, "", 1) != 1)
        return error_set_errno(err, errno, "cannot wake the action's process");
    return 0;
}

static int start_job(const struct runner *runner, struct job *job, struct error *err)
{
    int go[2];

    if (runner->fault)
        return error_set(err, ERROR_FAILURE, "%s", runner->fault);
    if (pipe2(go, O_CLOEXEC) < 0)
        return error_set_errno(err, errno, "cannot make a pipe");
    job->pid = clone_child(runner, &job->pidfd);
    if (job->pid == 0) {
        close(go[1]);
        be_child(runner, job->channel, go[0]);
    }
    int errnum = errno;
    close(go[0]);
    job->go = go[1];
    if (job->pid < 0)
        return error_set_errno(err, errnum, "cannot make a process%s for the action",
                               runner->config->namespaces ? " with namespaces" : "");
    return 0;
}

static void close_job(struct job *job)
{
    fd_release(&job->pidfd);
    fd_release(&job->channel);
    fd_release(&job->go);
}

static void add_job(struct runner *runner, int channel)
{
    struct job job = {.pidfd = -1, .channel = channel, .go = -1};
    auto_error err = ERROR_INIT;

    if (start_job(runner, &job, &err) < 0) {
        say_failed(channel, err.text);
        close_job(&job);
        return;
    }
    /* The child's end is then said as that of others that were killed. */
    if (let_go(runner, &job, &err) < 0) {
        say_failed(channel, err.text);
        kill(job.pid, SIGKILL);
    }
    grow_for_one(runner->jobs, runner->len, runner->cap);
    runner->jobs[runner->len++] = job;
}

/* ---- end of an action ---- */

/* The init of a PID namespace takes all with it; a reaper is asked to. */
static void kill_job(const struct runner *runner, struct job *job)
{
    pidfd_send_signal(job->pidfd, runner->config->namespaces ? SIGKILL : SIGTERM, NULL, 0);
    job->killed = true;
}

static void end_job(struct runner *runner, size_t index)
{
    struct job *job = &runner->jobs[index];
    siginfo_t info = {0};

    if (waitid((idtype_t)P_PIDFD, (id_t)job->pidfd, &info, WEXITED | WNOHANG) < 0 ||
        info.si_pid == 0)
        return;
    if (info.si_code != CLD_EXITED)
        say_ended(job->channel, 128 + info.si_status);
    else if (info.si_status != 0)
        say_failed(job->channel, (char *)"the action's init ended early");
    close_job(job);
    runner->jobs[index] = runner->jobs[--runner->len];
}

/* ---- the loop ---- */

static void fill_polled(struct runner *runner)
{
    size_t need = 1 + 2 * runner->len;

    if (need > runner->polled_cap) {
        runner->polled = xrealloc(runner->polled, 2 * need * sizeof(*runner->polled));
        runner->polled_cap = 2 * need;
    }
    runner->polled[0] = (struct pollfd){.fd = runner->socket, .events = POLLIN};
    for (size_t i = 0; i < runner->len; i++) {
        const struct job *job = &runner->jobs[i];
        runner->polled[1 + 2 * i] = (struct pollfd){.fd = job->pidfd, .events = POLLIN};
        runner->polled[2 + 2 * i] =
            (struct pollfd){.fd = job->killed ? -1 : job->channel, .events = POLLRDHUP};
    }
}

/* From the last one: the last takes the place of one that ends. */
static void look_at_jobs(struct runner *runner)
{
    for (size_t i = runner->len; i-- > 0;) {
        if (runner->polled[2 + 2 * i].revents)
            kill_job(runner, &runner->jobs[i]);
        if (runner->polled[1 + 2 * i].revents)
            end_job(runner, i);
    }
}

/* Returns 1 when the service has closed the socket. */
static int take_channel(struct runner *runner, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    int channel = -1;
    int answer = runner_message_receive(runner->socket, &bytes, &channel, err);

    if (answer == 0 && channel >= 0)
        add_job(runner, channel);
    return answer;
}

static int serve(struct runner *runner, struct error *err)
{
    for (;;) {
        fill_polled(runner);
        if (poll(runner->polled, 1 + 2 * runner->len, -1) < 0) {
            if (errno != EINTR)
                return error_set_errno(err, errno, "cannot wait");
            continue;
        }
        bool has_channel = runner->polled[0].revents != 0;
        look_at_jobs(runner);
        int answer = has_channel ? take_channel(runner, err) : 0;
        if (answer != 0)
            return answer < 0 ? -1 : 0;
    }
}

static int receive_config(struct runner *runner, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    auto_fd int fd = -1;

    if (runner_message_receive(runner->socket, &bytes, &fd, err) != 0)
        return -1;
    runner->config = runner__config__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    return runner->config ? 0 : error_set(err, ERROR_FAILURE, "no configuration came");
}

/* A fault is told to each action that comes. */
static void prepare(struct runner *runner)
{
    const Runner__Config *config = runner->config;
    auto_error err = ERROR_INIT;

    if (config->namespaces && config->outer_id &&
        idmap_directory(config->dir, config->outer_id, &err) < 0)
        runner->fault = xstrdup(err.text);
}

int runner_process_main(int socket)
{
    struct runner runner = {.socket = socket};
    auto_error err = ERROR_INIT;

    prctl(PR_SET_NAME, "cleaved-runner", 0, 0, 0);
    if (receive_config(&runner, &err) < 0)
        return 1;
    prepare(&runner);
    int result = serve(&runner, &err);
    runner__config__free_unpacked(runner.config, NULL);
    for (size_t i = 0; i < runner.len; i++)
        close_job(&runner.jobs[i]);
    free(runner.jobs);
    free(runner.polled);
    free(runner.fault);
    return result < 0 ? 1 : 0;
}
