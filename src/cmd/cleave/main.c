/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/version.h"
#include "cargo/wrapper.h"
#include "cmd/cleave/command.h"
#include "unit/capture.h"

static const struct {
    const char *name;
    command_fn *run;
    const char *help;
} commands[] = {
    {"codegen", command_codegen, "compile a crate and leave a link unit in the place of the link"},
    {"link", command_link, "link a unit, by the linker alone"},
    {"metadata", command_metadata, "make a hollow rlib as early as rustc can give its metadata"},
    {"hollow", command_hollow, "wrap metadata as a hollow rlib or dylib"},
    {"build-script", command_build_script, "run a build script, leave its answers as files"},
    {"inspect", command_inspect, "show a unit, or what kind of crate file a file is"},
    {"rustc", command_rustc, "rustc's own command line, with --do-not-link and --only-link"},
    {"cargo", command_cargo, "run Cargo with every link split from its codegen"},
    {"generate", command_generate, "write build files for the crates of a Cargo.lock"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

void print_warning(const char *text)
{
    fprintf(stderr, "cleave: warning: %s\n", text);
}

void print_help_text(const char *text)
{
    puts(text);
}

static int parse(const struct option_table *table, int argc, char **argv,
                 struct arguments *ret_arguments, struct error *err)
{
    if (options_parse(table, argc, argv, ret_arguments, err) < 0)
        return -1;
    if (!ret_arguments->help)
        return 0;
    auto_free char *help = options_help(table);
    fputs(help, stdout);
    return 1;
}

int command_parse_one(const struct option_table *table, const char *what, int argc, char **argv,
                      struct arguments *ret_arguments, struct error *err)
{
    int status = parse(table, argc, argv, ret_arguments, err);

    if (status == 0 && ret_arguments->positional.len != 1)
        return error_set(err, ERROR_USAGE, "give one %s: %s", what, table->usage);
    return status;
}

int command_parse_foreign(const struct option_table *table, const char *what, int argc, char **argv,
                          struct arguments *ret_arguments, struct error *err)
{
    int status = parse(table, argc, argv, ret_arguments, err);

    if (status == 0 && ret_arguments->positional.len > 0)
        return error_set(err, ERROR_USAGE, "unexpected %s; %s follows --",
                         ret_arguments->positional.items[0], what);
    if (status == 0 && ret_arguments->foreign_len == 0)
        return error_set(err, ERROR_USAGE, "give %s after --", what);
    return status;
}

int command_parse_rustc(const struct option_table *table, int argc, char **argv,
                        struct arguments *ret_arguments, struct error *err)
{
    return command_parse_foreign(table, "rustc's command line", argc, argv, ret_arguments, err);
}

static void print_help(void)
{
    puts("usage: cleave COMMAND …   (cleave COMMAND --help says more)\n"
         "       cleave RUSTC …     as RUSTC_WRAPPER of Cargo\n\n"
         "Splits rustc into codegen, which needs source and the metadata of dependencies, and\n"
         "link, which needs objects and a linker. Works with stable rustc.\n\n"
         "commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-12s %s\n", commands[i].name, commands[i].help);
    puts("\nexample:\n"
         "  cleave codegen -o app.unit -- rustc --crate-name app main.rs && cleave link app.unit "
         "-o app");
}

static int run_command(int argc, char **argv, int *ret_status, struct error *err)
{
    const char *name = argc > 1 ? argv[1] : "--help";

    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return 0;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts("cleave " CLEAVE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(argc - 2, argv + 2, ret_status, err);
    if (wrapper_is_compiler(name))
        return wrapper_run(argc - 1, argv + 1, ret_status, err);
    return error_set(err, ERROR_USAGE, "unknown command %s; see cleave --help", name);
}

int main(int argc, char **argv)
{
    auto_error err = ERROR_INIT;
    int status = 0;

    process_init();
    int result = capture_is_wanted(argv[0]) ? capture_run(argc, argv, &err)
                                            : run_command(argc, argv, &status, &err);
    fflush(stdout);
    process_raise_interrupt();
    if (result >= 0)
        return status;
    /* rustc and the linker have already said what is wrong. */
    if (err.kind != ERROR_CHILD || err.text)
        fprintf(stderr, "cleave: error: %s\n", err.text ? err.text : "unknown");
    return error_exit_status(&err);
}
