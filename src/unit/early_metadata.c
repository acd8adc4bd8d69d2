/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/early_metadata.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "rust/hollow.h"
#include "rust/rustc_message.h"
#include "unit/compilation.h"

struct early_metadata {
    struct compilation compilation;
    const char *output;
    bool wants_json; /* whether the user asked for rustc's messages as JSON */
    bool done;
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

/* Makes rustc say when the metadata is written. Neither option is part of the crate's hash. */
static void ask_for_notices(struct early_metadata *run)
{
    struct compilation *compilation = &run->compilation;

    for (size_t i = 0; i < compilation->command.option_count; i++) {
        const struct rustc_option *option = &compilation->command.options[i];
        if (option->kind == RUSTC_ERROR_FORMAT && strcmp(option->value, "json") == 0)
            run->wants_json = true;
        else if (option->kind == RUSTC_ERROR_FORMAT || option->kind == RUSTC_COLOR)
            compilation->rewrite.dropped[i] = true;
    }
    if (!run->wants_json)
        strv_push(&compilation->rewrite.added, "--error-format=json");
    if (!strv_contains(&compilation->command.json, "artifacts"))
        strv_push(&compilation->rewrite.added, "--json=artifacts");
    if (!run->wants_json && compilation->codegen->color)
        strv_push(&compilation->rewrite.added, "--json=diagnostic-rendered-ansi");
}

static int on_stderr(void *user, const char *line, size_t len, struct error *err)
{
    struct early_metadata *run = user;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;
    auto_buf text = BUF_INIT;

    if (rustc_artifact_parse(line, len, &artifact) == 1) {
        if (strcmp(artifact.emit, "metadata") != 0)
            return 0;
        if (hollow_write(artifact.path, run->output, err) < 0)
            return -1;
        run->done = true;
        return error_set(err, ERROR_FAILURE, "stopped: the rest of the run isn't needed");
    }
    if (!run->wants_json && rustc_message_rendered(line, len, &text) == 1)
        return compilation_pass_on(&run->compilation, CODEGEN_STDERR, text.data, text.len, err);
    return compilation_pass_on(&run->compilation, CODEGEN_STDERR, line, len, err);
}

static int run_until_metadata(struct early_metadata *run, const struct codegen *codegen,
                              struct strv *warnings, struct error *err)
{
    struct codegen plain = *codegen;

    /* rustc colours JSON messages by another option. */
    plain.color = false;
    if (compilation_prepare(&run->compilation, &plain, run->output, warnings, err) < 0)
        return -1;
    run->compilation.codegen = codegen;
    if (check(&run->compilation.command, err) < 0)
        return -1;
    ask_for_notices(run);
    if (compilation_run(&run->compilation, on_stderr, run, err) == 0)
        return error_set(err, ERROR_FAILURE, "%s ended without saying that it wrote metadata",
                         codegen->rustc);
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
