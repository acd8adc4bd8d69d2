/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/runner_message.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "proto/runner.pb-c.h"
#include "support/test.h"

static void pair(int sockets[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
}

static void message_arrives_with_its_descriptor(void **state)
{
    Runner__Failure sent = RUNNER__FAILURE__INIT;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    int sockets[2], fd = -1, none = -1;
    char byte = 0;

    (void)state;
    pair(sockets);
    test_write("f", "x");
    auto_fd int file = open("f", O_RDONLY | O_CLOEXEC);
    sent.text = (char *)(uintptr_t) "text";
    assert_success(runner_message_send(sockets[0], &sent.base, file, &err), &err);
    assert_success(runner_message_send(sockets[0], &sent.base, -1, &err), &err);
    assert_success(runner_message_receive(sockets[1], &bytes, &fd, &err), &err);
    Runner__Failure *got = runner__failure__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    assert_string_equal(got->text, "text");
    runner__failure__free_unpacked(got, NULL);
    assert_int_equal(read(fd, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_success(runner_message_receive(sockets[1], &bytes, &none, &err), &err);
    assert_int_equal(none, -1);
    close(fd);
    close(sockets[0]);
    assert_int_equal(runner_message_receive(sockets[1], &bytes, &none, &err), 1);
    close(sockets[1]);
}

static void message_refuses_a_length_over_the_limit(void **state)
{
    const uint32_t len = RUNNER_MESSAGE_MAX + 1;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    int sockets[2], fd = -1;

    (void)state;
    pair(sockets);
    assert_int_equal(write(sockets[0], &len, sizeof(len)), sizeof(len));
    assert_int_equal(runner_message_receive(sockets[1], &bytes, &fd, &err), -1);
    assert_error(
        &err, ERROR_REFUSED,
        "the runner process: a message of 33554433 bytes is longer than the 33554432 allowed");
    close(sockets[0]);
    close(sockets[1]);
}

static void message_that_breaks_off_is_an_error(void **state)
{
    const uint32_t len = 10;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    int sockets[2], fd = -1;

    (void)state;
    pair(sockets);
    assert_int_equal(write(sockets[0], &len, sizeof(len)), sizeof(len));
    assert_int_equal(write(sockets[0], "abc", 3), 3);
    close(sockets[0]);
    assert_int_equal(runner_message_receive(sockets[1], &bytes, &fd, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "the runner process: the other end hung up in the middle of a message");
    close(sockets[1]);
}

static void message_to_nobody_fails_without_a_signal(void **state)
{
    Runner__Channel message = RUNNER__CHANNEL__INIT;
    auto_error err = ERROR_INIT;
    int sockets[2];

    (void)state;
    pair(sockets);
    close(sockets[1]);
    assert_int_equal(runner_message_send(sockets[0], &message.base, -1, &err), -1);
    assert_error(&err, ERROR_FAILURE, "the runner process: cannot send a message: Broken pipe");
    close(sockets[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(message_arrives_with_its_descriptor),
        cmocka_unit_test(message_refuses_a_length_over_the_limit),
        cmocka_unit_test(message_that_breaks_off_is_an_error),
        cmocka_unit_test(message_to_nobody_fails_without_a_signal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
