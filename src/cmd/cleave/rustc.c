/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/wrapper.h"
#include "cmd/cleave/command.h"
#include "cmd/cleave/streams.h"
#include "rust/rustc_command.h"
#include "unit/codegen_checks.h"
#include "unit/link.h"
#include "unit/link_crates.h"
#include "unit/plan.h"

/* What the command line asks for, and rustc's part of it. */
enum split { SPLIT_NONE, SPLIT_CODEGEN, SPLIT_LINK };

struct split_line {
    enum split split;
    struct strv args;
    struct strv env_files;
    struct rustc_command command;
};

#define SPLIT_LINE_INIT                                                                            \
    {                                                                                              \
        .args = STRV_INIT, .env_files = STRV_INIT, .command = RUSTC_COMMAND_INIT                   \
    }

static const struct {
    const char *word;
    enum split split;
} split_words[] = {
    {"--do-not-link", SPLIT_CODEGEN},
    {"-Zno-link", SPLIT_CODEGEN},
    {"--only-link", SPLIT_LINK},
    {"-Zlink-only", SPLIT_LINK},
};

static enum split split_of(const char *word)
{
    for (size_t i = 0; i < sizeof(split_words) / sizeof(split_words[0]); i++)
        if (strcmp(split_words[i].word, word) == 0)
            return split_words[i].split;
    return SPLIT_NONE;
}

/* --env-file FILE or --env-file=FILE. Returns how many words it took. */
static int take_env_file(int argc, char **argv, struct split_line *line, struct error *err)
{
    const char *rest = after_prefix(argv[0], "--env-file");

    if (!rest || (*rest && *rest != '='))
        return 0;
    if (!*rest && argc < 2)
        return error_set(err, ERROR_USAGE, "--env-file needs a value: --env-file FILE");
    strv_push(&line->env_files, *rest ? rest + 1 : argv[1]);
    return *rest ? 1 : 2;
}

static int take_args(int argc, char **argv, struct split_line *line, struct error *err)
{
    for (int i = 0; i < argc; i++) {
        auto_free char *two = i + 1 < argc ? xasprintf("%s%s", argv[i], argv[i + 1]) : xstrdup("");
        int taken = take_env_file(argc - i, argv + i, line, err);
        if (taken < 0)
            return -1;
        if (taken > 0) {
            i += taken - 1;
            continue;
        }
        bool is_pair = strcmp(argv[i], "-Z") == 0 && split_of(two) != SPLIT_NONE;
        enum split split = split_of(is_pair ? two : argv[i]);
        if (split == SPLIT_NONE) {
            strv_push(&line->args, argv[i]);
            continue;
        }
        if (line->split != SPLIT_NONE && line->split != split)
            return error_set(err, ERROR_USAGE,
                             "--do-not-link and --only-link are two steps: give one of them");
        line->split = split;
        i += is_pair;
    }
    return 0;
}

/* NAME.rlink, where NAME is what rustc calls its outputs. */
static char *rlink_path(const struct rustc_command *command)
{
    const char *extra = NULL;
    auto_free char *dir = rustc_command_output_dir(command);
    auto_free char *stem = NULL;

    if (command->output) {
        const char *name = path_basename(command->output);
        const char *dot = strrchr(name, '.');
        stem = dot && dot != name ? xstrndup(name, (size_t)(dot - name)) : xstrdup(name);
    } else {
        auto_free char *name = rustc_command_crate_name(command);
        rustc_command_find(command, RUSTC_CODEGEN, "extra-filename", &extra);
        stem = xasprintf("%s%s", name, extra ? extra : "");
    }
    auto_free char *file = xasprintf("%s.rlink", stem);
    return path_join(dir, file);
}

static const char *rustc_program(void)
{
    const char *rustc = getenv("RUSTC");

    return rustc && *rustc ? rustc : "rustc";
}

static int do_not_link(struct split_line *line, int *ret_status, struct error *err)
{
    auto_strv notices = STRV_INIT;
    auto_free char *rlink = rlink_path(&line->command);
    struct codegen codegen = {
        .rustc = rustc_program(),
        .args = line->args.items,
        .arg_count = line->args.len,
        .unit = codegen_links_something(&line->command) ? rlink : NULL,
        .unit_suffix = ".rlink",
    };

    return run_codegen(&codegen, &notices, ret_status, err);
}

static bool names_type(const struct rustc_command *command, const char *type)
{
    if (command->test || command->crate_types.len == 0)
        return strcmp(type, "bin") == 0 || !command->test;
    return strv_contains(&command->crate_types, type);
}

/* A unit of other things than the command line names was left by another command. */
static int check_unit(const struct rustc_command *command, const char *unit,
                      const struct plan *plan, struct error *err)
{
    auto_free char *name = rustc_command_crate_name(command);
    bool in_source_place = command->input && has_suffix(command->input, ".rlink");

    if ((command->crate_name || !in_source_place) && strcmp(name, plan->crate_name) != 0)
        return error_set(err, ERROR_REFUSED,
                         "%s is of the crate %s, and the command line is of %s; run it with "
                         "--do-not-link first",
                         unit, plan->crate_name, name);
    if (!names_type(command, plan->crate_type))
        return error_set(err, ERROR_REFUSED,
                         "%s is of crate type %s, which the command line doesn't name; run it "
                         "with --do-not-link first",
                         unit, plan->crate_type);
    if (command->target && plan->target && *plan->target &&
        strcmp(command->target, plan->target) != 0 && !has_suffix(command->target, ".json"))
        return error_set(err, ERROR_REFUSED,
                         "%s is for %s, and the command line is for %s; run it with "
                         "--do-not-link first",
                         unit, plan->target, command->target);
    return 0;
}

static char *output_path(const struct rustc_command *command, const struct plan *plan, bool alone)
{
    const char *link = rustc_command_emit_path(command, "link");
    auto_free char *dir = rustc_command_output_dir(command);

    if (alone && command->output)
        return xstrdup(command->output);
    return alone && link ? xstrdup(link) : path_join(dir, plan->output_name);
}

static int link_unit(const struct rustc_command *command, const char *unit, bool alone,
                     struct error *err)
{
    auto_link_request request = LINK_REQUEST_INIT;
    auto_plan plan = PLAN_INIT;

    if (plan_load(unit, &plan, err) < 0 || check_unit(command, unit, &plan, err) < 0)
        return -1;
    auto_free char *output = output_path(command, &plan, alone);
    link_crates_of_command(command, &request.crate_files, &request.crate_dirs);
    request.unit = unit;
    request.output = output;
    request.sysroot = command->sysroot;
    return link_run(&request, err);
}

static int only_link(const struct split_line *line, struct error *err)
{
    const struct rustc_command *command = &line->command;
    bool in_source_place = command->input && has_suffix(command->input, ".rlink");
    auto_free char *rlink = in_source_place ? xstrdup(command->input) : rlink_path(command);
    auto_free char *plan = path_join(rlink, PLAN_FILE);
    auto_strv names = STRV_INIT;

    /* A library was complete after the first step. */
    if (!in_source_place && !codegen_links_something(command))
        return 0;
    if (!fs_is_dir(rlink))
        return error_set(err, ERROR_FAILURE,
                         "there is no %s; run the same command line with --do-not-link first",
                         rlink);
    if (fs_exists(plan))
        return link_unit(command, rlink, true, err);
    if (fs_list(rlink, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *unit = path_join(rlink, names.items[i]);
        if (link_unit(command, unit, false, err) < 0)
            return -1;
    }
    return 0;
}

static int run_unsplit(struct split_line *line, int *ret_status, struct error *err)
{
    auto_strv argv = STRV_INIT;

    strv_push(&argv, rustc_program());
    strv_push_all(&argv, line->args.items, line->args.len);
    if (getenv("CARGO"))
        return wrapper_run((int)argv.len, argv.items, ret_status, err);
    struct process process = {.argv = argv.items};
    return process_exec(&process, err);
}

static void print_rustc_help(void)
{
    print_help_text(
        "usage: cleave rustc [--do-not-link | --only-link] [--env-file FILE] ARGS…\n\n"
        "rustc's own command line. With --do-not-link (or -Zno-link) it leaves\n"
        "NAME.rlink, a link unit, in the place of what would be linked; the same line\n"
        "with --only-link (or -Zlink-only) links it, and needs no source then, but the\n"
        "real rlibs. With neither it runs rustc. $RUSTC names another rustc, a FILE of\n"
        "NAME=VALUE lines more of its environment.\n\n"
        "example:\n"
        "  cleave rustc --do-not-link main.rs && cleave rustc --only-link main.rs");
}

int command_rustc(int argc, char **argv, int *ret_status, struct error *err)
{
    struct split_line line = SPLIT_LINE_INIT;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        print_rustc_help();
        return 0;
    }
    int status = take_args(argc, argv, &line, err);
    if (status == 0)
        status = add_env_files(&line.env_files, err);
    if (status == 0 && line.split == SPLIT_NONE)
        status = run_unsplit(&line, ret_status, err);
    else if (status == 0)
        status = rustc_command_parse(line.args.items, line.args.len, &line.command, err);
    if (status == 0 && line.split == SPLIT_CODEGEN)
        status = do_not_link(&line, ret_status, err);
    if (status == 0 && line.split == SPLIT_LINK)
        status = only_link(&line, err);
    strv_release(&line.args);
    strv_release(&line.env_files);
    rustc_command_release(&line.command);
    return status;
}
