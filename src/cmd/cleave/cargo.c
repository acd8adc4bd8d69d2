/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/process.h"
#include "cargo/log.h"
#include "cmd/cleave/command.h"

static void print_cargo_help(void)
{
    print_help_text(
        "usage: cleave cargo ARGS…\n\n"
        "Runs Cargo with cleave as its RUSTC_WRAPPER: each crate that would be linked\n"
        "becomes codegen, which sees hollow rlibs only, and link. Sets\n"
        "CARGO_INCREMENTAL=0 where the variable isn't set: incremental crates can't be\n"
        "split. $CARGO names another Cargo; $CLEAVE_LOG a file to which a line for each\n"
        "rustc run is appended. Where cleaved serves, codegen is done there and kept in its\n"
        "action cache; $CLEAVE_SERVICE names its socket, or is none.\n\n"
        "example:\n"
        "  cleave cargo build --release");
}

static int run_cargo(int argc, char **argv, const char *log, int *ret_status, struct error *err)
{
    const char *cargo = getenv("CARGO");
    auto_strv words = STRV_INIT;
    auto_strv env = STRV_INIT;
    auto_free char *self = NULL;

    if (process_own_program(&self, err) < 0)
        return -1;
    strv_push(&words, cargo && *cargo ? cargo : "cargo");
    strv_push_all(&words, argv, (size_t)argc);
    strv_push_list(&env, environ);
    env_set(&env, "RUSTC_WRAPPER", self);
    env_set(&env, LOG_VARIABLE, log);
    if (!getenv("CARGO_INCREMENTAL"))
        env_set(&env, "CARGO_INCREMENTAL", "0");
    struct process process = {.argv = words.items, .env = env.items};
    return process_run(&process, ret_status, err);
}

static int print_summary(const char *log, size_t offset, struct error *err)
{
    auto_buf text = BUF_INIT;

    if (log_summary(log, offset, &text, err) < 0)
        return -1;
    fprintf(stderr, "cleave: %s\n", text.data);
    return 0;
}

int command_cargo(int argc, char **argv, int *ret_status, struct error *err)
{
    const char *log = getenv(LOG_VARIABLE);
    const char *wrapper = getenv("RUSTC_WRAPPER");
    const char *temp_place = getenv("TMPDIR");
    auto_temp_dir temp = TEMP_DIR_INIT;
    auto_free char *own_log = NULL;
    struct stat st;

    if (argc == 0 || (argc == 1 && strcmp(argv[0], "--help") == 0)) {
        print_cargo_help();
        return 0;
    }
    if (wrapper && *wrapper)
        return error_set(err, ERROR_USAGE,
                         "RUSTC_WRAPPER is set to %s, and cleave has to be the wrapper; unset it",
                         wrapper);
    if (!log || !*log) {
        if (temp_dir_create(temp_place && *temp_place ? temp_place : "/tmp", &temp, err) < 0)
            return -1;
        log = own_log = xasprintf("%s/log", temp.path);
    }
    size_t offset = stat(log, &st) == 0 ? (size_t)st.st_size : 0;
    if (run_cargo(argc, argv, log, ret_status, err) < 0)
        return -1;
    return print_summary(log, offset, err);
}
