/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"

#define shell(script) ((char *const[]){(char[]){"sh"}, (char[]){"-c"}, (char[]){script}, NULL})

/* Collects lines, each in brackets. */
static int collect(void *user, const char *line, size_t len, struct error *err)
{
    struct buf *buf = user;

    (void)err;
    buf_addf(buf, "[%.*s]", (int)len, line);
    return 0;
}

static int refuse(void *user, const char *line, size_t len, struct error *err)
{
    (void)user;
    return error_set(err, ERROR_REFUSED, "not this line: %.*s", (int)len - 1, line);
}

static void process_run_gives_the_exit_status(void **state)
{
    auto_error err = ERROR_INIT;
    int status = -1;

    (void)state;
    struct process good = {.argv = shell("exit 0")};
    assert_success(process_run(&good, &status, &err), &err);
    assert_int_equal(status, 0);
    struct process bad = {.argv = shell("exit 37")};
    assert_success(process_run(&bad, &status, &err), &err);
    assert_int_equal(status, 37);
    struct process killed = {.argv = shell("kill -9 $$")};
    assert_success(process_run(&killed, &status, &err), &err);
    assert_int_equal(status, 128 + SIGKILL);
}

static void process_run_gives_output_line_by_line(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;
    int status = -1;

    (void)state;
    struct process process = {
        .argv = shell("printf 'a\\n\\nb'"), .on_stdout = collect, .user = &out};
    assert_success(process_run(&process, &status, &err), &err);
    assert_buf(&out, "[a\n][\n][b]");
}

static void process_run_reads_both_streams_of_any_size(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf lines = BUF_INIT;
    int status = -1;

    (void)state;
    struct process process = {.argv = shell("i=0; while [ $i -lt 3000 ]; do echo out-$i-0123456789"
                                            "; echo err-$i-0123456789 >&2; i=$((i+1)); done"),
                              .on_stdout = collect,
                              .on_stderr = collect,
                              .user = &lines};
    assert_success(process_run(&process, &status, &err), &err);
    assert_int_equal(status, 0);
    assert_non_null(strstr(lines.data, "[out-2999-0123456789\n]"));
    assert_non_null(strstr(lines.data, "[err-2999-0123456789\n]"));
}

static void process_run_gives_a_long_line_whole(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;
    int status = -1;

    (void)state;
    struct process process = {.argv = shell("head -c 300000 /dev/zero | tr '\\0' x; echo"),
                              .on_stdout = collect,
                              .user = &out};
    assert_success(process_run(&process, &status, &err), &err);
    assert_int_equal(out.len, 300003);
}

static void process_run_kills_the_child_when_a_line_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    int status = -1;

    (void)state;
    struct process process = {.argv = shell("echo one; exec sleep 60"), .on_stdout = refuse};
    assert_int_equal(process_run(&process, &status, &err), -1);
    assert_error(&err, ERROR_REFUSED, "not this line: one");
    assert_int_equal(status, -1);
}

static int wait_for_file(void *user, struct error *err)
{
    (void)user;
    if (!fs_exists("done"))
        return 0;
    return error_set(err, ERROR_REFUSED, "the file is there");
}

static void process_run_looks_around_while_the_child_runs(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;
    int status = -1;

    (void)state;
    struct process process = {.argv = shell("touch done; exec sleep 60"),
                              .on_stdout = collect,
                              .on_tick = wait_for_file,
                              .user = &out};
    assert_int_equal(process_run(&process, &status, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the file is there");
}

static void process_run_uses_the_environment_and_directory_it_is_given(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;
    char *const env[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"X=y"}, NULL};
    int status = -1;

    (void)state;
    struct process process = {.argv = shell("echo $X $HOME; pwd"),
                              .env = env,
                              .dir = "/",
                              .on_stdout = collect,
                              .user = &out};
    assert_success(process_run(&process, &status, &err), &err);
    assert_buf(&out, "[y\n][/\n]");
}

static void process_run_finds_a_relative_program_from_here(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;
    char *const argv[] = {(char[]){"./program"}, NULL};
    int status = -1;

    (void)state;
    test_write("program", "#!/bin/sh\npwd\n");
    assert_int_equal(chmod("program", 0755), 0);
    struct process process = {.argv = argv, .dir = "/", .on_stdout = collect, .user = &out};
    assert_success(process_run(&process, &status, &err), &err);
    assert_buf(&out, "[/\n]");
}

static void assert_cannot_run(const char *program, const char *dir, const char *message)
{
    auto_error err = ERROR_INIT;
    auto_free char *name = xstrdup(program);
    char *const argv[] = {name, NULL};
    struct process process = {.argv = argv, .dir = dir};
    int status = -1;
    int pid = -1;

    assert_int_equal(process_run(&process, &status, &err), -1);
    assert_error(&err, ERROR_FAILURE, message);
    error_release(&err);
    assert_int_equal(process_start(&process, &pid, &err), -1);
    assert_error(&err, ERROR_FAILURE, message);
    assert_int_equal(pid, -1);
}

static void process_names_a_program_it_cannot_run(void **state)
{
    (void)state;
    test_write("not_executable", "");
    assert_cannot_run("cleave-no-such-program", NULL,
                      "cannot run cleave-no-such-program: it is not in PATH");
    assert_cannot_run("./gone", NULL, "cannot run ./gone: No such file or directory");
    assert_cannot_run("./not_executable", NULL, "cannot run ./not_executable: Permission denied");
    assert_cannot_run("/bin/sh", "gone", "cannot run /bin/sh in gone: No such file or directory");
}

static void process_exec_fails_with_a_name(void **state)
{
    auto_error err = ERROR_INIT;
    char *const argv[] = {(char[]){"./gone"}, NULL};

    (void)state;
    struct process process = {.argv = argv};
    assert_int_equal(process_exec(&process, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot run ./gone: No such file or directory");
}

static void process_find_looks_like_exec(void **state)
{
    (void)state;
    assert_int_equal(mkdir("dir", 0777), 0);
    assert_int_equal(mkdir("dir/tool", 0777), 0);
    assert_int_equal(mkdir("bin", 0777), 0);
    test_write("bin/tool", "");
    assert_null(process_find("tool", "dir:bin"));
    assert_int_equal(chmod("bin/tool", 0755), 0);
    auto_free char *in_path = process_find("tool", "dir:bin");
    assert_string_equal(in_path, "bin/tool");
    auto_free char *given = process_find("./bin/tool", NULL);
    assert_string_equal(given, "./bin/tool");
    assert_int_equal(rename("bin/tool", "tool"), 0);
    auto_free char *here = process_find("tool", "dir::bin");
    assert_string_equal(here, "./tool");
    auto_free char *default_path = process_find("sh", NULL);
    assert_non_null(default_path);
}

static void env_set_replaces_only_that_name(void **state)
{
    auto_strv env = STRV_INIT;

    (void)state;
    strv_push(&env, "AB=1");
    strv_push(&env, "A=2");
    env_set(&env, "A", "x=y");
    env_set(&env, "NEW", "");
    assert_int_equal(env.len, 3);
    assert_string_equal(env_get(env.items, "AB"), "1");
    assert_string_equal(env_get(env.items, "A"), "x=y");
    assert_string_equal(env_get(env.items, "NEW"), "");
    assert_null(env_get(env.items, "N"));
}

/* What a program does that gets a signal while its child runs; returns its exit status. */
static int run_interrupted(const char *expected)
{
    auto_error err = ERROR_INIT;
    int status = -1;

    process_init();
    struct process process = {.argv = shell("trap 'exit 3' TERM; kill -TERM $PPID; "
                                            "while :; do sleep 0.01; done")};
    if (process_run(&process, &status, &err) != -1 || !process_interrupted())
        return 1;
    if (err.kind != ERROR_CHILD || error_exit_status(&err) != 128 + SIGTERM || status != -1)
        return 2;
    return strcmp(err.text, expected) == 0 ? 0 : 3;
}

static void process_passes_signals_on_and_ends_by_them(void **state)
{
    int status = 0;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        int failed = run_interrupted("interrupted by Terminated");
        if (failed == 0)
            process_raise_interrupt();
        _exit(failed);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSIGNALED(status))
        fail_msg("ended with status %d", WEXITSTATUS(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void process_init_leaves_ignored_signals_ignored(void **state)
{
    int status = 0;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGHUP, SIG_IGN);
        process_init();
        raise(SIGHUP);
        _exit(process_interrupted() ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_run_gives_the_exit_status),
        cmocka_unit_test(process_run_gives_output_line_by_line),
        cmocka_unit_test(process_run_reads_both_streams_of_any_size),
        cmocka_unit_test(process_run_gives_a_long_line_whole),
        cmocka_unit_test(process_run_kills_the_child_when_a_line_is_refused),
        file_test(process_run_looks_around_while_the_child_runs),
        cmocka_unit_test(process_run_uses_the_environment_and_directory_it_is_given),
        file_test(process_run_finds_a_relative_program_from_here),
        file_test(process_names_a_program_it_cannot_run),
        cmocka_unit_test(process_exec_fails_with_a_name),
        file_test(process_find_looks_like_exec),
        cmocka_unit_test(env_set_replaces_only_that_name),
        cmocka_unit_test(process_passes_signals_on_and_ends_by_them),
        cmocka_unit_test(process_init_leaves_ignored_signals_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
