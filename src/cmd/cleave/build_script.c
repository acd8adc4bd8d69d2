/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script.h"

#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "cmd/cleave/command.h"

static int check(const struct build_script *script, struct error *err)
{
    if (!script->dir || !*script->dir)
        return error_set(err, ERROR_USAGE, "give the directory to write: -o DIR");
    if (script->profile && strcmp(script->profile, "debug") != 0 &&
        strcmp(script->profile, "release") != 0)
        return error_set(err, ERROR_USAGE, "--profile %s: give debug or release", script->profile);
    if (script->debug && strcmp(script->debug, "true") != 0 && strcmp(script->debug, "false") != 0)
        return error_set(err, ERROR_USAGE, "--debug %s: give true or false", script->debug);
    return 0;
}

static void show_stream(const char *name, const struct buf *text)
{
    if (text->len == 0)
        return;
    fprintf(stderr, "--- %s of the build script\n", name);
    fwrite(text->data, 1, text->len, stderr);
    if (text->data[text->len - 1] != '\n')
        fputc('\n', stderr);
}

static void show_messages(const char *what, const char *label, const struct strv *messages)
{
    for (size_t i = 0; i < messages->len; i++)
        fprintf(stderr, "%s: %s: %s\n", what, label, messages->items[i]);
}

/* Compilers' errors are often among the warnings. */
static void show(const struct build_script *script, const struct build_script_report *report)
{
    const char *label = script->label     ? script->label
                        : script->package ? script->package
                                          : script->argv[0];

    show_stream("standard output", &report->out);
    show_stream("standard error", &report->err);
    show_messages("warning", label, &report->warnings);
    show_messages("error", label, &report->errors);
}

int command_build_script(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_build_script script = BUILD_SCRIPT_INIT;
    auto_build_script_report report = BUILD_SCRIPT_REPORT_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;
    const struct option options[] = {
        {"-o", "DIR", "the directory that gets OUT_DIR and the answers", .ret_text = &script.dir},
        {"--label", "NAME", "what messages call the package", .ret_text = &script.label},
        {"--manifest-dir", "DIR", "the package (default: the working directory)",
         .ret_text = &script.manifest_dir},
        {"--cwd", "DIR", "where to run (default: the package)", .ret_text = &script.cwd},
        {"--package", "NAME", "the package's name", .ret_text = &script.package},
        {"--package-version", "X.Y.Z", "the package's version", .ret_text = &script.version},
        {"--links", "NAME", "the library that the package links", .ret_text = &script.links},
        {"--feature", "NAME", "a feature that is on", .ret_list = &script.features},
        {"--target", "TRIPLE", "what is compiled for (default: the host)",
         .ret_text = &script.target},
        {"--host", "TRIPLE", "where the script runs (default: rustc's)", .ret_text = &script.host},
        {"--rustc", "PROGRAM", "default: $RUSTC, else rustc", .ret_text = &script.rustc},
        {"--rustflag", "ARG", "an argument of rustc", .ret_list = &script.rustflags},
        {"--profile", "NAME", "debug (the default) or release", .ret_text = &script.profile},
        {"--opt-level", "N", "default: 0, in release 3", .ret_text = &script.opt_level},
        {"--debug", "BOOL", "debug info: true or false", .ret_text = &script.debug},
        {"--dep", "DIR", "the answers of a dependency's script", .ret_list = &script.deps},
        {"--env-file", "FILE", "NAME=VALUE lines for the script's environment",
         .ret_list = &script.env_files},
        {"--env", "NAME=VALUE", "a variable that wins over all others", .ret_list = &script.env},
        {"--discard", "GLOB", "remove files of such a name from OUT_DIR",
         .ret_list = &script.discards},
    };
    const struct option_table table = {
        .usage = "cleave build-script -o DIR [OPTION]… -- PROGRAM [ARGS…]",
        .summary =
            "Runs a build script as Cargo would, and leaves its answers as files in DIR: env,\n"
            "rustc-args and rustc-libs for codegen, link-args for link, dep-env for scripts of\n"
            "dependents, warnings, and OUT_DIR as out. On failure nothing is left.",
        .example = "cleave build-script -o answers --manifest-dir zlib --links z "
                   "-- ./build-script-build",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
        .takes_foreign = true,
    };

    (void)ret_status;
    int status = command_parse_foreign(&table, "the build script", argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    script.argv = arguments.foreign;
    if (check(&script, err) < 0)
        return -1;
    status = build_script_run(&script, &report, err);
    if (status < 0)
        show(&script, &report);
    return status;
}
