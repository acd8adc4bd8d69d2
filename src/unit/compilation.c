/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/compilation.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "rust/rustc_arguments.h"
#include "unit/codegen_checks.h"
#include "unit/dependencies.h"
#include "unit/linker.h"
#include "unit/slot.h"

/* Beside what is written in the end, so that it can be renamed into place. */
static int create_base(struct compilation *c, const char *place, struct error *err)
{
    auto_free char *dir = place ? path_dirname(place) : rustc_command_output_dir(&c->command);
    auto_free char *clean = path_clean(dir);

    if (fs_mkdir_all(clean, err) < 0)
        return -1;
    return temp_dir_create(clean, &c->base, err);
}

/* Notes where rustc puts what it makes: OUT is the private directory for it. */
static void set_places(struct compilation *c, bool in_place, const char *out)
{
    const char *user_dir = c->outputs.places[0].user_dir;

    c->base_path = path_join(c->cwd, c->base.path);
    c->private_dir = path_join(c->cwd, out);
    if (in_place)
        c->out_dir = *user_dir ? path_join(c->cwd, user_dir) : xstrdup(c->cwd);
    c->where = (struct synthesized){c->private_dir, c->out_dir};
}

static void add_slots(struct compilation *c)
{
    if (c->codegen->natives_slot) {
        auto_free char *name = slot_natives_name(&c->command);
        auto_free char *library = slot_natives_library(name);
        strv_pushf(&c->rewrite.added, "-lstatic:-bundle=%s", library);
    }
    if (c->codegen->shared_natives_slot) {
        auto_free char *name = slot_natives_name(&c->command);
        auto_free char *library = slot_shared_natives_library(name);
        strv_pushf(&c->rewrite.added, "-ldylib=%s", library);
    }
    if (c->codegen->link_args_slot)
        strv_push(&c->rewrite.added, "-Clink-arg=" SLOT_LINK_ARGS);
}

static bool has_option(const struct rustc_command *command, enum rustc_option_kind kind)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].kind == kind)
            return true;
    return false;
}

static void add_presentation(struct compilation *c)
{
    if (c->codegen->remap_cwd)
        strv_pushf(&c->rewrite.added, "--remap-path-prefix=%s=%s", c->cwd, c->codegen->remap_cwd);
    if (c->codegen->color && !has_option(&c->command, RUSTC_ERROR_FORMAT) &&
        !has_option(&c->command, RUSTC_COLOR))
        strv_push(&c->rewrite.added, "--color=always");
}

static int add_capture(struct compilation *c, struct error *err)
{
    auto_free char *program = NULL;

    if (linker_of_command(&c->command, &c->linker, err) < 0)
        return -1;
    rustc_rewrite_drop(&c->rewrite, RUSTC_CODEGEN, "linker");
    if (capture_install(c->base.path, c->linker, &c->where, &c->env, &program, err) < 0)
        return -1;
    strv_pushf(&c->rewrite.added, "-Clinker=%s", program);
    return 0;
}

int compilation_prepare(struct compilation *c, const struct codegen *codegen, const char *place,
                        struct strv *warnings, struct error *err)
{
    c->codegen = codegen;
    strv_push_list(&c->env, environ);
    if (rustc_command_parse(codegen->args, codegen->arg_count, &c->command, err) < 0)
        return -1;
    rustc_rewrite_begin(&c->rewrite, &c->command);
    if (codegen_check(codegen, &c->command, &c->rewrite, warnings, err) < 0)
        return -1;
    if (fs_getcwd(&c->cwd, err) < 0 || create_base(c, place, err) < 0)
        return -1;
    if (!c->keep_private && outputs_create_user_dir(&c->command, err) < 0)
        return -1;
    auto_free char *out = path_join(c->base.path, CAPTURE_OUT);
    auto_free char *dependencies = path_join(c->base.path, "deps");
    bool in_place = !c->keep_private && codegen_is_in_place(&c->command);
    if (outputs_prepare(&c->outputs, &c->command, in_place, out, &c->rewrite, err) < 0)
        return -1;
    set_places(c, in_place, out);
    if (rustc_command_lto(&c->command) == RUSTC_LTO_NONE &&
        dependencies_wrap(&c->command, dependencies, &c->rewrite, err) < 0)
        return -1;
    if (add_capture(c, err) < 0)
        return -1;
    add_slots(c);
    add_presentation(c);
    return 0;
}

void compilation_release(struct compilation *c)
{
    rustc_rewrite_release(&c->rewrite);
    rustc_command_release(&c->command);
    outputs_release(&c->outputs);
    temp_dir_release(&c->base);
    strv_release(&c->env);
    free(c->cwd);
    free(c->base_path);
    free(c->private_dir);
    free(c->out_dir);
    free(c->linker);
}

int compilation_pass_on(struct compilation *c, enum codegen_stream stream, const char *line,
                        size_t len, struct error *err)
{
    auto_buf text = BUF_INIT;

    outputs_rename(&c->outputs, line, len, &text);
    return c->codegen->write(c->codegen->user, stream, text.data, text.len, err);
}

/* What the lines of the two streams are given to. */
struct readers {
    struct compilation *compilation;
    process_line_fn *on_stderr;
    void *user;
};

static int read_stdout(void *user, const char *line, size_t len, struct error *err)
{
    struct readers *readers = user;

    return compilation_pass_on(readers->compilation, CODEGEN_STDOUT, line, len, err);
}

static int read_stderr(void *user, const char *line, size_t len, struct error *err)
{
    struct readers *readers = user;

    return readers->on_stderr(readers->user, line, len, err);
}

static int tick(void *user, struct error *err)
{
    struct readers *readers = user;

    return readers->compilation->on_tick(readers->user, err);
}

/* The most bytes of arguments that are given as such: with them every system starts a process. */
#define ARGUMENTS_CAP (128u << 10)

/* The command that runs rustc; a long one is given as an argument file. */
static int rustc_words(const struct compilation *c, struct strv *argv, struct error *err)
{
    auto_strv args = STRV_INIT;
    size_t size = 0;

    rustc_rewrite_words(&c->rewrite, &args);
    for (size_t i = 0; i < args.len; i++)
        size += strlen(args.items[i]) + 1;
    strv_push(argv, c->codegen->rustc);
    if (size <= ARGUMENTS_CAP) {
        strv_push_all(argv, args.items, args.len);
        return 0;
    }
    auto_free char *path = path_join(c->base.path, "rustc-arguments");
    strv_pushf(argv, "@%s", path);
    return rustc_arguments_write(&args, path, err);
}

int compilation_run(struct compilation *c, process_line_fn *on_stderr, void *user,
                    struct error *err)
{
    struct readers readers = {c, on_stderr, user};
    auto_strv argv = STRV_INIT;
    int status = 0;

    if (rustc_words(c, &argv, err) < 0)
        return -1;
    struct process process = {
        .argv = argv.items,
        .env = c->env.items,
        .on_stdout = read_stdout,
        .on_stderr = read_stderr,
        .on_tick = c->on_tick ? tick : NULL,
        .user = &readers,
    };
    if (process_run(&process, &status, err) < 0)
        return codegen_explain_missing(c->codegen, err);
    if (status != 0)
        return error_set_child(err, status, "%s failed with status %d", c->codegen->rustc, status);
    return 0;
}
