/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/daemon.h"

#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "local/listener.h"
#include "reapi/limits.h"
#include "server/scheduler.h"
#include "server/service.h"

/*
 * With --fsync a thread waits most of its time for the disk, which makes the files of all that wait
 * durable at once: 10,000 blobs of 4 KiB take a third of the time that they take with 4 threads
 * (tests/bench/service cas).
 */
#define SYNCING_THREADS 32

struct daemon {
    char *store_dir;
    struct store_options store_options;
    struct service service; /* store, executor, scheduler */
    struct rpc_server *rpc;
    struct strv addresses;
    struct file_digests *file_digests;
    struct local_runs *runs;
    struct local_face face;
    struct listener *listener;
    bool serving; /* rpc has started */
};

static bool is_tcp(const char *address)
{
    return has_prefix(address, "tcp:");
}

static int check_address(const char *address, const struct rpc_tls *tls, struct error *err)
{
    if (!is_tcp(address) && !has_prefix(address, "unix:"))
        return error_set(err, ERROR_USAGE, "cannot listen on %s: give unix:PATH or tcp:HOST:PORT",
                         address);
    if (rpc_address_is_local(address) || (tls && tls->client_ca))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "other machines can reach %s, and who reaches it runs programs here: give "
                     "--tls-cert, --tls-key and --tls-client-ca, so that only clients with a "
                     "certificate of yours are served, or listen on tcp:127.0.0.1:PORT",
                     address);
}

int daemon_check_options(const struct daemon_options *options, struct error *err)
{
    const struct rpc_tls *tls = options->tls;

    if (tls && (!tls->cert || !tls->key))
        return error_set(err, ERROR_USAGE,
                         "TLS needs the server's certificate and its key: give --tls-cert and "
                         "--tls-key");
    for (size_t i = 0; i < options->addresses->len; i++)
        if (check_address(options->addresses->items[i], tls, err) < 0)
            return -1;
    return 0;
}

/* ---- start ---- */

/* The socket itself may not be there yet. */
static void hide_socket(struct strv *hidden, const char *path)
{
    auto_free char *dir = path_dirname(path);
    auto_free char *canonical = fs_canonical(dir);

    strv_push_take(hidden, path_join(canonical, path_basename(path)));
}

/* An action that could reach one of our sockets could write to the action cache. */
static void hide_sockets(const struct daemon_options *options, struct strv *hidden)
{
    hide_socket(hidden, options->local_socket);
    for (size_t i = 0; i < options->addresses->len; i++) {
        const char *path = after_prefix(options->addresses->items[i], "unix:");
        if (path)
            hide_socket(hidden, path);
    }
}

static int open_executor(struct daemon *daemon, const struct daemon_options *options,
                         struct strv *warnings, struct error *err)
{
    auto_strv hidden = STRV_INIT;
    auto_free char *dir = path_join(daemon->store_dir, "actions");
    auto_free char *warning = NULL;
    const struct executor_options executor_options = {
        .store = daemon->service.store,
        .dir = dir,
        .sandbox = options->sandbox,
        .hidden = &hidden,
    };

    hide_sockets(options, &hidden);
    if (executor_open(&executor_options, &daemon->service.executor, &warning, err) < 0)
        return -1;
    if (warning)
        strv_push(warnings, warning);
    return 0;
}

static int open_runs(struct daemon *daemon, struct error *err)
{
    auto_free char *path = path_join(daemon->store_dir, "file-digests");

    if (file_digests_open(path, &daemon->file_digests, err) < 0)
        return -1;
    daemon->runs = local_runs_new(&daemon->service, daemon->file_digests);
    return 0;
}

static int open_parts(struct daemon *daemon, const struct daemon_options *options,
                      struct strv *warnings, struct error *err)
{
    struct store *store = NULL;

    if (store_open(&daemon->store_options, &store, err) < 0)
        return -1;
    service_init(&daemon->service, store);
    if (open_executor(daemon, options, warnings, err) < 0)
        return -1;
    const struct scheduler_options scheduler_options = {
        .store = store,
        .executor = daemon->service.executor,
        .jobs = options->jobs,
    };
    const struct rpc_server_options rpc_options = {
        .methods = service_methods,
        .method_count = service_method_count,
        .service = &daemon->service,
        .max_message = LIMIT_MESSAGE_IN,
        .threads = options->store.fsync ? SYNCING_THREADS : 0,
    };
    if (scheduler_start(&scheduler_options, &daemon->service.scheduler, err) < 0 ||
        open_runs(daemon, err) < 0)
        return -1;
    return rpc_server_new(&rpc_options, &daemon->rpc, err);
}

/* The address as it was had: the port in place of a 0. */
static void add_address(struct daemon *daemon, const char *address, int port)
{
    if (is_tcp(address))
        strv_pushf(&daemon->addresses, "%.*s:%d", (int)(strrchr(address, ':') - address), address,
                   port);
    else
        strv_push(&daemon->addresses, address);
}

static int listen_everywhere(struct daemon *daemon, const struct daemon_options *options,
                             struct error *err)
{
    for (size_t i = 0; i < options->addresses->len; i++) {
        const char *address = options->addresses->items[i];
        int port = 0;
        if (rpc_server_listen(daemon->rpc, address, is_tcp(address) ? options->tls : NULL, &port,
                              err) < 0)
            return -1;
        add_address(daemon, address, port);
    }
    return 0;
}

static int start_face(struct daemon *daemon, const struct daemon_options *options,
                      struct error *err)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    daemon->face = (struct local_face){
        .rpc = daemon->rpc,
        .method_count = service_method_count + 1,
        .service = &daemon->service,
        .runs = daemon->runs,
        .store_options = &daemon->store_options,
        .jobs = options->jobs,
        .addresses = &daemon->addresses,
        .started = now.tv_sec,
        .stop = options->stop,
        .stop_user = options->stop_user,
    };
    return listener_start(options->local_socket, local_face_answer, &daemon->face,
                          &daemon->listener, err);
}

int daemon_start(const struct daemon_options *options, struct daemon **ret_daemon,
                 struct strv *warnings, struct error *err)
{
    struct daemon *daemon = xcalloc(1, sizeof(*daemon));

    daemon->store_dir = xstrdup(options->store.dir);
    daemon->store_options = options->store;
    daemon->store_options.dir = daemon->store_dir;
    daemon->addresses = (struct strv)STRV_INIT;
    if (open_parts(daemon, options, warnings, err) < 0 ||
        listen_everywhere(daemon, options, err) < 0 || start_face(daemon, options, err) < 0 ||
        rpc_server_start(daemon->rpc, err) < 0) {
        daemon_stop(daemon, 0);
        return -1;
    }
    daemon->serving = true;
    *ret_daemon = daemon;
    return 0;
}

const struct strv *daemon_addresses(const struct daemon *daemon)
{
    return &daemon->addresses;
}

/* ---- stop ---- */

void daemon_stop(struct daemon *daemon, unsigned grace_ms)
{
    struct store *store = daemon->service.store;

    if (daemon->serving) {
        service_stopping(&daemon->service);
        rpc_server_stop(daemon->rpc, grace_ms);
    }
    if (daemon->runs)
        local_runs_stop(daemon->runs, grace_ms);
    scheduler_stop(daemon->service.scheduler);
    listener_stop(daemon->listener);
    rpc_server_free(daemon->rpc);
    local_runs_free(daemon->runs);
    file_digests_close(daemon->file_digests);
    executor_close(daemon->service.executor);
    if (store)
        service_release(&daemon->service);
    store_close(store);
    strv_release(&daemon->addresses);
    free(daemon->store_dir);
    free(daemon);
}
