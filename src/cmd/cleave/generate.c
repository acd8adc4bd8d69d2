/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate.h"

#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "cmd/cleave/command.h"

#define DEFAULT_MANIFEST "Cargo.toml"
#define DEFAULT_DIR "third_party"
#define DEFAULT_RULES "@cleave"

static void print_taken(const struct strv *taken)
{
    for (size_t i = 0; i < taken->len; i++)
        fprintf(stderr, "cleave: %s was not generated, or has been taken over: left alone\n",
                taken->items[i]);
}

static int check(const struct generate_request *request, struct error *err)
{
    auto_strv stale = STRV_INIT;
    auto_strv taken = STRV_INIT;

    if (generate_check(request, &stale, &taken, err) < 0)
        return -1;
    for (size_t i = 0; i < stale.len; i++)
        fprintf(stderr, "cleave: stale: %s\n", stale.items[i]);
    if (stale.len > 0)
        return error_set(err, ERROR_FAILURE,
                         "%zu of the generated files and folders are stale, %s%s; run cleave "
                         "generate without --check",
                         stale.len, stale.items[0], stale.len > 1 ? " and more" : "");
    return 0;
}

static int write(const struct generate_request *request, struct error *err)
{
    auto_strv taken = STRV_INIT;

    if (generate_write(request, &taken, err) < 0)
        return -1;
    print_taken(&taken);
    return 0;
}

int command_generate(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    struct generate_request request = {0};
    bool only_check = false;
    const struct option options[] = {
        {"--manifest-path", "FILE", "a Cargo.toml of the workspace (Cargo.toml)",
         .ret_text = &request.manifest},
        {"-o", "DIR", "where foreign crates go (third_party)", .ret_text = &request.dir},
        {"--workspace", NULL, "write build files of the members, too",
         .ret_switch = &request.members},
        {"--target", "TRIPLE", "what is built for (rustc's host)", .ret_text = &request.triple},
        {"--rules-repository", "NAME", "the repository of the rules (@cleave)",
         .ret_text = &request.rules, .keeps_at = true},
        {"--check", NULL, "write nothing; fail if files are stale", .ret_switch = &only_check},
    };
    const struct option_table table = {
        .usage = "cleave generate bazel [-o DIR] [OPTION]…",
        .summary = "Writes build files for the crates of a Cargo.lock. Sources of foreign crates\n"
                   "are copied to DIR/vendor, so that building them needs no Cargo; //DIR:NAME\n"
                   "stands for what a member depends on. Tables [workspace.metadata.cleave.NAME]\n"
                   "in Cargo.toml say what is different for a crate (docs/commands.md).",
        .example = "cleave generate bazel --workspace -o third_party",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)ret_status;
    int status = command_parse_one(&table, "build system, bazel", argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (strcmp(arguments.positional.items[0], "bazel") != 0)
        return error_set(err, ERROR_USAGE, "unknown build system %s; there is: bazel",
                         arguments.positional.items[0]);
    request.manifest = request.manifest ? request.manifest : DEFAULT_MANIFEST;
    request.dir = request.dir ? request.dir : DEFAULT_DIR;
    request.rules = request.rules ? request.rules : DEFAULT_RULES;
    return only_check ? check(&request, err) : write(&request, err);
}
