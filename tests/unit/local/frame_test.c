/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/frame.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/thread.h"
#include "support/test.h"

#define CAP 100

struct pair {
    int ends[2];
};

static struct pair connect_pair(void)
{
    struct pair pair;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.ends), 0);
    return pair;
}

static void close_pair(struct pair *pair)
{
    fd_release(&pair->ends[0]);
    fd_release(&pair->ends[1]);
}

static void messages_arrive_one_by_one(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct pair pair = connect_pair();

    (void)state;
    assert_success(local_send(pair.ends[0], "one", 3, &err), &err);
    assert_success(local_send(pair.ends[0], "", 0, &err), &err);
    assert_success(local_send(pair.ends[0], "two", 3, &err), &err);
    for (int i = 0; i < 3; i++)
        assert_success(local_receive(pair.ends[1], CAP, &buf, &err), &err);
    assert_buf(&buf, "onetwo");
    close_pair(&pair);
}

static void frame_is_a_length_and_the_bytes(void **state)
{
    auto_error err = ERROR_INIT;
    struct pair pair = connect_pair();
    char bytes[16];

    (void)state;
    assert_success(local_send(pair.ends[0], "abc", 3, &err), &err);
    assert_int_equal(read(pair.ends[1], bytes, sizeof(bytes)), 7);
    assert_memory_equal(bytes, "\3\0\0\0abc", 7);
    close_pair(&pair);
}

/* Longer than what a socket takes at once. */
#define LONG (4u << 20)

static void *send_long(void *user)
{
    auto_error err = ERROR_INIT;
    auto_free char *bytes = xmalloc(LONG);

    memset(bytes, 'x', LONG);
    assert_success(local_send(*(int *)user, bytes, LONG, &err), &err);
    return NULL;
}

static void long_message_arrives_whole(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct pair pair = connect_pair();
    pthread_t thread;

    (void)state;
    assert_success(thread_start(&thread, send_long, &pair.ends[0], &err), &err);
    assert_success(local_receive(pair.ends[1], LONG, &buf, &err), &err);
    pthread_join(thread, NULL);
    assert_int_equal(buf.len, LONG);
    assert_int_equal(buf.data[LONG - 1], 'x');
    close_pair(&pair);
}

static void end_between_messages_is_an_answer(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct pair pair = connect_pair();

    (void)state;
    fd_release(&pair.ends[0]);
    assert_int_equal(local_receive(pair.ends[1], CAP, &buf, &err), 1);
    assert_null(err.text);
    close_pair(&pair);
}

static void end_within_a_message_is_an_error(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\3", 1}, {"\3\0\0", 3}, {"\3\0\0\0", 4}, {"\3\0\0\0ab", 6}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf buf = BUF_INIT;
        struct pair pair = connect_pair();
        assert_int_equal(write(pair.ends[0], cases[i].bytes, cases[i].len), cases[i].len);
        fd_release(&pair.ends[0]);
        assert_int_equal(local_receive(pair.ends[1], CAP, &buf, &err), -1);
        assert_error(&err, ERROR_FAILURE, "the other end hung up in the middle of a message");
        close_pair(&pair);
    }
}

static void message_over_the_cap_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct pair pair = connect_pair();

    (void)state;
    assert_int_equal(write(pair.ends[0], "\xff\xff\xff\xff", 4), 4);
    assert_int_equal(local_receive(pair.ends[1], CAP, &buf, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "a message of 4294967295 bytes is longer than the 100 allowed");
    assert_int_equal(buf.len, 0);
    close_pair(&pair);
}

static void silence_ends_at_the_time_limit(void **state)
{
    const struct timeval limit = {.tv_usec = 1000};
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct pair pair = connect_pair();

    (void)state;
    setsockopt(pair.ends[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    assert_int_equal(local_receive(pair.ends[1], CAP, &buf, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot receive a message: the other end takes too long");
    close_pair(&pair);
}

static void peer_that_is_gone_is_an_error_and_no_signal(void **state)
{
    auto_error err = ERROR_INIT;
    struct pair pair = connect_pair();

    (void)state;
    fd_release(&pair.ends[1]);
    assert_int_equal(local_send(pair.ends[0], "x", 1, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot send a message: Broken pipe");
    close_pair(&pair);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_one_by_one),
        cmocka_unit_test(frame_is_a_length_and_the_bytes),
        cmocka_unit_test(long_message_arrives_whole),
        cmocka_unit_test(end_between_messages_is_an_answer),
        cmocka_unit_test(end_within_a_message_is_an_error),
        cmocka_unit_test(message_over_the_cap_is_refused),
        cmocka_unit_test(silence_ends_at_the_time_limit),
        cmocka_unit_test(peer_that_is_gone_is_an_error_and_no_signal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
