/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/early_metadata.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "rust/hollow.h"
#include "rust/rustc_message.h"
#include "unit/codegen_checks.h"
#include "unit/compilation.h"

struct early_metadata {
    struct compilation compilation;
    const char *output;
    bool done; /* the hollow is written */
};

static int check(const struct rustc_command *command, struct error *err)
{
    for (size_t i = 0; i < command->crate_types.len; i++) {
        const char *type = command->crate_types.items[i];
        if (strcmp(type, "lib") != 0 && strcmp(type, "rlib") != 0)
            return error_set(err, ERROR_REFUSED,
                             "a crate of type %s has no hollow rlib of its own; only rlibs have",
                             type);
    }
    if (command->crate_types.len == 0)
        return error_set(err, ERROR_REFUSED,
                         "only a rlib has a hollow rlib; say --crate-type=rlib");
    if (!rustc_command_emits(command, "metadata") || !rustc_command_emits(command, "link"))
        return error_set(err, ERROR_REFUSED,
                         "--emit must have metadata and link, here and where the crate is "
                         "compiled: the crate's hash depends on it");
    return 0;
}

static int on_stderr(void *user, const char *line, size_t len, struct error *err)
{
    struct early_metadata *run = user;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;

    /* What an artifact notice names isn't kept. */
    if (run->compilation.command.json.len > 0 && rustc_artifact_parse(line, len, &artifact) == 1)
        return 0;
    return compilation_pass_on(&run->compilation, CODEGEN_STDERR, line, len, err);
}

/* rustc renames its metadata into place, so that the file is whole once it is there. */
static int take_metadata(struct early_metadata *run, struct error *err)
{
    auto_free char *path = outputs_metadata(&run->compilation.outputs);

    if (!path)
        return 1;
    if (codegen_check_crate(run->compilation.codegen, path, err) < 0 ||
        hollow_write(path, run->output, err) < 0)
        return -1;
    run->done = true;
    return 0;
}

static int on_tick(void *user, struct error *err)
{
    int status = take_metadata(user, err);

    if (status != 0)
        return status < 0 ? -1 : 0;
    return error_set(err, ERROR_FAILURE, "stopped: the rest of the run isn't needed");
}

static int run_until_metadata(struct early_metadata *run, const struct codegen *codegen,
                              struct strv *warnings, struct error *err)
{
    if (compilation_prepare(&run->compilation, codegen, run->output, warnings, err) < 0)
        return -1;
    if (check(&run->compilation.command, err) < 0)
        return -1;
    run->compilation.on_tick = on_tick;
    int status = compilation_run(&run->compilation, on_stderr, run, err);
    if (status == 0)
        status = take_metadata(run, err);
    if (status > 0)
        return error_set(err, ERROR_FAILURE, "%s ended without writing metadata", codegen->rustc);
    if (!run->done)
        return -1;
    error_release(err);
    return 0;
}

int early_metadata_run(const struct codegen *codegen, const char *output, struct strv *warnings,
                       struct error *err)
{
    struct early_metadata run = {.compilation = COMPILATION_INIT, .output = output};

    run.compilation.keep_private = true;
    int status = run_until_metadata(&run, codegen, warnings, err);

    compilation_release(&run.compilation);
    return status;
}
