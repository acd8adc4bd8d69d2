/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/version.h"
#include "cmd/cleaved/command.h"
#include "server/runner_process.h"

static const struct {
    const char *name;
    command_fn *run;
    const char *help;
    bool cleans_up; /* after a signal, which else ends it at once, or which it takes itself */
} commands[] = {
    {"serve", command_serve, "run the service: store, action cache, executor", false},
    {"stats", command_stats, "show what the running service has done and holds", false},
    {"stop", command_stop, "end the running service", false},
    {"doctor", command_doctor, "say what works on this machine, what doesn't, and what to do",
     false},
    {"cas", command_cas, "upload, download, cat, tree, missing: blobs of any such service", true},
    {"exec", command_exec, "run one command as an action of any such service", true},
    {"action", command_action, "show an action, run it again, say how two differ", true},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

void print_warning(const char *text)
{
    fprintf(stderr, "cleaved: warning: %s\n", text);
}

int command_parse(const struct option_table *table, int argc, char **argv,
                  struct arguments *ret_arguments, struct error *err)
{
    if (options_parse(table, argc, argv, ret_arguments, err) < 0)
        return -1;
    if (ret_arguments->help) {
        auto_free char *help = options_help(table);
        fputs(help, stdout);
        return 1;
    }
    if (ret_arguments->positional.len > 0)
        return error_set(err, ERROR_USAGE, "unexpected %s; see --help",
                         ret_arguments->positional.items[0]);
    return 0;
}

static void print_help(void)
{
    puts("usage: cleaved COMMAND …   (cleaved COMMAND --help says more)\n\n"
         "A Remote Execution API service on one machine: a store on disk, an action cache and a\n"
         "sandboxed executor, for cleave, Bazel, Buck2 and every other client of that API.\n\n"
         "commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
    puts("\nexample:\n"
         "  cleaved serve --listen tcp:127.0.0.1:8980");
}

static int run_command(int argc, char **argv, int *ret_status, struct error *err)
{
    const char *name = argc > 1 ? argv[1] : "--help";

    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return 0;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts("cleaved " CLEAVE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (commands[i].cleans_up)
            process_init();
        return commands[i].run(argc - 2, argv + 2, ret_status, err);
    }
    return error_set(err, ERROR_USAGE, "unknown command %s; see cleaved --help", name);
}

int main(int argc, char **argv)
{
    auto_error err = ERROR_INIT;
    int status = 0;

    /* What the service starts beside itself; no command for people. */
    if (argc == 2 && strcmp(argv[1], RUNNER_COMMAND) == 0)
        return runner_process_main(RUNNER_SOCKET);
    int result = run_command(argc, argv, &status, &err);
    fflush(stdout);
    process_raise_interrupt();
    if (result >= 0)
        return status;
    fprintf(stderr, "cleaved: error: %s\n", err.text ? err.text : "unknown");
    return error_exit_status(&err);
}
