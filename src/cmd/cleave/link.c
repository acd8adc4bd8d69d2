/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link.h"

#include <stdio.h>

#include "base/options.h"
#include "cargo/build_script_files.h"
#include "cmd/cleave/command.h"

int command_link(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_link_request request = LINK_REQUEST_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;
    auto_strv scripts = STRV_INIT;
    const char *run_dir = NULL;
    bool print = false;
    const struct option options[] = {
        {"-o", "FILE", "the file to write", .ret_text = &request.output},
        {"--crate", "FILE", "a dependency: real rlib, link rlib or dylib",
         .ret_list = &request.crate_files},
        {"--crate-dir", "DIR", "a directory of dependencies", .ret_list = &request.crate_dirs},
        {"--sysroot", "DIR", "rustc's sysroot (default: where codegen saw it)",
         .ret_text = &request.sysroot},
        {"--linker", "PROGRAM", "another driver, or lld, mold, bfd, gold",
         .ret_text = &request.linker},
        {"--native", "ARG", "fill the crate's slot for native libraries",
         .ret_list = &request.natives},
        {"--native-of", "CRATE=ARG", "fill that slot of a dependency",
         .ret_list = &request.natives_of},
        {"--link-arg", "ARG", "fill the slot for link arguments", .ret_list = &request.link_args},
        {"--build-script", "TARGET=DIR",
         "a build script's answers, for what is linked: bin:NAME, dep …", .ret_list = &scripts},
        {"--run-dir", "DIR", "find the shared libraries of build scripts from DIR, by $ORIGIN",
         .ret_text = &run_dir},
        {"--map", "OLD=NEW", "replace a prefix of paths that lie outside the unit",
         .ret_list = &request.maps},
        {"--print", NULL, "print the linker's command line and don't run it", .ret_switch = &print},
    };
    const struct option_table table = {
        .usage = "cleave link UNIT -o FILE [OPTION]…",
        .summary = "Links a unit. Runs the linker and nothing of rustc.",
        .example = "cleave link app.unit -o app --crate real/libdep.rlib",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)ret_status;
    int status = command_parse_one(&table, "unit", argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (!request.output)
        return error_set(err, ERROR_USAGE, "give the file to write: -o FILE");
    for (size_t i = 0; i < scripts.len; i++)
        if (build_script_link_args(scripts.items[i], run_dir, &request.link_args, err) < 0)
            return -1;
    request.unit = arguments.positional.items[0];
    if (!print)
        return link_run(&request, err);
    auto_buf text = BUF_INIT;
    if (link_print(&request, &text, err) < 0)
        return -1;
    fwrite(text.data, 1, text.len, stdout);
    return 0;
}
