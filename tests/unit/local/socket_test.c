/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/socket.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/unix_socket.h"
#include "base/memory.h"
#include "support/test.h"

/* ---- the runtime directory ---- */

static void runtime_dir_is_in_the_users_own_one(void **state)
{
    auto_error err = ERROR_INIT;
    auto_free char *here = NULL;

    (void)state;
    assert_success(fs_getcwd(&here, &err), &err);
    auto_free char *variable = xasprintf("XDG_RUNTIME_DIR=%s", here);
    auto_free char *expected = xasprintf("%s/cleave", here);
    char *env[] = {variable, NULL};
    auto_free char *dir = runtime_dir(env);
    assert_string_equal(dir, expected);
}

static void runtime_dir_is_in_tmp_without_one(void **state)
{
    static const char *const variables[] = {
        "OTHER=x", "XDG_RUNTIME_DIR=", "XDG_RUNTIME_DIR=relative",
        "XDG_RUNTIME_DIR=/nowhere/at/all", "XDG_RUNTIME_DIR=/dev/null"};
    auto_free char *expected = xasprintf("/tmp/cleave-%u", (unsigned)geteuid());

    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        char *env[] = {(char *)variables[i], NULL};
        auto_free char *dir = runtime_dir(env);
        assert_string_equal(dir, expected);
    }
}

static void runtime_dir_is_made_for_its_owner_alone(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(runtime_dir_check("dir", &err), 1);
    assert_success(runtime_dir_make("dir", &err), &err);
    assert_int_equal(test_stat("dir").st_mode, S_IFDIR | 0700);
    assert_success(runtime_dir_make("dir", &err), &err);
    assert_success(runtime_dir_check("dir", &err), &err);
}

static void make_what_is_refused(void)
{
    assert_int_equal(mkdir("open", 0755), 0);
    assert_int_equal(chmod("open", 0755), 0);
    assert_int_equal(mkdir("target", 0700), 0);
    assert_int_equal(symlink("target", "link"), 0);
    test_write("file", "");
}

static void runtime_dir_that_others_could_use_is_refused(void **state)
{
    static const struct {
        const char *dir, *text;
    } cases[] = {
        {"open", "open is open to other users; chmod 700 open"},
        {"link", "link should be a directory for cleaved's sockets and isn't one; remove it"},
        {"file", "file should be a directory for cleaved's sockets and isn't one; remove it"},
    };

    (void)state;
    make_what_is_refused();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        assert_int_equal(runtime_dir_make(cases[i].dir, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
}

static void runtime_dir_of_another_user_is_refused(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(mkdir("dir", 0700), 0);
    /* For root, but not for the root of a user namespace that has no other users. */
    if (chown("dir", 65534, 65534) < 0)
        skip();
    assert_int_equal(runtime_dir_make("dir", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "dir belongs to user 65534; set XDG_RUNTIME_DIR to a directory of your own");
}

/* ---- sockets ---- */

static void socket_is_its_owners_whatever_the_umask(void **state)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;
    mode_t before = umask(0);

    (void)state;
    assert_success(socket_listen("s", &fd, &err), &err);
    umask(before);
    assert_int_equal(test_stat("s").st_mode, S_IFSOCK | 0600);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void peers_are_known_by_their_process(void **state)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1, caller = -1, called = -1;
    pid_t pid = 0;

    (void)state;
    assert_success(socket_listen("s", &fd, &err), &err);
    assert_success(unix_socket_connect("s", &caller, &err), &err);
    called = accept(fd, NULL, NULL);
    assert_success(socket_check_peer(called, &pid, &err), &err);
    assert_int_equal(pid, getpid());
    assert_success(socket_check_peer(caller, &pid, &err), &err);
    assert_int_equal(pid, getpid());
}

static void nobody_listens_on_what_was_left_behind(void **state)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1, caller = -1;

    (void)state;
    assert_int_equal(unix_socket_connect("s", &caller, &err), 1);
    assert_success(socket_listen("s", &fd, &err), &err);
    fd_release(&fd);
    assert_int_equal(unix_socket_connect("s", &caller, &err), 1);
    assert_null(err.text);
    assert_success(socket_listen("s", &fd, &err), &err);
    assert_success(unix_socket_connect("s", &caller, &err), &err);
}

static void socket_that_is_in_use_is_left_alone(void **state)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1, other = -1, caller = -1;

    (void)state;
    assert_success(socket_listen("s", &fd, &err), &err);
    assert_int_equal(socket_listen("s", &other, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "another process listens on s; end it (cleaved stop), or choose another path");
    assert_success(unix_socket_connect("s", &caller, &err), &err);
}

static void another_file_in_the_way_is_refused_and_stays(void **state)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;

    (void)state;
    test_write("s", "precious");
    assert_int_equal(socket_listen("s", &fd, &err), -1);
    assert_error(&err, ERROR_REFUSED, "s is in the way and is no socket; remove it");
    assert_file("s", "precious");
}

static void paths_that_cannot_be_are_refused(void **state)
{
    char longest[200];
    auto_fd int fd = -1;

    (void)state;
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    auto_free char *text =
        xasprintf("the socket's path %s is longer than 107 bytes; choose a shorter one", longest);
    const struct {
        const char *path, *text;
        enum error_kind kind;
    } cases[] = {
        {longest, text, ERROR_REFUSED},
        {"", "the path of the socket is empty", ERROR_USAGE},
        {"missing/s", "cannot open and lock the directory missing: No such file or directory",
         ERROR_FAILURE},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        assert_int_equal(socket_listen(cases[i].path, &fd, &err), -1);
        assert_error(&err, cases[i].kind, cases[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(runtime_dir_is_in_the_users_own_one),
        cmocka_unit_test(runtime_dir_is_in_tmp_without_one),
        file_test(runtime_dir_is_made_for_its_owner_alone),
        file_test(runtime_dir_that_others_could_use_is_refused),
        file_test(runtime_dir_of_another_user_is_refused),
        file_test(socket_is_its_owners_whatever_the_umask),
        file_test(peers_are_known_by_their_process),
        file_test(nobody_listens_on_what_was_left_behind),
        file_test(socket_that_is_in_use_is_left_alone),
        file_test(another_file_in_the_way_is_refused_and_stays),
        file_test(paths_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
