/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* The executor on a machine on which something is wrong. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/executor_private.h"
#include "support/executor.h"

/* A disk of that size, which is the working directory; skips the test where we can't have one. */
static void enter_small_disk(const char *options)
{
    assert_int_equal(mkdir("disk", 0755), 0);
    if (mount("tmpfs", "disk", "tmpfs", 0, options) < 0) {
        print_message("skipped: cannot mount a small disk (%s); run as root\n", strerror(errno));
        skip();
    }
    assert_int_equal(chdir("disk"), 0);
}

static void leave_small_disk(void)
{
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(umount2("disk", MNT_DETACH), 0);
}

static void executor_caches_nothing_of_a_full_disk(void **state)
{
    static const char *const outputs[] = {"o", NULL};
    const struct test_action action = {
        .script = "head -c 60000000 /dev/zero >big; echo x >o; sleep 1.5; rm big",
        .outputs = outputs};

    (void)state;
    enter_small_disk("size=100m");
    struct executor_world *world = executor_world_open(SANDBOX_AUTO, NULL);
    struct execution_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_true(outcome.do_not_cache);
    execution_outcome_release(&outcome);
    outcome = run_script(world, "true");
    assert_exit(&outcome, 0);
    assert_false(outcome.do_not_cache);
    execution_outcome_release(&outcome);
    executor_world_close(world);
    leave_small_disk();
}

static void executor_tells_when_outputs_find_no_room(void **state)
{
    static const char *const outputs[] = {"o", NULL};
    const struct test_action action = {.script = "head -c 60000000 /dev/zero >o",
                                       .outputs = outputs};

    (void)state;
    enter_small_disk("size=100m");
    struct executor_world *world = executor_world_open(SANDBOX_AUTO, NULL);
    struct execution_outcome outcome = run_test_action(world, &action);
    assert_int_equal(outcome.status.code, RPC_RESOURCE_EXHAUSTED);
    assert_null(outcome.result);
    execution_outcome_release(&outcome);
    outcome = run_script(world, "echo fine");
    assert_exit(&outcome, 0);
    execution_outcome_release(&outcome);
    executor_world_close(world);
    leave_small_disk();
}

static void executor_hides_what_it_is_told_to(void **state)
{
    struct strv hidden = STRV_INIT;

    (void)state;
    strv_push(&hidden, "/etc/passwd");
    strv_push(&hidden, "/usr/share");
    strv_push(&hidden, "/usr/share/doc");
    strv_push(&hidden, "/no/such");
    struct executor_world *world = executor_world_open(SANDBOX_AUTO, &hidden);
    strv_release(&hidden);
    if (executor_sandbox(world->executor) == SANDBOX_USERNS)
        assert_prints(world, "cat /etc/passwd; ls -A /usr/share; echo end", "end\n");
    executor_world_close(world);
}

/* Where there is no overlay, inputs are copies in the sandbox. */
static void executor_copies_inputs_without_an_overlay(void **state)
{
    (void)state;
    struct executor_world *world = executor_world_open(SANDBOX_AUTO, NULL);
    world->executor->overlay = false;
    test_write("in/a", "text\n");
    if (executor_sandbox(world->executor) == SANDBOX_USERNS)
        assert_prints(world, "pwd; cat a; chmod u+w a; echo more >>a; mv a b; cat b; ls -A /tmp",
                      "/execroot\ntext\ntext\nmore\n");
    executor_world_close(world);
}

/* A store on another disk is told, before anything is tried. */
static void executor_refuses_a_directory_on_another_disk(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1 << 20);
    auto_error err = ERROR_INIT;
    struct executor *executor = NULL;
    char *warning = NULL;
    const struct executor_options options = {.store = store, .dir = "/dev/shm"};

    if (test_stat("/dev/shm").st_dev == test_stat("store").st_dev)
        skip();
    assert_int_equal(executor_open(&options, &executor, &warning, &err), -1);
    assert_int_equal(err.kind, ERROR_FAILURE);
    assert_non_null(strstr(err.text, "/dev/shm must be on the same file system as the store "));
}

static void kill_runner(void *user)
{
    (void)user;
    auto_free char *script =
        xasprintf("for p in /proc/[0-9]*; do grep -qs '^PPid:.%d$' $p/status && grep -qs ^cleaved "
                  "$p/comm && kill -9 ${p#/proc/}; done; true",
                  (int)getpid());
    test_run("sh", "-c", script, NULL);
}

static void executor_survives_its_runner(void **state)
{
    struct executor_world *world = *state;
    const struct test_action action = {.script = "sleep 100"};
    const struct blob_digest root = store_inputs(world);
    const struct blob_digest digest = store_action(world, &action, &root);
    struct execution *execution = execution_new();
    auto_outcome outcome;

    executor_run(world->executor, execution, &digest, kill_runner, NULL, &outcome);
    execution_free(execution);
    assert_outcome_status(
        &outcome, RPC_UNAVAILABLE,
        "the process that runs actions has died, and the action with it; try again");
    assert_prints(world, "echo again", "again\n");
}

static void executor_removes_what_an_earlier_one_left(void **state)
{
    struct executor_world *world = *state;
    const struct executor_options options = {
        .store = world->store, .dir = "store/actions", .sandbox = SANDBOX_AUTO};
    auto_error err = ERROR_INIT;

    executor_close(world->executor);
    assert_int_equal(mkdir("store/actions/runs/7", 0755), 0);
    test_write("store/actions/runs/7/f", "x");
    assert_int_equal(mkdir("store/actions/gone/900", 0755), 0);
    assert_int_equal(mkdir("store/actions/gone/900/d", 0), 0);
    free(world->warning);
    assert_success(executor_open(&options, &world->executor, &world->warning, &err), &err);
    assert_prints(world, "echo fine", "fine\n");
    executor_close(world->executor);
    world->executor = NULL;
    assert_int_equal(test_count_entries("store/actions/runs"), 0);
    assert_int_equal(test_count_entries("store/actions/gone"), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        file_test(executor_caches_nothing_of_a_full_disk),
        file_test(executor_tells_when_outputs_find_no_room),
        file_test(executor_hides_what_it_is_told_to),
        file_test(executor_copies_inputs_without_an_overlay),
        file_test(executor_refuses_a_directory_on_another_disk),
        own_auto_test(executor_survives_its_runner),
        own_none_test(executor_survives_its_runner),
        own_auto_test(executor_removes_what_an_earlier_one_left),
    };
    int status;

    if (executor_runner(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
