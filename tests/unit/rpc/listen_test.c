/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "rpc/server.h"
#include "support/rpc_client.h"
#include "support/test.h"

static struct rpc_server *server_new(void)
{
    static const struct rpc_server_options options = {.max_message = 1000, .threads = 2};
    auto_error err = ERROR_INIT;
    struct rpc_server *server;

    assert_success(rpc_server_new(&options, &server, &err), &err);
    return server;
}

/* Starts a server that listens there. Sets *ret_port. */
static struct rpc_server *serve(const char *address, int *ret_port)
{
    auto_error err = ERROR_INIT;
    struct rpc_server *server = server_new();

    assert_success(rpc_server_listen(server, address, NULL, ret_port, &err), &err);
    assert_success(rpc_server_start(server, &err), &err);
    return server;
}

static void stop(struct rpc_server *server)
{
    rpc_server_stop(server, 100);
    rpc_server_free(server);
}

static void assert_answers(const char *target)
{
    struct rpc_client *client = rpc_client_new(target, NULL);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf reply = BUF_INIT;

    rpc_client_unary(client, "/no/Method", "", 0, &reply, &end);
    assert_int_equal(end.code, RPC_UNIMPLEMENTED);
    rpc_client_free(client);
}

static void assert_refused(const char *address, enum error_kind kind, const char *text)
{
    auto_error err = ERROR_INIT;
    struct rpc_server *server = server_new();
    int port = -1;

    assert_int_equal(rpc_server_listen(server, address, NULL, &port, &err), -1);
    assert_error(&err, kind, text);
    assert_int_equal(port, -1);
    rpc_server_free(server);
}

static void tcp_port_is_told_and_answers(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        auto_free char *address = xasprintf("tcp:%s:0", hosts[i]);
        int port = 0;
        struct rpc_server *server = serve(address, &port);
        assert_true(port > 0);
        auto_free char *target = xasprintf("127.0.0.1:%d", port);
        assert_answers(target);
        stop(server);
    }
}

static void tcp_port_that_is_taken_is_an_error(void **state)
{
    int port = 0;
    struct rpc_server *server = serve("tcp:127.0.0.1:0", &port);
    auto_free char *address = xasprintf("tcp:127.0.0.1:%d", port);
    auto_free char *text = xasprintf("cannot listen on %s: Address already in use", address);

    (void)state;
    assert_refused(address, ERROR_FAILURE, text);
    stop(server);
}

/* gRPC would be content with the other address of the name. */
static void name_with_one_address_taken_is_an_error(void **state)
{
    int port = 0;
    struct rpc_server *server = serve("tcp:127.0.0.1:0", &port);
    auto_free char *address = xasprintf("tcp:localhost:%d", port);
    auto_free char *text = xasprintf("cannot listen on %s: Address already in use", address);

    (void)state;
    assert_refused(address, ERROR_FAILURE, text);
    stop(server);
}

static void addresses_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *address;
        enum error_kind kind;
        const char *text;
    } cases[] = {
        {"127.0.0.1:80", ERROR_USAGE, "127.0.0.1:80 is neither unix:PATH nor tcp:HOST:PORT"},
        {"tcp:", ERROR_USAGE, "tcp: is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp::80", ERROR_USAGE, "tcp::80 is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:localhost", ERROR_USAGE, "tcp:localhost is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:localhost:", ERROR_USAGE, "tcp:localhost: is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:[]:80", ERROR_USAGE, "tcp:[]:80 is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:[:80", ERROR_USAGE, "tcp:[:80 is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:::1:80", ERROR_USAGE, "tcp:::1:80 is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:a:65536", ERROR_USAGE, "tcp:a:65536 is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:a:-1", ERROR_USAGE, "tcp:a:-1 is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:a:1x", ERROR_USAGE, "tcp:a:1x is not tcp:HOST:PORT or tcp:[IPV6]:PORT"},
        {"tcp:192.0.2.1:0", ERROR_FAILURE,
         "cannot listen on tcp:192.0.2.1:0: Cannot assign requested address"},
        {"unix:", ERROR_USAGE, "cannot listen on unix:: the path of the socket is empty"},
        {"unix:no/such/dir/s", ERROR_FAILURE,
         "cannot listen on unix:no/such/dir/s: No such file or directory"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].address, cases[i].kind, cases[i].text);
}

static void unix_socket_is_private_and_gone_after_the_stop(void **state)
{
    int port = -1;
    struct rpc_server *server = serve("unix:a socket", &port);

    (void)state;
    assert_int_equal(port, 0);
    struct stat st = test_stat("a socket");
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_answers("unix:a socket");
    stop(server);
    assert_false(fs_exists("a socket"));
}

static void unix_socket_may_have_percent_signs(void **state)
{
    int port = -1;
    struct rpc_server *server = serve("unix:50%25", &port);

    (void)state;
    assert_true(S_ISSOCK(test_stat("50%25").st_mode));
    stop(server);
}

static void unix_socket_in_use_is_left_alone(void **state)
{
    int port = -1;
    struct rpc_server *server = serve("unix:socket", &port);

    (void)state;
    assert_refused("unix:socket", ERROR_FAILURE,
                   "cannot listen on unix:socket: another process listens on socket; end it "
                   "(cleaved stop), or choose another path");
    assert_answers("unix:socket");
    stop(server);
}

static void stale_unix_socket_is_replaced(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int port = -1;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd);
    struct rpc_server *server = serve("unix:socket", &port);
    assert_answers("unix:socket");
    stop(server);
}

static void file_in_the_sockets_place_is_left_alone(void **state)
{
    (void)state;
    test_write("file", "precious");
    assert_refused("unix:file", ERROR_REFUSED,
                   "cannot listen on unix:file: file is in the way and is no socket; remove it");
    assert_file("file", "precious");
}

static void unix_path_that_is_too_long_is_refused(void **state)
{
    auto_free char *address = xasprintf("unix:%0108d", 0);
    auto_free char *text = xasprintf("cannot listen on %s: the socket's path %s is longer than 107 "
                                     "bytes; choose a shorter one",
                                     address, address + strlen("unix:"));

    (void)state;
    assert_refused(address, ERROR_REFUSED, text);
}

static void server_may_listen_on_several_addresses(void **state)
{
    auto_error err = ERROR_INIT;
    struct rpc_server *server = server_new();
    int port = 0, none = -1;

    (void)state;
    assert_success(rpc_server_listen(server, "unix:socket", NULL, &none, &err), &err);
    assert_success(rpc_server_listen(server, "tcp:127.0.0.1:0", NULL, &port, &err), &err);
    assert_success(rpc_server_start(server, &err), &err);
    auto_free char *target = xasprintf("127.0.0.1:%d", port);
    assert_answers(target);
    assert_answers("unix:socket");
    stop(server);
}

static void local_addresses_are_known(void **state)
{
    static const char *const local[] = {"unix:/tmp/x", "tcp:localhost:80", "tcp:127.0.0.1:0",
                                        "tcp:127.255.3.4:1", "tcp:[::1]:80"};
    static const char *const remote[] = {"tcp:0.0.0.0:80",
                                         "tcp:[::]:80",
                                         "tcp:127.example.org:80",
                                         "tcp:10.0.0.1:80",
                                         "tcp:[::ffff:10.0.0.1]:80",
                                         "tcp:localhost.example:80",
                                         "tcp:127.0.0.1",
                                         "127.0.0.1:80",
                                         "",
                                         "localhost"};

    (void)state;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        assert_true(rpc_address_is_local(local[i]));
    for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
        assert_false(rpc_address_is_local(remote[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_port_is_told_and_answers),
        cmocka_unit_test(tcp_port_that_is_taken_is_an_error),
        cmocka_unit_test(name_with_one_address_taken_is_an_error),
        file_test(addresses_that_are_none_are_refused),
        file_test(unix_socket_is_private_and_gone_after_the_stop),
        file_test(unix_socket_may_have_percent_signs),
        file_test(unix_socket_in_use_is_left_alone),
        file_test(stale_unix_socket_is_replaced),
        file_test(file_in_the_sockets_place_is_left_alone),
        file_test(unix_path_that_is_too_long_is_refused),
        file_test(server_may_listen_on_several_addresses),
        cmocka_unit_test(local_addresses_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
