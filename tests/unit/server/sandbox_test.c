/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "support/executor.h"

static void sandbox_is_one_place_for_one_user(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world, "pwd; id -u; id -g; hostname; echo $PPID",
                  SANDBOX_ROOT "\n1000\n1000\nlocalhost\n1\n");
}

static void sandbox_has_no_capability_and_gets_none(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world, "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | tr -d '\\t' | uniq",
                  "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\n"
                  "CapBnd:0000000000000000\nCapAmb:0000000000000000\nNoNewPrivs:1\n");
}

static void sandbox_passes_the_actions_environment_alone(void **state)
{
    static const char *const environment[] = {"B", "two words", "A", "", NULL};
    static const char *const arguments[] = {"/usr/bin/env", NULL};
    const struct test_action action = {.arguments = arguments, .environment = environment};
    struct executor_world *world = *state;

    setenv("SECRET", "of the service", 1);
    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->stdout_raw.len, 15);
    assert_memory_equal(outcome.result->stdout_raw.data, "B=two words\nA=\n", 15);
}

static void sandbox_shows_the_machine_read_only(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world,
                  "for d in / /usr /etc /var /home /run /dev /root; do\n"
                  "  touch $d/x 2>&1 | grep -o 'Read-only file system\\|Permission denied' |\n"
                  "    grep -c . | tr -d '\\n'; done",
                  "11111111");
}

/* The store, and the test's own directory, are below a directory that is hidden. */
static void sandbox_hides_the_store_and_homes(void **state)
{
    struct executor_world *world = *state;
    char cwd[1000];

    need_namespaces(world);
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    auto_free char *script = xasprintf("ls -A /home /root /run | grep -v '^/' | grep . && echo "
                                       "seen; ls %s 2>&1 | grep -c 'No such file'; "
                                       "ls -A /tmp /var/tmp /dev/shm",
                                       cwd);
    assert_prints(world, script, "1\n/dev/shm:\n\n/tmp:\n\n/var/tmp:\n");
}

/* It lies below two directories that are hidden: all there is of them is the way to it. */
static void sandbox_shows_bound_directories_read_only_at_their_own_places(void **state)
{
    struct executor_world *world = *state;
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;

    need_namespaces(world);
    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *bound = xasprintf("%s/bound", cwd);
    auto_free char *script = xasprintf("cd %s && cat file inner/file && ls -A .. && ! touch x "
                                       "2>/dev/null && ! rm file 2>/dev/null",
                                       bound);
    const struct test_action action = {.script = script, .bound = bound};
    assert_int_equal(mkdir("bound", 0755), 0);
    assert_int_equal(mkdir("bound/inner", 0755), 0);
    test_write("bound/file", "a\n");
    test_write("bound/inner/file", "b\n");
    test_write("beside", "");
    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->stdout_raw.len, 10);
    assert_memory_equal(outcome.result->stdout_raw.data, "a\nb\nbound\n", 10);
    assert_success(fs_remove_all("bound", &err), &err);
}

static void sandbox_is_not_to_show_what_must_be_hidden(void **state)
{
    struct executor_world *world = *state;
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;

    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *blobs = xasprintf("%s/store/cas", cwd);
    const struct {
        const char *dir, *format;
    } cases[] = {
        {"usr", "%s can't be shown to an action: it isn't absolute, or has a link in it"},
        {"/usr/../usr", "%s can't be shown to an action: it isn't absolute, or has a link in it"},
        {cwd, "%s can't be shown to an action: it holds %s/store/actions, which is hidden"},
        {blobs, "%s can't be shown to an action: it is the store's"},
    };
    assert_success(executor_check_bound(world->executor, "/usr", &err), &err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error refusal = ERROR_INIT;
        auto_buf text = BUF_INIT;
        buf_add_str(&text, cases[i].format);
        buf_replace(&text, "%s", cases[i].dir);
        assert_int_equal(executor_check_bound(world->executor, cases[i].dir, &refusal), -1);
        assert_string_equal(refusal.text, text.data);
    }
}

static void sandbox_gives_each_action_its_own_temporary_files(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world, "for d in /tmp /var/tmp /dev/shm; do echo a >$d/a; cat $d/a; done",
                  "a\na\na\n");
    assert_prints(world, "ls -A /tmp; ls /tmp/a 2>/dev/null || echo none", "none\n");
    assert_int_equal(access("/tmp/a", F_OK), -1);
}

static void sandbox_has_no_network_but_loopback(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world,
                  "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | wc -l",
                  "lo\n1\n");
}

static void sandbox_has_devices_that_work(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(
        world,
        "echo lost >/dev/null; head -c 2 /dev/zero | od -An -tx1; head -c 9 /dev/urandom | "
        "wc -c; echo out >>/dev/stdout; echo in | cat /dev/stdin; cat /dev/fd/0; test -e /dev/vda "
        "|| test -e /dev/sda || echo no disk",
        " 00 00\n9\nout\nin\nno disk\n");
}

static void sandbox_mounts_cannot_be_taken_off(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world,
                  "umount /tmp >/dev/null 2>&1 && echo umount\n"
                  "mount -o remount,rw /usr >/dev/null 2>&1 && echo remount\n"
                  "for p in /tmp /proc " SANDBOX_ROOT " /usr /home; do\n"
                  "  unshare -Urm umount -l $p >/dev/null 2>&1 && echo umount nested $p\n"
                  "  unshare -Urm mount -o remount,bind,rw $p >/dev/null 2>&1 && "
                  "unshare -Urm sh -c \"mount -o remount,bind,rw $p; touch $p/x\" >/dev/null 2>&1 "
                  "&& echo remount nested $p\n"
                  "done; rm -f " SANDBOX_ROOT "/x; true",
                  "remount nested /tmp\nremount nested " SANDBOX_ROOT "\n");
}

static void sandbox_lets_actions_make_namespaces_of_their_own(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world,
                  "unshare -Ur id -u && unshare -Urm sh -c "
                  "'mount -t tmpfs none /home && mkdir /home/u && mount --bind . /home/u && cd "
                  "/home/u && pwd'",
                  "0\n/home/u\n");
}

static void sandbox_proc_leads_nowhere(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    test_write("secret", "s");
    char cwd[1000];
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    auto_free char *script = xasprintf(
        "for p in /proc/[0-9]*; do for l in root cwd; do test -e $p/$l/%s/secret && echo $p/$l; "
        "test -e $p/$l/store && echo $p/$l; done; done; "
        "ls /proc/1/fd /proc/1/root/ /proc/1/cwd/ 2>/dev/null; readlink /proc/1/exe; "
        "(cat /proc/1/environ; : >/proc/1/mem) 2>/dev/null; ls -d /proc/[0-9]* | wc -l | grep -c "
        "'^[1-9]$'",
        cwd);
    assert_prints(world, script, "1\n");
}

static void sandbox_init_cannot_be_killed(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world, "kill -9 1; kill -TERM 1; sleep 0.05; echo alive", "alive\n");
}

/* What the action leaves behind would else write into the file that the test looks at. */
static void sandbox_ends_daemons_with_the_action(void **state)
{
    static const char *const outputs[] = {"log", NULL};
    const struct test_action action = {
        .script = "(setsid sh -c 'trap \"\" TERM HUP; while :; do echo x >>log; sleep 0.01; done' "
                  ">/dev/null 2>&1 &) ; sleep 0.1",
        .outputs = outputs};
    struct executor_world *world = *state;

    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_files, 1);
    struct buf found = BUF_INIT;
    test_output(
        (const char *const[]){
            "sh", "-c",
            "grep -l '[e]cho x >>log' /proc/[0-9]*/cmdline 2>/dev/null | grep -v self | wc -l",
            NULL},
        &found);
    assert_buf(&found, "0\n");
    buf_release(&found);
}

static void sandbox_files_of_another_action_are_not_there(void **state)
{
    struct executor_world *world = *state;

    need_namespaces(world);
    assert_prints(world, "echo mine >mine; ls", "mine\n");
    assert_prints(world, "ls; find / -name mine -not -path '/proc/*' 2>/dev/null; true", "");
}

static void sandbox_sets_limits(void **state)
{
    struct executor_world *world = *state;

    assert_prints(world, "ulimit -c; cat /proc/self/oom_score_adj; umask", "0\n500\n0022\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        auto_test(sandbox_is_one_place_for_one_user),
        auto_test(sandbox_has_no_capability_and_gets_none),
        auto_test(sandbox_passes_the_actions_environment_alone),
        none_test(sandbox_passes_the_actions_environment_alone),
        auto_test(sandbox_shows_the_machine_read_only),
        auto_test(sandbox_hides_the_store_and_homes),
        auto_test(sandbox_shows_bound_directories_read_only_at_their_own_places),
        auto_test(sandbox_is_not_to_show_what_must_be_hidden),
        auto_test(sandbox_gives_each_action_its_own_temporary_files),
        auto_test(sandbox_has_no_network_but_loopback),
        auto_test(sandbox_has_devices_that_work),
        auto_test(sandbox_mounts_cannot_be_taken_off),
        auto_test(sandbox_lets_actions_make_namespaces_of_their_own),
        auto_test(sandbox_proc_leads_nowhere),
        auto_test(sandbox_init_cannot_be_killed),
        auto_test(sandbox_ends_daemons_with_the_action),
        none_test(sandbox_ends_daemons_with_the_action),
        auto_test(sandbox_files_of_another_action_are_not_there),
        auto_test(sandbox_sets_limits),
    };

    int status;

    if (executor_runner(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, executor_shared_stop);
}
