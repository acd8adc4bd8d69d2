/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/wrapper.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/hollow_store.h"
#include "cargo/log.h"
#include "cargo/served.h"
#include "rust/rustc_command.h"
#include "rust/rustc_message.h"
#include "rust/rustc_rewrite.h"
#include "unit/codegen.h"
#include "unit/codegen_checks.h"
#include "unit/link.h"
#include "unit/link_crates.h"
#include "unit/linker.h"
#include "unit/plan.h"

struct wrapped {
    char **argv;
    struct rustc_command command;
    char *crate;
    char *out_dir;
    const char *type;
    bool is_served; /* by cleaved: all files are there before rustc's messages are passed on */
};

bool wrapper_is_compiler(const char *word)
{
    const char *name = path_basename(word);

    return strcmp(name, "rustc") == 0 || has_prefix(name, "rustc-") || has_suffix(name, "-driver");
}

static int pass_on(void *user, enum codegen_stream stream, const char *data, size_t len,
                   struct error *err)
{
    int fd = stream == CODEGEN_STDOUT ? STDOUT_FILENO : STDERR_FILENO;

    (void)user;
    if (fd_write_all(fd, data, len) < 0)
        return error_set_errno(err, errno, "cannot pass on what rustc prints");
    return 0;
}

static int run_unchanged(const struct wrapped *wrapped, const char *reason, struct error *err)
{
    struct process process = {.argv = wrapped->argv};

    if (reason && log_append(OUTCOME_RUSTC, wrapped->crate, wrapped->type, reason, err) < 0)
        return -1;
    return process_exec(&process, err);
}

/* Why this crate can't be split; NULL when it can. */
static const char *why_not(const struct rustc_command *command)
{
    const char *value = NULL;
    auto_free char *linker = NULL;
    auto_error err = ERROR_INIT;

    if (rustc_command_find(command, RUSTC_CODEGEN, "incremental", &value))
        return "incremental";
    if (rustc_command_find(command, RUSTC_CODEGEN, "save-temps", &value))
        return "save-temps";
    if (rustc_command_find(command, RUSTC_CODEGEN, "split-debuginfo", &value) && value &&
        strcmp(value, "packed") == 0)
        return "split-debuginfo=packed";
    if (strv_contains(&command->crate_types, "cdylib") &&
        strv_contains(&command->crate_types, "dylib"))
        return "cdylib and dylib with one output name";
    return linker_of_command(command, &linker, &err) < 0 ? "unknown default linker" : NULL;
}

/* Libraries: compiled as ever. */

/* What is compiled against it has to be told what it needs. */
static int add_hollow(const struct wrapped *wrapped, const char *dir, const char *rlib,
                      const char *metadata, struct error *err)
{
    auto_strv needs = STRV_INIT;

    if (hollow_store_add(dir, rlib, metadata, err) < 0)
        return -1;
    int answer = served_needs(&wrapped->command, &needs, err);
    return answer < 0 ? -1 : hollow_store_set_needs(dir, rlib, answer == 0 ? &needs : NULL, err);
}

static int on_library_line(void *user, const char *line, size_t len, struct error *err)
{
    struct wrapped *wrapped = user;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;

    if (rustc_artifact_parse(line, len, &artifact) == 1 && strcmp(artifact.emit, "metadata") == 0 &&
        has_suffix(artifact.path, ".rmeta")) {
        const char *name = path_basename(artifact.path);
        auto_free char *rlib = xasprintf("%.*s.rlib", (int)(strlen(name) - 6), name);
        auto_free char *dir = path_dirname(artifact.path);
        auto_free char *whole = path_join(dir, rlib);
        /* The rlib knows more: which libraries it bundles. */
        bool is_whole = wrapped->is_served && fs_exists(whole);
        if (add_hollow(wrapped, dir, rlib, is_whole ? whole : artifact.path, err) < 0)
            return -1;
    }
    return pass_on(NULL, CODEGEN_STDERR, line, len, err);
}

/* Where the crate was compiled, if that is a question: no line where nobody listens. */
static int log_place(const struct wrapped *wrapped, const struct served_crate *crate,
                     const struct served_result *served, bool is_served, struct error *err)
{
    if (is_served)
        return log_append(served->cached ? OUTCOME_HIT : OUTCOME_RAN, wrapped->crate, wrapped->type,
                          NULL, err);
    if (served->failed)
        served_learn(crate);
    if (!served->why_not)
        return 0;
    return log_append(OUTCOME_HERE, wrapped->crate, wrapped->type, served->why_not, err);
}

/* What rustc printed, line by line as it did. */
static int replay(struct wrapped *wrapped, const struct served_result *served,
                  process_line_fn *on_line, struct error *err)
{
    if (pass_on(NULL, CODEGEN_STDOUT, served->standard_output.data, served->standard_output.len,
                err) < 0)
        return -1;
    const char *end = served->standard_error.data + served->standard_error.len;
    for (const char *at = served->standard_error.data; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline + 1 : end) - at);
        if (on_line(wrapped, at, len, err) < 0)
            return -1;
        at += len;
    }
    return 0;
}

static struct served_crate served_crate(const struct wrapped *wrapped, bool is_linked)
{
    return (struct served_crate){
        wrapped->argv, &wrapped->command, wrapped->crate, wrapped->out_dir, is_linked,
    };
}

static int compile_library(struct wrapped *wrapped, int *ret_status, struct error *err)
{
    struct process process = {.argv = wrapped->argv, .on_stderr = on_library_line, .user = wrapped};

    return process_run(&process, ret_status, err);
}

static int run_library(struct wrapped *wrapped, int *ret_status, struct error *err)
{
    const struct served_crate crate = served_crate(wrapped, false);
    auto_served_result served = SERVED_RESULT_INIT;
    int answer = why_not(&wrapped->command) ? 1 : served_codegen(&crate, NULL, &served, err);

    if (answer < 0)
        return -1;
    wrapped->is_served = answer == 0;
    int status = answer == 0 ? replay(wrapped, &served, on_library_line, err)
                             : compile_library(wrapped, ret_status, err);
    if (status < 0 || *ret_status != 0)
        return status;
    if (log_place(wrapped, &crate, &served, answer == 0, err) < 0)
        return -1;
    return log_append(OUTCOME_LIBRARY, wrapped->crate, wrapped->type, NULL, err);
}

/* Linked crates: codegen, then link. */

/* Whether the path is that of a proc macro or another shared library, which stays as it is. */
static bool is_shared(const char *path)
{
    return !has_suffix(path, ".rlib") && !has_suffix(path, ".rmeta");
}

/* Makes the command line see hollows in the place of what Cargo names. */
static int use_hollows(struct rustc_rewrite *rewrite, struct error *err)
{
    const struct rustc_command *command = rewrite->command;

    for (size_t i = 0; i < command->option_count; i++) {
        const char *value = command->options[i].value;
        if (command->options[i].kind == RUSTC_SEARCH) {
            struct rustc_search search = rustc_search_of(value);
            if (strcmp(search.kind, "dependency") != 0)
                continue;
            if (hollow_store_refresh(search.path, err) < 0)
                return -1;
            auto_free char *dir = hollow_store_dir(search.path);
            rustc_rewrite_set(rewrite, i, xasprintf("dependency=%s", dir));
        } else if (command->options[i].kind == RUSTC_EXTERN) {
            struct rustc_extern dependency = rustc_extern_of(value);
            if (!dependency.path || is_shared(dependency.path))
                continue;
            auto_free char *hollow = hollow_store_of(dependency.path);
            rustc_rewrite_set(rewrite, i,
                              xasprintf("%.*s%s", (int)(dependency.path - value), value, hollow));
        }
    }
    return 0;
}

static int link_unit(const struct wrapped *wrapped, const char *unit, struct error *err)
{
    auto_link_request request = LINK_REQUEST_INIT;
    auto_plan plan = PLAN_INIT;

    if (plan_load(unit, &plan, err) < 0)
        return -1;
    auto_free char *output = path_join(wrapped->out_dir, plan.output_name);
    link_crates_of_command(&wrapped->command, &request.crate_files, &request.crate_dirs);
    request.unit = unit;
    request.output = output;
    if (link_run(&request, err) < 0)
        return -1;
    /* Codegen of a dependent needs a proc macro itself: rustc runs it. */
    if (strcmp(plan.crate_type, "proc-macro") == 0)
        return hollow_store_add_itself(wrapped->out_dir, plan.output_name, err);
    return 0;
}

/* Links what codegen left, then passes on the notices that were held back for it. */
static int link_units(const struct wrapped *wrapped, const struct codegen_result *result,
                      struct error *err)
{
    for (size_t i = 0; i < result->units.len; i++)
        if (link_unit(wrapped, result->units.items[i], err) < 0)
            return -1;
    for (size_t i = 0; i < result->notices.len; i++)
        if (pass_on(NULL, CODEGEN_STDERR, result->notices.items[i],
                    strlen(result->notices.items[i]), err) < 0)
            return -1;
    return 0;
}

static int pass_on_line(void *user, const char *line, size_t len, struct error *err)
{
    (void)user;
    return pass_on(NULL, CODEGEN_STDERR, line, len, err);
}

/* A rlib beside what is linked: no notice says that its metadata is there. */
static int add_rlib_beside(const struct wrapped *wrapped, struct error *err)
{
    const char *extra = NULL;

    rustc_command_find(&wrapped->command, RUSTC_CODEGEN, "extra-filename", &extra);
    auto_free char *rlib = xasprintf("lib%s%s.rlib", wrapped->crate, extra ? extra : "");
    auto_free char *path = path_join(wrapped->out_dir, rlib);
    if (!strv_contains(&wrapped->command.crate_types, "rlib") &&
        !strv_contains(&wrapped->command.crate_types, "lib"))
        return 0;
    return fs_exists(path) ? add_hollow(wrapped, wrapped->out_dir, rlib, path, err) : 0;
}

static int split_here(struct wrapped *wrapped, const char *dir, struct error *err)
{
    auto_rustc_rewrite rewrite = RUSTC_REWRITE_INIT;
    auto_codegen_result result = CODEGEN_RESULT_INIT;
    auto_strv args = STRV_INIT;

    rustc_rewrite_begin(&rewrite, &wrapped->command);
    if (rustc_command_lto(&wrapped->command) == RUSTC_LTO_NONE && use_hollows(&rewrite, err) < 0)
        return -1;
    rustc_rewrite_words(&rewrite, &args);
    auto_free char *unit = path_join(dir, "unit");
    auto_free char *hollow_dir = hollow_store_dir(wrapped->out_dir);
    struct codegen codegen = {
        .rustc = wrapped->argv[0],
        .args = args.items,
        .arg_count = args.len,
        .unit = unit,
        .hollow_dir = hollow_dir,
        .write = pass_on,
    };
    return codegen_run(&codegen, &result, err) < 0 ? -1 : link_units(wrapped, &result, err);
}

static int split(struct wrapped *wrapped, struct error *err)
{
    const struct served_crate crate = served_crate(wrapped, true);
    auto_served_result served = SERVED_RESULT_INIT;
    auto_temp_dir temp = TEMP_DIR_INIT;
    bool lto = rustc_command_lto(&wrapped->command) != RUSTC_LTO_NONE;

    if (fs_mkdir_all(wrapped->out_dir, err) < 0 ||
        temp_dir_create(wrapped->out_dir, &temp, err) < 0)
        return -1;
    int answer = served_codegen(&crate, temp.path, &served, err);
    if (answer < 0)
        return -1;
    int status = answer > 0 ? split_here(wrapped, temp.path, err)
                 : replay(wrapped, &served, pass_on_line, err) < 0
                     ? -1
                     : link_units(wrapped, &served.codegen, err);
    if (status < 0 || add_rlib_beside(wrapped, err) < 0 ||
        log_place(wrapped, &crate, &served, answer == 0, err) < 0)
        return -1;
    return log_append(lto ? OUTCOME_LTO : OUTCOME_SPLIT, wrapped->crate, wrapped->type, NULL, err);
}

static int run_linked(struct wrapped *wrapped, int *ret_status, struct error *err)
{
    const char *reason = why_not(&wrapped->command);

    if (reason)
        return run_unchanged(wrapped, reason, err);
    if (split(wrapped, err) == 0)
        return 0;
    if (err->kind != ERROR_CHILD)
        return -1;
    /* rustc or the linker has said what is wrong. */
    *ret_status = err->child_status;
    error_release(err);
    return 0;
}

static int dispatch(struct wrapped *wrapped, int *ret_status, struct error *err)
{
    const struct rustc_command *command = &wrapped->command;

    if (rustc_command_is_query(command) || !command->input || strcmp(command->input, "-") == 0)
        return run_unchanged(wrapped, NULL, err);
    if (!rustc_command_emits(command, "link"))
        return run_unchanged(wrapped, NULL, err);
    wrapped->crate = rustc_command_crate_name(command);
    wrapped->out_dir = rustc_command_output_dir(command);
    wrapped->type = command->test                  ? "test"
                    : command->crate_types.len > 0 ? command->crate_types.items[0]
                                                   : "bin";
    if (!codegen_links_something(command))
        return run_library(wrapped, ret_status, err);
    return run_linked(wrapped, ret_status, err);
}

int wrapper_run(int argc, char **argv, int *ret_status, struct error *err)
{
    struct wrapped wrapped = {.argv = argv, .command = RUSTC_COMMAND_INIT, .crate = NULL};
    auto_error unknown = ERROR_INIT;
    int status;

    /* Another wrapper in between, or options that this cleave doesn't know. */
    if ((argc > 1 && wrapper_is_compiler(argv[1])) ||
        rustc_command_parse(argv + 1, (size_t)argc - 1, &wrapped.command, &unknown) < 0)
        status = run_unchanged(&wrapped, NULL, err);
    else
        status = dispatch(&wrapped, ret_status, err);
    rustc_command_release(&wrapped.command);
    free(wrapped.crate);
    free(wrapped.out_dir);
    return status;
}
