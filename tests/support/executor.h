/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A store and an executor in the test's own directory, and actions for it: a shell script each.
 * The test program is its own runner process: its main calls executor_runner.
 *
 *     store    the store, store/actions the executor's directory
 *     in       what the test puts there is an action's input root
 */

#include <string.h>

#include "base/fs.h"
#include "server/executor.h"
#include "server/runner_process.h"
#include "support/store.h"
#include "support/test.h"

#define EXECUTOR_STORE_SIZE (256u << 20)

struct executor_world {
    struct temp_dir *dir; /* the test's directory */
    struct store *store;
    struct executor *executor;
    char *warning;
};

/*
 * Setups and teardowns: *state is the struct executor_world, with the sandbox auto or none. A store
 * takes long to make, so tests share one of each mode, with an empty "in"; those that do things to
 * the executor itself have their own.
 */
int executor_share_auto(void **state);
int executor_share_none(void **state);
int executor_own_auto(void **state);
int executor_own_none(void **state);
int executor_own_stop(void **state);
int executor_shared_stop(void **state); /* of the group of tests */

#define auto_test(function) cmocka_unit_test_setup(function, executor_share_auto)
#define none_test(function) cmocka_unit_test_setup(function, executor_share_none)
#define own_auto_test(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, executor_own_auto, executor_own_stop)
#define own_none_test(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, executor_own_none, executor_own_stop)

/* The same in the working directory, with these directories and files hidden (NULL for none). */
struct executor_world *executor_world_open(enum sandbox_mode mode, const struct strv *hidden);
void executor_world_close(struct executor_world *world);

/* Skips the test, and says why, where actions can't be shut in. */
void need_namespaces(const struct executor_world *world);

/* What an action is, besides its inputs. Lists end with NULL; NULL is an empty one. */
struct test_action {
    const char *script;             /* for /bin/sh -c */
    const char *const *arguments;   /* in place of a script */
    const char *const *environment; /* NAME, VALUE, NAME, …; PATH=/usr/bin:/bin where it is NULL */
    const char *const *outputs;
    const char *const *output_files, *const *output_directories;
    const char *working_directory;
    const char *bound; /* a directory of this machine, for execution_bind; or NULL */
    unsigned timeout;
    bool do_not_cache;
    int directory_format;
};

/* Stores "in" as a tree. */
struct blob_digest store_inputs(struct executor_world *world);

/* Stores the action with the input root, and its command. */
struct blob_digest store_action(struct executor_world *world, const struct test_action *action,
                                const struct blob_digest *root);

#define auto_outcome __attribute__((cleanup(execution_outcome_release))) struct execution_outcome

/* Runs it with what is in "in". */
struct execution_outcome run_test_action(struct executor_world *world,
                                         const struct test_action *action);
struct execution_outcome run_script(struct executor_world *world, const char *script);

/* Fails the test unless the script ended with 0 and printed that, on both streams together. */
void assert_prints(struct executor_world *world, const char *script, const char *expected);

/* Fails the test unless the action ended, with that exit code. */
void assert_exit(const struct execution_outcome *outcome, int exit_code);

void assert_outcome_status(const struct execution_outcome *outcome, enum rpc_code code,
                           const char *message);

/*
 * For the first line of main: where the program is called as the runner, it runs it, and returns
 * true with the exit status.
 */
bool executor_runner(int argc, char **argv, int *ret_status);
