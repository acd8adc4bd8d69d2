/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

#include "base/options.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/process.h"
#include "cargo/build_script_files.h"
#include "cmd/cleave/command.h"
#include "cmd/cleave/streams.h"
#include "unit/codegen_checks.h"
#include "unit/own_paths.h"

/* The same command line, with rustc's own flags for what the options say. */
static int exec_unsplit(const struct codegen *codegen, const struct strv *scripts,
                        const char *run_dir, struct error *err)
{
    auto_strv argv = STRV_INIT;
    auto_strv link_args = STRV_INIT;

    if (codegen_check_driver(codegen, err) < 0)
        return -1;
    for (size_t i = 0; i < scripts->len; i++)
        if (build_script_link_args(scripts->items[i], run_dir, &link_args, err) < 0)
            return -1;
    strv_push(&argv, codegen->rustc);
    strv_push_all(&argv, codegen->args, codegen->arg_count);
    for (size_t i = 0; i < link_args.len; i++)
        strv_pushf(&argv, "-Clink-arg=%s", link_args.items[i]);
    if (codegen->remap_cwd) {
        auto_free char *cwd = NULL;
        if (fs_getcwd(&cwd, err) < 0)
            return -1;
        strv_pushf(&argv, "--remap-path-prefix=%s=%s", cwd, codegen->remap_cwd);
    }
    struct process process = {.argv = argv.items};
    return process_exec(&process, err);
}

/* What comes after, every path of the command line included, is seen at the tree's own paths. */
static int enter_tree(const char *at, const char *cwd, const struct codegen *codegen,
                      struct error *err)
{
    if (!at)
        return cwd ? error_set(err, ERROR_USAGE, "--cwd says where to work with --at") : 0;
    if (codegen->remap_cwd)
        return error_set(err, ERROR_USAGE,
                         "--at and --remap-cwd exclude each other: with --at "
                         "the working directory is the right one already");
    if (!cwd || *cwd != '/')
        return error_set(err, ERROR_USAGE,
                         "give --cwd with --at: the absolute path of the directory to work in");
    return own_paths_enter(at, cwd, err);
}

/* rustc has announced files that aren't there: who links them says so in its place. */
static int run_and_note(struct codegen *codegen, const char *path, int *ret_status,
                        struct error *err)
{
    auto_strv notices = STRV_INIT;
    auto_buf text = BUF_INIT;

    if (run_codegen(codegen, &notices, ret_status, err) < 0)
        return -1;
    if (!path || *ret_status != 0)
        return 0;
    for (size_t i = 0; i < notices.len; i++)
        buf_add_str(&text, notices.items[i]);
    return fs_write_file(path, text.data, text.len, err);
}

int command_codegen(int argc, char **argv, int *ret_status, struct error *err)
{
    auto_strv slots = STRV_INIT;
    auto_strv env_files = STRV_INIT;
    auto_strv status_files = STRV_INIT;
    auto_strv scripts = STRV_INIT;
    const char *run_dir = NULL;
    const char *at = NULL;
    const char *cwd = NULL;
    bool no_split = false;
    const char *notices = NULL;
    auto_arguments arguments = ARGUMENTS_INIT;
    struct codegen codegen = {.unit_suffix = ".unit", .hermetic = true};
    const struct option options[] = {
        {"-o", "UNIT", "the link unit to write (default: beside rustc's output, NAME.unit)",
         .ret_text = &codegen.unit},
        {"--hollow-dir", "DIR", "write the hollow of a library into DIR",
         .ret_text = &codegen.hollow_dir},
        {"--link-rlib-dir", "DIR", "write the link rlib of a library into DIR",
         .ret_text = &codegen.link_rlib_dir},
        {"--slot", "KIND", "leave a slot for natives, shared-natives or link-args",
         .ret_list = &slots},
        {"--remap-cwd", "NEW", "call the working directory NEW in everything that is written",
         .ret_text = &codegen.remap_cwd},
        {"--at", "DIR", "DIR holds a tree of absolute paths; compile with it at those paths",
         .ret_text = &at},
        {"--cwd", "PATH", "with --at: the directory to work in", .ret_text = &cwd},
        {"--notices", "FILE", "put rustc's JSON notices of what is still to be linked into FILE",
         .ret_text = &notices},
        {"--env-file", "FILE", "NAME=VALUE lines for rustc's environment", .ret_list = &env_files},
        {"--status-file", "FILE", "KEY VALUE lines, for {KEY} in rustc's environment",
         .ret_list = &status_files},
        {"--early-hollow", "FILE", "fail unless this hollow of cleave metadata is the crate's",
         .ret_text = &codegen.early_hollow},
        {"--rustc-version", "TEXT", "fail unless rustc is this one, by rustc -vV's first line",
         .ret_text = &codegen.rustc_version},
        {"--no-split", NULL, "rustc alone compiles and links; dependencies are real rlibs",
         .ret_switch = &no_split},
        {"--build-script", "TARGET=DIR", "with --no-split: as cleave link has it",
         .ret_list = &scripts},
        {"--run-dir", "DIR", "with --no-split: as cleave link has it", .ret_text = &run_dir},
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
    if (enter_tree(at, cwd, &codegen, err) < 0 || set_slots(&slots, &codegen, err) < 0 ||
        add_env_files(&env_files, err) < 0 || stamp_env(&status_files, err) < 0)
        return -1;
    set_rustc(&codegen, &arguments);
    if (no_split)
        return exec_unsplit(&codegen, &scripts, run_dir, err);
    if (scripts.len > 0 || run_dir)
        return error_set(err, ERROR_USAGE,
                         "--build-script and --run-dir are for the link: give them to cleave link");
    return run_and_note(&codegen, notices, ret_status, err);
}
