/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/early_metadata.h"

#include <stdio.h>
#include <unistd.h>

#include "base/options.h"
#include "cmd/cleave/command.h"
#include "cmd/cleave/streams.h"

int command_metadata(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_strv slots = STRV_INIT;
    auto_strv env_files = STRV_INIT;
    auto_strv status_files = STRV_INIT;
    auto_strv warnings = STRV_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;
    struct codegen codegen = {.hermetic = true, .write = write_stream};
    const char *output = NULL;
    const struct option options[] = {
        {"-o", "FILE.rlib", "the hollow rlib to write", .ret_text = &output},
        {"--slot", "KIND", "as codegen of this crate has it", .ret_list = &slots},
        {"--remap-cwd", "NEW", "as codegen of this crate has it", .ret_text = &codegen.remap_cwd},
        {"--rustc-version", "TEXT", "as codegen of this crate has it",
         .ret_text = &codegen.rustc_version},
        {"--env-file", "FILE", "NAME=VALUE lines for rustc's environment", .ret_list = &env_files},
        {"--status-file", "FILE", "KEY VALUE lines, for {KEY} in rustc's environment",
         .ret_list = &status_files},
    };
    const struct option_table table = {
        .usage = "cleave metadata -o FILE.rlib [OPTION]… -- RUSTC ARGS…",
        .summary =
            "Makes a library's hollow rlib as early as rustc can give it, and stops rustc then.\n"
            "The arguments must be those of the library's codegen, with metadata and link in\n"
            "--emit, so that both name the same crate hash.",
        .example = "cleave metadata -o hollow/libdep.rlib -- rustc --crate-type rlib "
                   "--emit=metadata,link dep.rs",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
        .takes_foreign = true,
    };

    int status = command_parse_rustc(&table, argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (!output)
        return error_set(err, ERROR_USAGE, "give the hollow to write: -o FILE.rlib");
    if (set_slots(&slots, &codegen, err) < 0 || add_env_files(&env_files, err) < 0 ||
        stamp_env(&status_files, err) < 0)
        return -1;
    set_rustc(&codegen, &arguments);
    codegen.color = isatty(STDERR_FILENO);
    status = early_metadata_run(&codegen, output, &warnings, err);
    print_warnings(&warnings);
    return pass_on_status(status, ret_status, err);
}
