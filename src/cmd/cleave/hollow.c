/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/hollow.h"

#include "base/options.h"
#include "cmd/cleave/command.h"

int command_hollow(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_arguments arguments = ARGUMENTS_INIT;
    const char *output = NULL;
    const struct option options[] = {
        {"-o", "FILE", "the hollow to write", .ret_text = &output},
    };
    const struct option_table table = {
        .usage = "cleave hollow IN.rmeta|IN.rlib|IN.so -o FILE.rlib|FILE.so",
        .summary = "Wraps a crate's metadata as a hollow rlib or dylib, which rustc takes for the\n"
                   "real one until it links. Metadata of --emit=metadata alone is not enough: it\n"
                   "must come from a run that also generated code.",
        .example = "cleave hollow real/libdep.rlib -o hollow/libdep.rlib",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)ret_status;
    int status = command_parse_one(&table, "file", argc, argv, &arguments, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (!output)
        return error_set(err, ERROR_USAGE, "give the hollow to write: -o FILE");
    return hollow_write(arguments.positional.items[0], output, err);
}
