/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/outputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strv.h"
#include "store/blob_message.h"
#include "store/tree.h"
#include "support/executor.h"

#define LIST(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void assert_digest(struct executor_world *world, const Reapi__Digest *message,
                          const char *expected)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    assert_success(blob_from_message(message, &digest, &err), &err);
    assert_blob(world->store, &digest, expected);
}

static Reapi__Tree *read_tree(struct executor_world *world, const Reapi__Digest *message)
{
    struct blob_digest digest;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    Reapi__Tree *tree = NULL;

    assert_success(blob_from_message(message, &digest, &err), &err);
    assert_success(store_read_blob(world->store, &digest, 1 << 20, &bytes, &err), &err);
    assert_success(tree_parse(bytes.data, bytes.len, &tree, &err), &err);
    return tree;
}

static void outputs_are_files_with_their_executable_bit(void **state)
{
    const struct test_action action = {.script =
                                           "echo a >d/a; echo b >b; chmod 700 b; : >c; chmod 0 c",
                                       .outputs = LIST("d/a", "b", "c", "none", "d/none")};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);
    const Reapi__ActionResult *result = outcome.result;

    assert_exit(&outcome, 0);
    assert_int_equal(result->n_output_files, 3);
    assert_string_equal(result->output_files[0]->path, "d/a");
    assert_digest(world, result->output_files[0]->digest, "a\n");
    assert_false(result->output_files[0]->is_executable);
    assert_true(result->output_files[1]->is_executable);
    assert_digest(world, result->output_files[2]->digest, "");
    assert_int_equal(result->n_output_directories + result->n_output_symlinks, 0);
}

static void outputs_are_directories_as_sorted_trees(void **state)
{
    const struct test_action action = {
        .script = "mkdir -p o/b/same o/a/same o/empty; echo x >o/b/same/x; echo x >o/a/same/x; "
                  "echo z >o/z; ln -s ../z o/a/link; chmod 0 o/a/same/x",
        .outputs = LIST("o", "e")};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);
    const Reapi__ActionResult *result = outcome.result;

    assert_exit(&outcome, 0);
    assert_int_equal(result->n_output_directories, 1);
    const Reapi__OutputDirectory *directory = result->output_directories[0];
    assert_string_equal(directory->path, "o");
    assert_true(directory->is_topologically_sorted);
    assert_null(directory->root_directory_digest);
    Reapi__Tree *tree = read_tree(world, directory->tree_digest);
    assert_int_equal(tree->root->n_directories, 3);
    assert_string_equal(tree->root->directories[0]->name, "a");
    assert_int_equal(tree->root->n_files, 1);
    /* Each once, and none before one that holds it: empty, b, a, same in some such order. */
    assert_int_equal(tree->n_children, 4);
    assert_int_equal(tree->children[3]->n_files + tree->children[2]->n_files, 1);
    tree_release(&tree);
}

static void outputs_keep_directory_messages_where_they_are_asked_for(void **state)
{
    const struct test_action action = {.script = "mkdir o/d; echo x >o/d/x",
                                       .outputs = LIST("o", "o/none"),
                                       .directory_format = 2};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_directories, 1);
    const Reapi__OutputDirectory *directory = outcome.result->output_directories[0];
    assert_success(blob_from_message(directory->root_directory_digest, &digest, &err), &err);
    assert_true(test_has(world->store, &digest));
}

static void outputs_of_older_clients_have_their_lists(void **state)
{
    const struct test_action action = {
        .script =
            "test -d p && ! test -e p/d && mkdir p/d && echo f >p/f && ln -s f p/l && ln -s d p/m",
        .output_files = LIST("p/f", "p/l"),
        .output_directories = LIST("p/d", "p/m")};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);
    const Reapi__ActionResult *result = outcome.result;

    assert_exit(&outcome, 0);
    assert_int_equal(result->n_output_files, 1);
    assert_int_equal(result->n_output_directories, 1);
    assert_int_equal(result->n_output_symlinks, 2);
    assert_int_equal(result->n_output_file_symlinks, 1);
    assert_string_equal(result->output_file_symlinks[0]->path, "p/l");
    assert_string_equal(result->output_file_symlinks[0]->target, "f");
    assert_string_equal(result->output_directory_symlinks[0]->target, "d");
}

static void outputs_are_relative_to_the_working_directory(void **state)
{
    const struct test_action action = {.script = "echo x >o/x; echo y >../y",
                                       .outputs = LIST("o/x", "y"),
                                       .working_directory = "w/d"};
    struct executor_world *world = *state;

    assert_int_equal(mkdir("in/w", 0755), 0);
    assert_int_equal(mkdir("in/w/d", 0755), 0);
    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_files, 1);
    assert_string_equal(outcome.result->output_files[0]->path, "o/x");
}

static void outputs_may_be_the_whole_working_directory(void **state)
{
    const struct test_action action = {.script = "echo x >x", .output_directories = LIST("")};
    struct executor_world *world = *state;

    test_write("in/i", "input");
    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_directories, 1);
    assert_string_equal(outcome.result->output_directories[0]->path, "");
    Reapi__Tree *tree = read_tree(world, outcome.result->output_directories[0]->tree_digest);
    assert_int_equal(tree->root->n_files, 2);
    tree_release(&tree);
}

/* Links out are told and not followed, whatever stands at their end. */
static void outputs_never_follow_links_out(void **state)
{
    static const struct {
        const char *script;
        const char *text;
    } traps[] = {
        {"rmdir o; ln -s /etc o", "the output o/passwd lies behind a link that leads out of the "
                                  "input root or in a circle"},
        {"rmdir o; ln -s ../../etc o", "the output o/passwd lies behind a link that leads out of "
                                       "the input root or in a circle"},
        {"rmdir o; ln -s o o", "the output o/passwd lies behind a link that leads out of the input "
                               "root or in a circle"},
        {"rmdir o; ln -s /proc/self/root/etc o",
         "the output o/passwd lies behind a link that leads out of the input root or in a circle"},
    };
    struct executor_world *world = *state;

    for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
        const struct test_action action = {.script = traps[i].script, .outputs = LIST("o/passwd")};
        auto_outcome outcome = run_test_action(world, &action);
        assert_outcome_status(&outcome, RPC_FAILED_PRECONDITION, traps[i].text);
        assert_null(outcome.result);
    }
    const struct test_action action = {.script =
                                           "ln -s /etc/passwd a; mkdir d; ln -s /etc d/etc; ln -s "
                                           "../../../etc/passwd d/p; ln -s none dangling",
                                       .outputs = LIST("a", "d", "dangling")};
    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_files, 0);
    assert_int_equal(outcome.result->n_output_symlinks, 2);
    assert_string_equal(outcome.result->output_symlinks[0]->target, "/etc/passwd");
    Reapi__Tree *tree = read_tree(world, outcome.result->output_directories[0]->tree_digest);
    assert_int_equal(tree->root->n_symlinks, 2);
    assert_int_equal(tree->root->n_files + tree->root->n_directories, 0);
    assert_string_equal(tree->root->symlinks[0]->target, "/etc");
    tree_release(&tree);
}

static void outputs_through_links_inside_are_found(void **state)
{
    const struct test_action action = {.script = "rmdir o; mkdir r; ln -s r o; echo x >r/x",
                                       .outputs = LIST("o/x")};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);

    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_files, 1);
}

static void outputs_of_other_kinds_are_refused(void **state)
{
    const struct {
        struct test_action action;
        const char *text;
    } cases[] = {
        {{.script = "mkfifo p", .outputs = LIST("p")},
         "the output p is a pipe, which was not declared as one or cannot be an output"},
        {{.script = "mkdir d; mkfifo d/p", .outputs = LIST("d")},
         "the output d/p is a pipe, which was not declared as one or cannot be an output"},
        {{.script = "mkdir d", .output_files = LIST("d")},
         "the output d is a directory, which was not declared as one or cannot be an output"},
        {{.script = "echo >f", .output_directories = LIST("f")},
         "the output f is a file, which was not declared as one or cannot be an output"},
    };
    struct executor_world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_outcome outcome = run_test_action(world, &cases[i].action);
        assert_outcome_status(&outcome, RPC_FAILED_PRECONDITION, cases[i].text);
    }
}

static void outputs_parents_that_cannot_be_made_are_refused(void **state)
{
    const struct test_action action = {.script = "true", .outputs = LIST("f/o")};
    struct executor_world *world = *state;

    test_write("in/f", "a file");
    auto_outcome outcome = run_test_action(world, &action);
    assert_outcome_status(&outcome, RPC_INVALID_ARGUMENT,
                          "cannot make the directory f for the outputs: Not a directory");
}

#define MANY 10000

static void outputs_may_be_ten_thousand(void **state)
{
    struct executor_world *world = *state;
    auto_strv outputs = STRV_INIT;

    for (int i = 0; i < MANY; i++)
        strv_pushf(&outputs, "out/%d/%d", i % 100, i);
    const struct test_action action = {
        .script = "i=0; while [ $i -lt 10000 ]; do echo $i >out/$((i % 100))/$i; i=$((i+1)); done",
        .outputs = (const char *const *)outputs.items};
    auto_outcome outcome = run_test_action(world, &action);
    assert_exit(&outcome, 0);
    assert_int_equal(outcome.result->n_output_files, MANY);
    assert_string_equal(outcome.result->output_files[MANY - 1]->path, "out/99/9999");
    assert_digest(world, outcome.result->output_files[MANY - 1]->digest, "9999\n");
}

static void outputs_too_deep_are_refused(void **state)
{
    const struct test_action action = {
        .script = "i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done",
        .outputs = LIST("d")};
    struct executor_world *world = *state;
    auto_outcome outcome = run_test_action(world, &action);

    assert_int_equal(outcome.status.code, RPC_FAILED_PRECONDITION);
    assert_non_null(strstr(outcome.status.message, "lies too deep"));
}

#define BOTH(function) auto_test(function), none_test(function)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH(outputs_are_files_with_their_executable_bit),
        BOTH(outputs_are_directories_as_sorted_trees),
        auto_test(outputs_keep_directory_messages_where_they_are_asked_for),
        BOTH(outputs_of_older_clients_have_their_lists),
        BOTH(outputs_are_relative_to_the_working_directory),
        BOTH(outputs_may_be_the_whole_working_directory),
        BOTH(outputs_never_follow_links_out),
        BOTH(outputs_through_links_inside_are_found),
        BOTH(outputs_of_other_kinds_are_refused),
        BOTH(outputs_parents_that_cannot_be_made_are_refused),
        auto_test(outputs_may_be_ten_thousand),
        auto_test(outputs_too_deep_are_refused),
    };
    int status;

    if (executor_runner(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, executor_shared_stop);
}
