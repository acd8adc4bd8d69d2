/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/size.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/places.h"
#include "server/daemon.h"
#include "server/sandbox_mode.h"

#define JOBS_MAX 1024

/* The command line as it was given. */
struct serve_arguments {
    struct strv listen;
    const char *store, *store_size, *sandbox, *jobs, *local_socket;
    struct rpc_tls tls;
    bool fsync;
};

/* ---- from the command line to the daemon's options ---- */

static int parse_jobs(const char *text, unsigned *ret_jobs, struct error *err)
{
    char *end = NULL;
    unsigned long jobs;

    errno = 0;
    jobs = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || jobs < 1 || jobs > JOBS_MAX)
        return error_set(err, ERROR_USAGE, "--jobs %s: give a number from 1 to %d", text, JOBS_MAX);
    *ret_jobs = (unsigned)jobs;
    return 0;
}

/* As many as there are processors for this process. */
static unsigned default_jobs(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return count < JOBS_MAX ? (unsigned)count : JOBS_MAX;
}

/* Fills all but the places. */
static int set_options(const struct serve_arguments *given, struct daemon_options *options,
                       struct error *err)
{
    const struct rpc_tls *tls = &given->tls;

    options->store.size_limit = STORE_DEFAULT_SIZE;
    options->store.fsync = given->fsync;
    options->jobs = default_jobs();
    options->tls = tls->cert || tls->key || tls->client_ca ? tls : NULL;
    if (given->store_size &&
        size_parse("--store-size", given->store_size, &options->store.size_limit, err) < 0)
        return -1;
    if (given->sandbox && sandbox_mode_parse(given->sandbox, &options->sandbox, err) < 0)
        return -1;
    return given->jobs ? parse_jobs(given->jobs, &options->jobs, err) : 0;
}

/* ---- the process ---- */

/* Sockets and blobs are open at once: as many as the system lets us have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* What a request on local.sock leaves for the main thread, which reads it from `event`. */
enum stop_wish {
    STOP_NOW = 1,
    STOP_WHEN_DONE = 1 << 16,
};

struct end {
    int signals;         /* a signalfd */
    int event;           /* an eventfd that is given stop_wishes */
    atomic_bool patient; /* what runs is waited for, however long it takes */
};

#define END_INIT                                                                                   \
    {                                                                                              \
        -1, -1, false                                                                              \
    }

static void end_release(struct end *end)
{
    fd_release(&end->signals);
    fd_release(&end->event);
}

static void ask_for_end(void *user, bool to_replace)
{
    struct end *end = user;

    /* A user's wish that comes while a successor's is obeyed: as a second signal. */
    if (!to_replace && atomic_load(&end->patient))
        kill(getpid(), SIGTERM);
    (void)!eventfd_write(end->event, to_replace ? STOP_WHEN_DONE : STOP_NOW);
}

/* SIGHUP stays ignored under nohup. */
static void stop_signals(sigset_t *set)
{
    struct sigaction hangup;

    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaddset(set, SIGHUP);
}

/* Before the first thread starts, so that no thread takes the signals. */
static int end_prepare(struct end *end, struct error *err)
{
    sigset_t set;

    stop_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    end->signals = signalfd(-1, &set, SFD_CLOEXEC);
    end->event = eventfd(0, EFD_CLOEXEC);
    if (end->signals < 0 || end->event < 0)
        return error_set_errno(err, errno, "cannot wait for signals");
    return 0;
}

/* Waits for a signal or a wish. Returns the grace for calls that run. */
static unsigned end_wait(struct end *end)
{
    struct pollfd polled[] = {{end->signals, POLLIN, 0}, {end->event, POLLIN, 0}};
    eventfd_t wishes = 0;

    while (poll(polled, 2, -1) < 0 && errno == EINTR)
        ;
    if (polled[0].revents)
        return DAEMON_GRACE_MS;
    (void)!eventfd_read(end->event, &wishes);
    if (wishes % STOP_WHEN_DONE)
        return DAEMON_GRACE_MS;
    atomic_store(&end->patient, true);
    return DAEMON_REPLACED_GRACE_MS;
}

/* From now on a signal ends the process at once. */
static void end_at_next_signal(const struct end *end)
{
    struct signalfd_siginfo taken;
    struct pollfd polled = {end->signals, POLLIN, 0};
    sigset_t set;

    while (poll(&polled, 1, 0) > 0 && read(end->signals, &taken, sizeof(taken)) > 0)
        ;
    stop_signals(&set);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void print_ready(const struct daemon *daemon)
{
    const struct strv *addresses = daemon_addresses(daemon);

    for (size_t i = 0; i < addresses->len; i++)
        printf("cleaved: listening on %s\n", addresses->items[i]);
    fflush(stdout);
}

static int serve(struct daemon_options *options, struct error *err)
{
    __attribute__((cleanup(end_release))) struct end end = END_INIT;
    auto_strv warnings = STRV_INIT;
    struct daemon *daemon = NULL;

    umask(022);
    raise_descriptor_limit();
    if (end_prepare(&end, err) < 0)
        return -1;
    options->stop = ask_for_end;
    options->stop_user = &end;
    int result = daemon_start(options, &daemon, &warnings, err);
    for (size_t i = 0; i < warnings.len; i++)
        print_warning(warnings.items[i]);
    if (result < 0)
        return -1;
    print_ready(daemon);
    unsigned grace_ms = end_wait(&end);
    end_at_next_signal(&end);
    daemon_stop(daemon, grace_ms);
    return 0;
}

/* Finds the places, makes those that are ours to make, and serves. */
static int serve_there(const struct serve_arguments *given, struct daemon_options *options,
                       struct error *err)
{
    auto_places places = PLACES_INIT;
    auto_strv addresses = STRV_INIT;

    if (places_find(given->store, given->local_socket, &places, err) < 0)
        return -1;
    strv_push_list(&addresses, given->listen.items);
    if (addresses.len == 0)
        strv_pushf(&addresses, "unix:%s", places.reapi_socket);
    options->addresses = &addresses;
    options->store.dir = places.store;
    options->local_socket = places.local_socket;
    if (daemon_check_options(options, err) < 0 ||
        places_make(&places, given->listen.len == 0 || !given->local_socket, err) < 0)
        return -1;
    return serve(options, err);
}

static int run(int argc, char **argv, struct serve_arguments *given, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    struct daemon_options options = {.sandbox = SANDBOX_AUTO};
    const struct option table_options[] = {
        {"--listen", "ADDRESS", "unix:PATH or tcp:HOST:PORT; may be given several times",
         .ret_list = &given->listen},
        {"--store", "DIR", "where blobs and results are kept", .ret_text = &given->store},
        {"--store-size", "SIZE", "what they may take: 20GiB unless given",
         .ret_text = &given->store_size},
        {"--fsync", NULL, "sync each file and its name before they are acknowledged",
         .ret_switch = &given->fsync},
        {"--sandbox", "MODE", "auto (unless given), userns or none", .ret_text = &given->sandbox},
        {"--jobs", "N", "actions at once: the number of processors unless given",
         .ret_text = &given->jobs},
        {"--tls-cert", "FILE", "the service's certificate (PEM), for tcp addresses",
         .ret_text = &given->tls.cert},
        {"--tls-key", "FILE", "its key", .ret_text = &given->tls.key},
        {"--tls-client-ca", "FILE", "serve only clients with a certificate signed by this one",
         .ret_text = &given->tls.client_ca},
        LOCAL_SOCKET_OPTION(&given->local_socket),
    };
    const struct option_table table = {
        .usage = "cleaved serve [OPTION]…",
        .summary =
            "Runs the service until SIGTERM, SIGINT or cleaved stop. It prints a line for each\n"
            "address once it serves.\n\n"
            "It listens on $XDG_RUNTIME_DIR/cleave/reapi.sock (without that variable\n"
            "/tmp/cleave-UID/reapi.sock), which only you can reach, or on the addresses given.\n"
            "The store is $XDG_CACHE_HOME/cleave/store, without that variable\n"
            "~/.cache/cleave/store.",
        .example = "cleaved serve --listen tcp:127.0.0.1:8980 --store-size 50GiB",
        .options = table_options,
        .count = sizeof(table_options) / sizeof(table_options[0]),
    };

    int status = command_parse(&table, argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (set_options(given, &options, err) < 0)
        return -1;
    return serve_there(given, &options, err);
}

int command_serve(int argc, char **argv, int *ret_status, struct error *err)
{
    struct serve_arguments given = {.listen = STRV_INIT};

    (void)ret_status;
    int result = run(argc, argv, &given, err);
    strv_release(&given.listen);
    return result;
}
