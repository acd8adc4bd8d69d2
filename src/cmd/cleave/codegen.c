/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

#include "base/options.h"
#include "cmd/cleave/command.h"
#include "cmd/cleave/streams.h"

int command_codegen(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_strv slots = STRV_INIT;
    auto_strv env_files = STRV_INIT;
    auto_strv units = STRV_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;
    struct codegen codegen = {.unit_suffix = ".unit", .hermetic = true};
    const struct option options[] = {
        {"-o", "UNIT", "the link unit to write (default: beside rustc's output, NAME.unit)",
         .ret_text = &codegen.unit},
        {"--hollow-dir", "DIR", "write the hollow of a library into DIR",
         .ret_text = &codegen.hollow_dir},
        {"--link-rlib-dir", "DIR", "write the link rlib of a library into DIR",
         .ret_text = &codegen.link_rlib_dir},
        {"--slot", "KIND", "leave a slot for natives or link-args, filled at link",
         .ret_list = &slots},
        {"--remap-cwd", "NEW", "call the working directory NEW in everything that is written",
         .ret_text = &codegen.remap_cwd},
        {"--env-file", "FILE", "NAME=VALUE lines for rustc's environment", .ret_list = &env_files},
    };
    const struct option_table table = {
        .usage = "cleave codegen [OPTION]… -- RUSTC ARGS…",
        .summary =
            "Compiles a crate. What rustc would link is left as a link unit for cleave link;\n"
            "dependencies may be hollow rlibs, real rlibs or .rmeta files. Other outputs are\n"
            "rustc's own, where its command line puts them.",
        .example = "cleave codegen -o app.unit -- rustc --crate-name app main.rs --extern "
                   "dep=hollow/libdep.rlib",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
        .takes_foreign = true,
    };

    int status = command_parse_rustc(&table, argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (set_slots(&slots, &codegen, err) < 0 || add_env_files(&env_files, err) < 0)
        return -1;
    set_rustc(&codegen, &arguments);
    return run_codegen(&codegen, &units, ret_status, err);
}
