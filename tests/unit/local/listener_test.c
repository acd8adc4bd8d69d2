/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/listener.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/unix_socket.h"
#include "base/memory.h"
#include "base/thread.h"
#include "base/version.h"
#include "local/caller.h"
#include "local/frame.h"
#include "local/socket.h"
#include "support/test.h"

#define SOCKET "s"
#define SILENT 200
#define CALLERS 8
#define REQUESTS 50

/* ---- a daemon that knows nothing but how often it was asked ---- */

static atomic_uint asked;

static void answer(void *user, const struct listener_call *call, const Local__Request *request,
                   struct buf *bytes)
{
    Local__Reply reply = local_reply();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;
    Local__Stats stats = LOCAL__STATS__INIT;

    (void)user, (void)call;
    stats.pid = atomic_fetch_add(&asked, 1) + 1;
    if (request->what_case == LOCAL__REQUEST__WHAT_STOP) {
        reply.what_case = LOCAL__REPLY__WHAT_STOPPING;
        reply.stopping = &nothing;
    } else {
        reply.what_case = LOCAL__REPLY__WHAT_STATS;
        reply.stats = &stats;
    }
    local_pack(&reply.base, bytes);
}

static struct listener *start(void)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = NULL;

    atomic_store(&asked, 0);
    assert_success(listener_start(SOCKET, answer, NULL, &listener, &err), &err);
    return listener;
}

static struct caller call(void)
{
    auto_error err = ERROR_INIT;
    struct caller caller = CALLER_INIT;

    assert_success(caller_open(SOCKET, &caller, &err), &err);
    return caller;
}

static int ask(struct caller *caller, unsigned protocol, unsigned *ret_pid, struct error *err)
{
    Local__Request request = local_request();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;
    Local__Reply *reply = NULL;

    request.protocol = protocol;
    request.what_case = LOCAL__REQUEST__WHAT_STATS;
    request.stats = &nothing;
    int result = caller_ask(caller, &request, &reply, err);
    if (result == 0)
        *ret_pid = reply->stats->pid;
    local__reply__free_unpacked(reply, NULL);
    return result;
}

/* ---- tests ---- */

static void one_connection_asks_many_times(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start();
    auto_caller caller = call();
    unsigned pid = 0;

    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        assert_success(ask(&caller, LOCAL_PROTOCOL, &pid, &err), &err);
        assert_int_equal(pid, i);
    }
    listener_stop(listener);
}

static void *ask_often(void *user)
{
    (void)user;
    for (unsigned i = 0; i < REQUESTS; i++) {
        auto_error err = ERROR_INIT;
        auto_caller caller = call();
        unsigned pid = 0;
        assert_success(ask(&caller, LOCAL_PROTOCOL, &pid, &err), &err);
    }
    return NULL;
}

static void many_callers_are_all_answered(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start();
    pthread_t threads[CALLERS];

    (void)state;
    for (size_t i = 0; i < CALLERS; i++)
        assert_success(thread_start(&threads[i], ask_often, NULL, &err), &err);
    for (size_t i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&asked), CALLERS * REQUESTS);
    listener_stop(listener);
}

static void silent_connections_hold_nobody_up(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start();
    int silent[SILENT];
    unsigned pid = 0;

    (void)state;
    for (size_t i = 0; i < SILENT; i++)
        assert_success(unix_socket_connect(SOCKET, &silent[i], &err), &err);
    auto_caller caller = call();
    assert_success(ask(&caller, LOCAL_PROTOCOL, &pid, &err), &err);
    listener_stop(listener);
    for (size_t i = 0; i < SILENT; i++)
        close(silent[i]);
}

static void stop_removes_the_socket_and_hangs_up(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start();
    auto_caller caller = call();
    auto_caller late = CALLER_INIT;
    unsigned pid = 0;

    (void)state;
    assert_success(ask(&caller, LOCAL_PROTOCOL, &pid, &err), &err);
    listener_stop(listener);
    assert_false(fs_exists(SOCKET));
    assert_int_equal(caller_open(SOCKET, &late, &err), CALLER_NOBODY);
    assert_int_equal(ask(&caller, LOCAL_PROTOCOL, &pid, &err), -1);
    assert_int_equal(err.kind, ERROR_FAILURE);
}

/* What makes no sense ends the connection, and nothing else. */
static void nonsense_is_hung_up_on(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\xff\xff\xff\xff", 4},        /* a frame beyond the cap */
        {"\x02\0\0\0\xff\xff", 6},      /* no message */
        {"GET / HTTP/1.1\r\n\r\n", 18}, /* another protocol */
    };
    struct listener *listener = start();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_fd int fd = -1;
        char byte;
        assert_success(unix_socket_connect(SOCKET, &fd, &err), &err);
        assert_int_equal(write(fd, cases[i].bytes, cases[i].len), cases[i].len);
        assert_true(read(fd, &byte, 1) <= 0);
    }
    assert_int_equal(atomic_load(&asked), 0);
    listener_stop(listener);
}

static void second_listener_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start(), *second = NULL;

    (void)state;
    assert_int_equal(listener_start(SOCKET, answer, NULL, &second, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "another process listens on s; end it (cleaved stop), or choose another path");
    assert_true(fs_exists(SOCKET));
    listener_stop(listener);
}

static void caller_of_another_protocol_is_told_so(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start();
    auto_caller caller = call();
    unsigned pid = 0;

    (void)state;
    assert_int_equal(ask(&caller, LOCAL_PROTOCOL + 1, &pid, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "this cleaved (" CLEAVE_VERSION ") speaks protocol 2, and the caller "
                 "(" CLEAVE_VERSION ") protocol 3; end it with cleaved stop and start the one that "
                 "goes with the caller");
    assert_int_equal(atomic_load(&asked), 0);
    listener_stop(listener);
}

static void daemon_of_the_same_age_stays(void **state)
{
    auto_error err = ERROR_INIT;
    struct listener *listener = start();
    auto_caller caller = call();

    (void)state;
    assert_int_equal(caller_replace(&caller, &err), -1);
    assert_int_equal(atomic_load(&asked), 0);
    assert_success(caller_stop(&caller, &err), &err);
    assert_int_equal(atomic_load(&asked), 1);
    listener_stop(listener);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(one_connection_asks_many_times),
        file_test(many_callers_are_all_answered),
        file_test(silent_connections_hold_nobody_up),
        file_test(stop_removes_the_socket_and_hangs_up),
        file_test(nonsense_is_hung_up_on),
        file_test(second_listener_is_refused),
        file_test(caller_of_another_protocol_is_told_so),
        file_test(daemon_of_the_same_age_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
