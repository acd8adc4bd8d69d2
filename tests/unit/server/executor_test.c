/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/executor.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "store/blob_message.h"
#include "support/executor.h"

static void write_input(const char *path, const char *text, mode_t mode)
{
    test_write(path, text);
    assert_int_equal(chmod(path, mode), 0);
}

/* ---- inputs ---- */

static void executor_makes_the_input_root(void **state)
{
    struct executor_world *world = *state;

    write_input("in/program", "#!/bin/sh\necho ran \"$1\"\n", 0755);
    write_input("in/text", "text\n", 0644);
    write_input("in/empty", "", 0644);
    assert_int_equal(mkdir("in/dir", 0755), 0);
    assert_int_equal(mkdir("in/dir/none", 0755), 0);
    assert_int_equal(symlink("../text", "in/dir/link"), 0);
    assert_prints(world,
                  "./program it; cat dir/link; ls dir; stat -c '%n %a %s' program text empty",
                  "ran it\ntext\nlink\nnone\nprogram 555 24\ntext 444 5\nempty 444 0\n");
}

/* What it may do to an input, as a user who owns it: the store's inode keeps its bytes and mode. */
static void executor_keeps_inputs_from_harm(void **state)
{
    struct executor_world *world = *state;
    const struct blob_digest digest = test_digest("precious\n");
    auto_free char *file = test_blob_file(&digest, "");

    write_input("in/a", "precious\n", 0644);
    write_input("in/b", "precious\n", 0755);
    auto_outcome outcome =
        run_script(world, "echo x >>a; chmod 666 a && echo x >>a; ln a l && echo x >>l; mv b c; "
                          "chmod u+w c; echo x >c; truncate -s 0 l; touch -d 2000-01-01 a; rm -f "
                          "a; echo new >a; true");
    assert_exit(&outcome, 0);
    assert_file(file, "precious\n");
    assert_int_equal(test_stat(file).st_mode & 07777, 0444);
    assert_prints(world, "cat a b; stat -c %a a b", "precious\nprecious\n444\n555\n");
}

static void executor_inputs_are_the_actions_own(void **state)
{
    struct executor_world *world = *state;

    write_input("in/a", "precious\n", 0644);
    assert_prints(world, "chmod 644 a && echo more >>a && cat a && mv a b && ln b c && rm b && ls",
                  "precious\nmore\nc\n");
}

/* A small layer and large ones; twice, to see that what is kept is right. */
static void executor_lays_large_directories_over_the_rest(void **state)
{
    struct executor_world *world = *state;
    char path[100];

    assert_int_equal(mkdir("in/x", 0755), 0);
    assert_int_equal(mkdir("in/x/large", 0755), 0);
    assert_int_equal(mkdir("in/x/large/larger", 0755), 0);
    write_input("in/x/small", "s", 0644);
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof(path), "in/x/large/%d", i);
        write_input(path, "l", 0644);
        snprintf(path, sizeof(path), "in/x/large/larger/%d", i);
        write_input(path, "m", 0644);
    }
    for (int i = 0; i < 2; i++)
        assert_prints(
            world,
            "find . -type f | wc -l; cat x/small x/large/7 x/large/larger/199; ls x; "
            "echo n >x/large/new; rm x/large/larger/1; rmdir x 2>/dev/null; ls x/large | wc -l",
            "401\nslmlarge\nsmall\n202\n");
    assert_int_equal(test_count_entries("store/actions/trees"), world->warning ? 0 : 3);
}

static void executor_makes_inputs_anew_when_the_store_was_changed(void **state)
{
    struct executor_world *world = *state;
    const struct blob_digest digest = test_digest("right\n");
    auto_free char *file = test_blob_file(&digest, "");

    write_input("in/a", "right\n", 0644);
    assert_prints(world, "cat a", "right\n");
    assert_int_equal(chmod(file, 0644), 0);
    FILE *stream = fopen(file, "r+");
    assert_non_null(stream);
    fputs("wrong\n", stream);
    fclose(stream);
    sleep(2);
    /* Storing the inputs again heals the blob. */
    assert_prints(world, "cat a", "right\n");
}

static void executor_names_all_missing_blobs(void **state)
{
    struct executor_world *world = *state;
    Reapi__Directory root = REAPI__DIRECTORY__INIT;
    Reapi__FileNode files[2] = {REAPI__FILE_NODE__INIT, REAPI__FILE_NODE__INIT};
    Reapi__FileNode *list[] = {&files[0], &files[1]};
    struct blob_digest digests[2] = {test_digest("one"), test_digest("two")};
    uint8_t bytes[1000];

    files[0].name = (char *)(uintptr_t) "a";
    files[1].name = (char *)(uintptr_t) "b";
    for (int i = 0; i < 2; i++)
        files[i].digest = blob_message_new(&digests[i]);
    root.files = list;
    root.n_files = 2;
    size_t len = reapi__directory__pack(&root, bytes);
    for (int i = 0; i < 2; i++)
        reapi__digest__free_unpacked(files[i].digest, NULL);

    struct blob_digest digest;
    auto_error err = ERROR_INIT;
    blob_digest_of(bytes, len, &digest);
    assert_success(store_put(world->store, &digest, bytes, &err), &err);
    const struct test_action action = {.script = "true"};
    const struct blob_digest action_digest = store_action(world, &action, &digest);
    struct execution *execution = execution_new();
    auto_outcome outcome;
    executor_run(world->executor, execution, &action_digest, NULL, NULL, &outcome);
    execution_free(execution);

    assert_int_equal(outcome.status.code, RPC_FAILED_PRECONDITION);
    assert_null(outcome.result);
    Google__Status *status = google__status__unpack(NULL, outcome.status.details.len,
                                                    (uint8_t *)outcome.status.details.data);
    assert_non_null(status);
    const ProtobufCBinaryData *value = &status->details[0]->value;
    Google__PreconditionFailure *failure =
        google__precondition_failure__unpack(NULL, value->len, value->data);
    assert_int_equal(failure->n_violations, 2);
    assert_string_equal(failure->violations[0]->type, "MISSING");
    assert_string_equal(failure->violations[0]->subject,
                        "blobs/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed/3");
    google__precondition_failure__free_unpacked(failure, NULL);
    google__status__free_unpacked(status, NULL);
}

static void executor_names_a_missing_action(void **state)
{
    struct executor_world *world = *state;
    const struct blob_digest digest = test_digest("none");
    struct execution *execution = execution_new();
    auto_outcome outcome;

    executor_run(world->executor, execution, &digest, NULL, NULL, &outcome);
    execution_free(execution);
    assert_int_equal(outcome.status.code, RPC_FAILED_PRECONDITION);
    assert_true(outcome.status.details.len > 0);
}

/* ---- the command ---- */

static void executor_tells_exit_code_streams_and_times(void **state)
{
    struct executor_world *world = *state;
    auto_outcome outcome = run_script(world, "echo out; echo err >&2; exit 7");
    const Reapi__ActionResult *result = outcome.result;
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    assert_exit(&outcome, 7);
    assert_false(outcome.do_not_cache);
    assert_int_equal(result->stdout_raw.len, 4);
    assert_memory_equal(result->stderr_raw.data, "err\n", 4);
    assert_success(blob_from_message(result->stdout_digest, &digest, &err), &err);
    assert_blob(world->store, &digest, "out\n");
    const Reapi__ExecutedActionMetadata *metadata = result->execution_metadata;
    assert_true(metadata->worker[0] != '\0');
    assert_true(metadata->input_fetch_start_timestamp->seconds > 0);
    assert_true(metadata->input_fetch_completed_timestamp->seconds > 0);
    assert_true(metadata->execution_start_timestamp->seconds > 0);
    assert_true(metadata->execution_completed_timestamp->seconds > 0);
    assert_true(metadata->output_upload_completed_timestamp->seconds > 0);
}

static void executor_tells_a_signal_as_a_shell_does(void **state)
{
    struct executor_world *world = *state;
    auto_outcome outcome = run_script(world, "kill -SEGV $$");

    assert_exit(&outcome, 128 + SIGSEGV);
}

static void executor_keeps_long_output_out_of_the_result(void **state)
{
    struct executor_world *world = *state;
    auto_outcome outcome = run_script(world, "head -c 1000000 /dev/zero");

    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->stdout_raw.len, 0);
    assert_int_equal(outcome.result->stdout_digest->size_bytes, 1000000);
}

static void executor_passes_do_not_cache_on(void **state)
{
    const struct test_action action = {.script = "true", .do_not_cache = true};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);

    assert_exit(&outcome, 0);
    assert_true(outcome.do_not_cache);
}

static void executor_refuses_what_cannot_be_run(void **state)
{
    static const char *const none[] = {"no/such", NULL};
    static const char *const not_in_path[] = {"no-such", NULL};
    static const char *const no_program[] = {"./text", NULL};
    static const char *const no_path[] = {"A", "", NULL};
    static const struct {
        struct test_action action;
        const char *text;
    } cases[] = {
        {{.arguments = none}, "cannot run no/such: No such file or directory"},
        {{.arguments = not_in_path},
         "cannot run no-such: it is not in the action's PATH (/usr/bin:/bin)"},
        {{.arguments = no_program}, "cannot run ./text: Permission denied"},
        {{.arguments = not_in_path, .environment = no_path},
         "cannot run no-such: it has no '/', and the action's environment no PATH"},
        {{.script = "true", .working_directory = "none"},
         "cannot enter the working directory none: No such file or directory"},
    };
    struct executor_world *world = *state;

    write_input("in/text", "text\n", 0644);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_outcome outcome = run_test_action(world, &cases[i].action);
        assert_outcome_status(&outcome, RPC_INVALID_ARGUMENT, cases[i].text);
        assert_null(outcome.result);
    }
}

static void executor_stops_at_the_timeout(void **state)
{
    static const char *const outputs[] = {"o", NULL};
    const struct test_action action = {
        .script = "trap '' TERM INT; echo so far; echo x >o; sleep 100 & sleep 100; wait",
        .outputs = outputs,
        .timeout = 1};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);

    assert_outcome_status(&outcome, RPC_DEADLINE_EXCEEDED,
                          "the action was stopped at its timeout of 1 s");
    assert_non_null(outcome.result);
    assert_int_equal(outcome.result->exit_code, 128 + SIGKILL);
    assert_memory_equal(outcome.result->stdout_raw.data, "so far\n", 7);
    assert_int_equal(outcome.result->n_output_files, 1);
}

/* ---- cancel, others, the end ---- */

static void cancel_it(void *user)
{
    execution_cancel(user);
}

static void executor_cancels_at_any_time(void **state)
{
    struct executor_world *world = *state;
    const struct test_action action = {.script = "sleep 100"};
    const struct blob_digest root = store_inputs(world);
    const struct blob_digest digest = store_action(world, &action, &root);

    for (int early = 0; early < 2; early++) {
        struct execution *execution = execution_new();
        auto_outcome outcome;
        if (early)
            execution_cancel(execution);
        executor_run(world->executor, execution, &digest, cancel_it, execution, &outcome);
        execution_free(execution);
        assert_outcome_status(&outcome, RPC_CANCELLED, "the action was cancelled");
        assert_null(outcome.result);
    }
}

#define THREADS 4
#define ROUNDS 10

static void *run_some(void *user)
{
    struct executor_world *world = user;

    for (int i = 0; i < ROUNDS; i++)
        assert_prints(world, "cat a; echo $$ >b; cat d/5", "in\nx\n");
    return NULL;
}

static void executor_runs_actions_at_once(void **state)
{
    struct executor_world *world = *state;
    pthread_t threads[THREADS];
    char path[100];

    write_input("in/a", "in\n", 0644);
    assert_int_equal(mkdir("in/d", 0755), 0);
    for (int i = 0; i < 150; i++) {
        snprintf(path, sizeof(path), "in/d/%d", i);
        write_input(path, "x\n", 0644);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_some, world), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void executor_leaves_nothing_behind(void **state)
{
    struct executor_world *world = *state;

    auto_outcome outcome =
        run_script(world, "mkdir -p a/b/c; chmod 0 a/b a; mkfifo p; ln -s / root; exit 0");
    assert_exit(&outcome, 0);
    executor_close(world->executor);
    world->executor = NULL;
    assert_int_equal(test_count_entries("store/actions/runs"), 0);
    assert_int_equal(test_count_entries("store/actions/trees"), 0);
    assert_int_equal(test_count_entries("store/actions/gone"), 0);
}

static void executor_probe_agrees_with_the_executor(void **state)
{
    struct executor_world *world = *state;
    auto_error err = ERROR_INIT;

    assert_int_equal(executor_probe(&err) == 0,
                     executor_sandbox(world->executor) == SANDBOX_USERNS);
}

#define BOTH(function) auto_test(function), none_test(function)
#define OWN(function) own_auto_test(function), own_none_test(function)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH(executor_makes_the_input_root),
        BOTH(executor_keeps_inputs_from_harm),
        auto_test(executor_inputs_are_the_actions_own),
        OWN(executor_lays_large_directories_over_the_rest),
        BOTH(executor_makes_inputs_anew_when_the_store_was_changed),
        BOTH(executor_names_all_missing_blobs),
        auto_test(executor_names_a_missing_action),
        BOTH(executor_tells_exit_code_streams_and_times),
        BOTH(executor_tells_a_signal_as_a_shell_does),
        auto_test(executor_keeps_long_output_out_of_the_result),
        auto_test(executor_passes_do_not_cache_on),
        BOTH(executor_refuses_what_cannot_be_run),
        BOTH(executor_stops_at_the_timeout),
        BOTH(executor_cancels_at_any_time),
        BOTH(executor_runs_actions_at_once),
        OWN(executor_leaves_nothing_behind),
        auto_test(executor_probe_agrees_with_the_executor),
    };
    int status;

    if (executor_runner(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, executor_shared_stop);
}
