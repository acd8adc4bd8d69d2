/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Child processes. One child runs in the foreground at a time; SIGINT, SIGTERM and SIGHUP are
 * passed on to it, the call then fails with the signal's status, and everything on the way up is
 * released as after any error. A second signal, later, kills the child. main ends by
 * process_raise_interrupt, so that the shell sees the signal.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

/* A line of the child's output, its newline included. A negative answer kills the child. */
typedef int process_line_fn(void *user, const char *line, size_t len, struct error *err);

/*
 * Called while the child runs, PROCESS_TICK_MS apart or sooner. A negative answer kills the child.
 */
typedef int process_tick_fn(void *user, struct error *err);
#define PROCESS_TICK_MS 5

struct process {
    char *const *argv;          /* NULL-terminated; argv[0] is looked up in the PATH of env,
                                 * or when it has a '/' from our own working directory */
    char *const *env;           /* NULL-terminated; NULL: ours */
    const char *dir;            /* working directory; NULL: ours */
    int input;                  /* a descriptor to be its standard input; 0: ours */
    process_line_fn *on_stdout; /* NULL: the child's standard output is ours */
    process_line_fn *on_stderr; /* NULL: likewise standard error */
    process_tick_fn *on_tick;   /* NULL: none; else one of the streams must be read */
    void *user;
    int *ret_signal; /* process_run sets it to the signal that killed the child, 0: none; or NULL */
};

/* Installs the signal handlers. Called once, by main. */
void process_init(void);

/* Whether one of the signals has come. Long work without a child looks at this. */
bool process_interrupted(void);

/* Fails, as process_wait does, if one of the signals has come. */
int process_check_interrupt(struct error *err) must_check;

/* Ends the process by the signal that came, if one did. */
void process_raise_interrupt(void);

/*
 * Starts the program. Sets *ret_pid. A program that can't be started is an ERROR_FAILURE that
 * names it.
 */
int process_start(const struct process *process, int *ret_pid, struct error *err) must_check;

/*
 * Waits for the child. Sets *ret_status to its exit status, 128 + signal if it was killed. Fails
 * only when a signal came to us, with ERROR_CHILD and 128 + that signal.
 */
int process_wait(int pid, int *ret_status, struct error *err) must_check;

/* process_start and process_wait in one, with the lines of piped output in between. */
int process_run(const struct process *process, int *ret_status, struct error *err) must_check;

/* Replaces this process. Returns only when that fails. */
int process_exec(const struct process *process, struct error *err) must_check;

/*
 * The file of the program that runs. The first answer stays: after a change of root /proc would
 * name the file otherwise. Owned by caller.
 */
int process_own_program(char **ret_path, struct error *err) must_check;

/* The file that NAME stands for when it is executed with this PATH, or NULL. Owned by caller. */
char *process_find(const char *name, const char *path_variable);

/* Sets NAME=VALUE in a list of environment strings. */
void env_set(struct strv *env, const char *name, const char *value);

/* The value of NAME in a NULL-terminated list of environment strings, or NULL. */
const char *env_get(char *const *env, const char *name);
