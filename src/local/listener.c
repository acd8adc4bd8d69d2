/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/listener.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/thread.h"
#include "local/frame.h"
#include "local/socket.h"

/* How long to wait when a connection can't be taken because descriptors or threads have run out. */
#define PAUSE_MS 100

struct connection {
    struct listener *listener;
    int fd;
    pthread_t thread;
    atomic_bool ended; /* the thread has nothing left to do */
    struct connection *next;
};

struct listener {
    char *path;
    listener_answer_fn *answer;
    void *user;
    int fd;
    int wake; /* an eventfd: a connection has ended, or the listener is to stop */
    atomic_bool stopping;
    pthread_t thread;
    /* The accepting thread's, until it has ended. */
    struct connection *connections;
    unsigned count;
};

static void wake(struct listener *listener)
{
    (void)!eventfd_write(listener->wake, 1);
}

/* ---- one connection ---- */

struct listener_call {
    int fd;
};

/* It sends nothing while it waits: what comes is the end. */
bool listener_caller_left(const struct listener_call *call)
{
    char byte;
    ssize_t got = recv(call->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void answer(const struct connection *connection, const Local__Request *request,
                   struct buf *bytes)
{
    const struct listener *listener = connection->listener;
    const struct listener_call call = {connection->fd};
    auto_error refusal = ERROR_INIT;

    if (local_request_check(request, &refusal) == 0) {
        listener->answer(listener->user, &call, request, bytes);
        return;
    }
    Local__Reply reply = local_reply();
    reply.error = refusal.text;
    local_pack(&reply.base, bytes);
}

/* Returns 0 when there may be another request, else the connection is at its end. */
static int serve_request(struct connection *connection)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_buf reply = BUF_INIT;

    if (local_receive(connection->fd, LOCAL_MESSAGE_MAX, &bytes, &err) != 0)
        return -1;
    Local__Request *request = local__request__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    if (!request)
        return -1;
    answer(connection, request, &reply);
    local__request__free_unpacked(request, NULL);
    return local_send(connection->fd, reply.data, reply.len, &err);
}

static void *serve(void *user)
{
    struct connection *connection = user;

    while (serve_request(connection) == 0)
        ;
    /* The descriptor is closed by who joins this: listener_stop may look at it until then. */
    shutdown(connection->fd, SHUT_RDWR);
    atomic_store(&connection->ended, true);
    wake(connection->listener);
    return NULL;
}

static void connection_free(struct connection *connection)
{
    close(connection->fd);
    free(connection);
}

/* ---- the accepting thread ---- */

static void set_limits(int fd)
{
    const struct timeval limit = {.tv_sec = LISTENER_SECONDS};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* Takes FD. Returns -1 when no thread can be had. */
static int add_connection(struct listener *listener, int fd)
{
    auto_error err = ERROR_INIT;
    struct connection *connection = xcalloc(1, sizeof(*connection));

    connection->listener = listener;
    connection->fd = fd;
    if (thread_start(&connection->thread, serve, connection, &err) < 0) {
        connection_free(connection);
        return -1;
    }
    connection->next = listener->connections;
    listener->connections = connection;
    listener->count++;
    return 0;
}

/* Returns -1 when this had better be tried later. */
static int accept_one(struct listener *listener)
{
    auto_error err = ERROR_INIT;
    pid_t pid;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return errno == EINTR || errno == ECONNABORTED ? 0 : -1;
    if (socket_check_peer(fd, &pid, &err) < 0) {
        close(fd);
        return 0;
    }
    set_limits(fd);
    return add_connection(listener, fd);
}

static void join_ended(struct listener *listener)
{
    struct connection **place = &listener->connections;

    while (*place) {
        struct connection *connection = *place;
        if (!atomic_load(&connection->ended)) {
            place = &connection->next;
            continue;
        }
        *place = connection->next;
        listener->count--;
        pthread_join(connection->thread, NULL);
        connection_free(connection);
    }
}

static void *accept_connections(void *user)
{
    struct listener *listener = user;
    bool pause = false;

    while (!atomic_load(&listener->stopping)) {
        struct pollfd polled[] = {{listener->wake, POLLIN, 0}, {listener->fd, POLLIN, 0}};
        bool may_accept = !pause && listener->count < LISTENER_CONNECTIONS;
        eventfd_t ignored;

        pause = false;
        poll(polled, may_accept ? 2 : 1, may_accept ? -1 : PAUSE_MS);
        if (polled[0].revents)
            (void)!eventfd_read(listener->wake, &ignored);
        join_ended(listener);
        if (may_accept && polled[1].revents)
            pause = accept_one(listener) < 0;
    }
    return NULL;
}

/* ---- what others call ---- */

static void listener_free(struct listener *listener)
{
    fd_release(&listener->fd);
    fd_release(&listener->wake);
    free(listener->path);
    free(listener);
}

static int open_listener(struct listener *listener, struct error *err)
{
    listener->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->wake < 0)
        return error_set_errno(err, errno, "cannot make an event descriptor");
    if (socket_listen(listener->path, &listener->fd, err) < 0)
        return -1;
    if (thread_start(&listener->thread, accept_connections, listener, err) < 0) {
        unlink(listener->path);
        return -1;
    }
    return 0;
}

int listener_start(const char *path, listener_answer_fn *answer_fn, void *user,
                   struct listener **ret_listener, struct error *err)
{
    struct listener *listener = xcalloc(1, sizeof(*listener));

    listener->path = xstrdup(path);
    listener->answer = answer_fn;
    listener->user = user;
    listener->fd = -1;
    if (open_listener(listener, err) < 0) {
        listener_free(listener);
        return -1;
    }
    *ret_listener = listener;
    return 0;
}

void listener_stop(struct listener *listener)
{
    if (!listener)
        return;
    unlink(listener->path);
    atomic_store(&listener->stopping, true);
    wake(listener);
    pthread_join(listener->thread, NULL);
    for (struct connection *one = listener->connections; one; one = one->next)
        shutdown(one->fd, SHUT_RD);
    while (listener->connections) {
        struct connection *connection = listener->connections;
        listener->connections = connection->next;
        pthread_join(connection->thread, NULL);
        connection_free(connection);
    }
    listener_free(listener);
}
