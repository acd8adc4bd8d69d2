/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/caller.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/process.h"
#include "base/thread.h"
#include "local/frame.h"
#include "local/socket.h"
#include "support/test.h"

#define SOCKET "s"

/* A daemon that gives one reply, whatever it is asked. */
struct daemon {
    int fd;
    const char *reply;
    size_t len; /* 0: it hangs up */
    pthread_t thread;
};

static void *serve(void *user)
{
    struct daemon *daemon = user;
    auto_error err = ERROR_INIT;
    auto_buf request = BUF_INIT;
    auto_fd int fd = accept(daemon->fd, NULL, NULL);

    if (local_receive(fd, LOCAL_MESSAGE_MAX, &request, &err) == 0 && daemon->len > 0)
        (void)!local_send(fd, daemon->reply, daemon->len, &err);
    return NULL;
}

/* What a caller makes of the reply. */
static int ask_for_stop(const char *reply, size_t len, struct error *err)
{
    struct daemon daemon = {.reply = reply, .len = len};
    auto_caller caller = CALLER_INIT;

    assert_success(socket_listen(SOCKET, &daemon.fd, err), err);
    assert_success(thread_start(&daemon.thread, serve, &daemon, err), err);
    assert_success(caller_open(SOCKET, &caller, err), err);
    int answer = caller_stop(&caller, err);
    pthread_join(daemon.thread, NULL);
    close(daemon.fd);
    return answer;
}

static void replies_of_other_ages_are_told_apart(void **state)
{
    static const struct {
        unsigned protocol;
        int answer;
    } cases[] = {
        {LOCAL_PROTOCOL - 1, CALLER_OLDER},
        {LOCAL_PROTOCOL, -1},
        {LOCAL_PROTOCOL + 1, CALLER_NEWER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        Local__Reply reply = local_reply();
        reply.protocol = cases[i].protocol;
        reply.error = (char *)"no";
        local_pack(&reply.base, &bytes);
        assert_int_equal(ask_for_stop(bytes.data, bytes.len, &err), cases[i].answer);
        assert_error(&err, ERROR_FAILURE, "no");
    }
}

static void what_is_no_reply_is_an_error(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
        enum error_kind kind;
    } cases[] = {
        {"", 0, "cleaved hung up; it may have ended", ERROR_FAILURE},
        {"\xff\xff", 2, "what cleaved answered can't be read", ERROR_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        assert_int_equal(ask_for_stop(cases[i].bytes, cases[i].len, &err), -1);
        assert_error(&err, cases[i].kind, cases[i].text);
    }
}

static void nobody_is_an_answer(void **state)
{
    auto_error err = ERROR_INIT;
    auto_caller caller = CALLER_INIT;

    (void)state;
    assert_int_equal(caller_open(SOCKET, &caller, &err), CALLER_NOBODY);
    assert_null(err.text);
}

/* A process that listens until its standard input ends. */
static pid_t start_process(int *ret_input)
{
    int ready[2], input[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(input), 0);
    pid_t pid = fork();
    if (pid == 0) {
        auto_error err = ERROR_INIT;
        int fd = -1;
        close(input[1]);
        if (socket_listen(SOCKET, &fd, &err) == 0 && write(ready[1], &byte, 1) == 1)
            (void)!read(input[0], &byte, 1);
        _exit(0);
    }
    close(input[0]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *ret_input = input[1];
    return pid;
}

static void end_of_the_process_is_waited_for(void **state)
{
    auto_error err = ERROR_INIT;
    auto_caller caller = CALLER_INIT;
    int input = -1;
    pid_t pid = start_process(&input);

    (void)state;
    assert_success(caller_open(SOCKET, &caller, &err), &err);
    assert_int_equal(caller_wait_end(&caller, 1, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "cleaved hasn't ended within 0 seconds; it may wait for its last actions");
    close(input);
    error_release(&err);
    assert_success(caller_wait_end(&caller, 10000, &err), &err);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), pid);
}

static int run_nothing(struct error *err)
{
    const Local__Run run = LOCAL__RUN__INIT;
    Local__Reply *reply = NULL;
    auto_caller caller = CALLER_INIT;

    assert_success(caller_open(SOCKET, &caller, err), err);
    return caller_run(&caller, &run, &reply, err);
}

static void answers_to_a_run_that_are_none_are_the_services_errors(void **state)
{
    Local__Reply stopping = local_reply();
    Local__Nothing nothing = LOCAL__NOTHING__INIT;
    auto_buf bytes = BUF_INIT;

    (void)state;
    stopping.what_case = LOCAL__REPLY__WHAT_STOPPING;
    stopping.stopping = &nothing;
    local_pack(&stopping.base, &bytes);
    const struct {
        size_t len;
        const char *text;
    } cases[] = {{0, "cleaved hung up; it may have ended"},
                 {bytes.len, "cleaved answered without a result"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct daemon daemon = {.reply = bytes.data, .len = cases[i].len};
        auto_error err = ERROR_INIT;
        assert_success(socket_listen(SOCKET, &daemon.fd, &err), &err);
        assert_success(thread_start(&daemon.thread, serve, &daemon, &err), &err);
        assert_int_equal(run_nothing(&err), -1);
        assert_error(&err, ERROR_REMOTE, cases[i].text);
        pthread_join(daemon.thread, NULL);
        close(daemon.fd);
    }
}

/* In a child: what has come stays. The daemon, which is the child itself, never answers. */
static void a_signal_ends_the_waiting_for_a_run(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        auto_error err = ERROR_INIT;
        int fd = -1;
        process_init();
        assert_success(socket_listen(SOCKET, &fd, &err), &err);
        raise(SIGTERM);
        int result = run_nothing(&err);
        _exit(result == -1 && err.kind == ERROR_CHILD ? err.child_status : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 128 + SIGTERM);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(replies_of_other_ages_are_told_apart),
        file_test(what_is_no_reply_is_an_error),
        file_test(nobody_is_an_answer),
        file_test(end_of_the_process_is_waited_for),
        file_test(answers_to_a_run_that_are_none_are_the_services_errors),
        file_test(a_signal_ends_the_waiting_for_a_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
