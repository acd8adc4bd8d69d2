/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/served.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/hollow_store.h"
#include "cargo/served_inputs.h"
#include "cargo/served_rules.h"
#include "local/caller.h"
#include "local/socket.h"
#include "rust/dep_info.h"
#include "rust/rustc_rewrite.h"

/* In the input root. */
#define TREE "at"
#define PROGRAM "cleave"

/* In the crate's output directory. */
#define UNIT "cleave.unit"
#define NOTICES "cleave.notices"

/* The first run, one with what that one read, and one with what that led to. */
#define TRIES 3

void served_result_release(struct served_result *result)
{
    codegen_result_release(&result->codegen);
    buf_release(&result->standard_output);
    buf_release(&result->standard_error);
    free(result->why_not);
}

/* One crate on its way. */
struct job {
    const struct served_crate *crate;
    struct served_result *result;
    char *cwd, *out_dir, *sysroot, *program; /* absolute */
    struct served_inputs inputs;
    struct strv arguments;
    struct strv bound;
    struct caller caller;
    Local__Reply *reply;
};

static void job_release(struct job *job)
{
    free(job->cwd);
    free(job->out_dir);
    free(job->sysroot);
    free(job->program);
    served_inputs_release(&job->inputs);
    strv_release(&job->arguments);
    strv_release(&job->bound);
    caller_release(&job->caller);
    if (job->reply)
        local__reply__free_unpacked(job->reply, NULL);
}

/* The crate is compiled here. Returns 1. */
static int not_there(struct job *job, const char *why)
{
    free(job->result->why_not);
    job->result->why_not = xstrdup(why);
    return 1;
}

/* Whatever went wrong is no reason not to compile it here, but for a signal. */
static int not_there_for(struct job *job, struct error *err)
{
    if (err->kind == ERROR_CHILD)
        return -1;
    not_there(job, err->text);
    error_release(err);
    return 1;
}

/* ---- the command ---- */

/* Dependencies are hollows, all in one directory, where the search path finds the others. */
static void use_hollows(struct rustc_rewrite *rewrite)
{
    const struct rustc_command *command = rewrite->command;

    for (size_t i = 0; i < command->option_count; i++) {
        const char *value = command->options[i].value;
        if (command->options[i].kind == RUSTC_SEARCH) {
            struct rustc_search search = rustc_search_of(value);
            if (strcmp(search.kind, "dependency") != 0)
                continue;
            auto_free char *dir = hollow_store_dir(search.path);
            rustc_rewrite_set(rewrite, i, xasprintf("dependency=%s", dir));
        } else if (command->options[i].kind == RUSTC_EXTERN) {
            struct rustc_extern dependency = rustc_extern_of(value);
            if (!dependency.path)
                continue;
            auto_free char *hollow = hollow_store_of(dependency.path);
            rustc_rewrite_set(rewrite, i,
                              xasprintf("%.*s%s", (int)(dependency.path - value), value, hollow));
        }
    }
}

static void write_arguments(struct job *job)
{
    struct strv *words = &job->arguments;
    auto_rustc_rewrite rewrite = RUSTC_REWRITE_INIT;

    strv_push(words, "./" PROGRAM);
    strv_push(words, "codegen");
    strv_push(words, "--at=" TREE);
    strv_pushf(words, "--cwd=%s", job->cwd);
    if (job->crate->is_linked) {
        strv_pushf(words, "--notices=%s/" NOTICES, job->out_dir);
        strv_push(words, "-o");
        strv_pushf(words, "%s/" UNIT, job->out_dir);
    }
    strv_push(words, "--");
    strv_pushf(words, "%s/bin/rustc", job->sysroot);
    rustc_rewrite_begin(&rewrite, job->crate->command);
    use_hollows(&rewrite);
    rustc_rewrite_words(&rewrite, words);
}

static int prepare(struct job *job, struct error *err)
{
    if (fs_getcwd(&job->cwd, err) < 0 || process_own_program(&job->program, err) < 0)
        return not_there_for(job, err);
    auto_free char *out_dir = path_join(job->cwd, job->crate->out_dir);
    job->out_dir = path_clean(out_dir);
    job->sysroot = served_sysroot(job->crate->argv[0]);
    if (!job->sysroot)
        return not_there(job, "rustc's toolchain isn't a directory of its own");
    int answer = served_inputs_collect(job->crate, job->cwd, &job->inputs, err);
    if (answer < 0)
        return not_there_for(job, err);
    if (answer > 0)
        return not_there(job, "a dependency was compiled without cleave");
    strv_pushf(&job->bound, "%s/bin", job->sysroot);
    strv_pushf(&job->bound, "%s/lib", job->sysroot);
    write_arguments(job);
    return 0;
}

/* ---- the action ---- */

static int ask(struct job *job, struct error *err)
{
    auto_free char *dep_info = xasprintf("%s/%s.d", job->out_dir, job->crate->crate);
    Local__Placed program = LOCAL__PLACED__INIT;
    Local__Placed *placed = &program;
    char *outputs[] = {job->out_dir, dep_info}; /* the second makes the directory of the first */
    Local__Run run = LOCAL__RUN__INIT;

    program.path = job->program;
    program.place = (char *)PROGRAM;
    run.arguments = job->arguments.items;
    run.n_arguments = job->arguments.len;
    run.environment = job->inputs.environment.items;
    run.n_environment = job->inputs.environment.len;
    run.tree = (char *)TREE;
    run.files = job->inputs.tree.files.items;
    run.n_files = job->inputs.tree.files.len;
    run.links = job->inputs.tree.links.items;
    run.n_links = job->inputs.tree.links.len;
    run.directories = job->inputs.tree.dirs.items;
    run.n_directories = job->inputs.tree.dirs.len;
    run.placed = &placed;
    run.n_placed = 1;
    run.bound = job->bound.items;
    run.n_bound = job->bound.len;
    run.outputs = outputs;
    run.n_outputs = 2;
    if (job->reply)
        local__reply__free_unpacked(job->reply, NULL);
    job->reply = NULL;
    int answer = caller_run(&job->caller, &run, &job->reply, err);
    return answer == 0 ? 0 : not_there_for(job, err);
}

/* What follows the output directory in an output's path; NULL for others. */
static const char *name_of(const struct job *job, const Local__Output *output)
{
    const char *name = path_below(output->path, job->out_dir);

    return name && *name ? name : NULL;
}

/* What rustc read and wasn't sent, as often as it is something new. Returns 1 to run it again. */
static int learn(struct job *job, struct error *err)
{
    const Local__Ran *ran = job->reply->ran;
    int count = 0;

    for (size_t i = 0; i < ran->n_outputs && count == 0; i++) {
        const char *name = name_of(job, ran->outputs[i]);
        auto_buf text = BUF_INIT;
        if (!name || strchr(name, '/') || !has_suffix(name, ".d"))
            continue;
        if (fs_read_file(ran->outputs[i]->blob, DEP_INFO_CAP, &text, err) < 0)
            return -1;
        count = served_inputs_learn(&job->inputs, text.data, job->cwd, err);
    }
    return count < 0 ? -1 : count > 0;
}

/* Until all that was read was sent. */
static int run(struct job *job, struct error *err)
{
    for (int i = 0; i < TRIES; i++) {
        int answer = ask(job, err);
        if (answer != 0)
            return answer;
        if (job->reply->ran->exit_code != 0) {
            job->result->failed = true;
            return not_there(job, "rustc failed in the sandbox");
        }
        answer = learn(job, err);
        if (answer <= 0)
            return answer < 0 ? not_there_for(job, err) : 0;
    }
    return not_there(job, "each run reads further files");
}

/* ---- what it left ---- */

static int place_output(const Local__Output *output, const char *path, struct error *err)
{
    if (*output->target)
        return error_set(err, ERROR_REFUSED, "the output %s is a link", output->path);
    if (!*output->blob)
        return fs_mkdir_all(path, err);
    return fs_copy_anew(output->blob, path, output->executable ? 0755 : 0644, err);
}

static int read_notices(struct job *job, const char *blob, struct error *err)
{
    auto_buf text = BUF_INIT;

    if (fs_read_file(blob, DEP_INFO_CAP, &text, err) < 0)
        return -1;
    for (const char *at = text.data; *at;) {
        size_t len = strcspn(at, "\n");
        len += at[len] == '\n';
        strv_push_len(&job->result->codegen.notices, at, len);
        at += len;
    }
    return 0;
}

/* Rustc's files to their places, a unit's below DIR. */
static int place_all(struct job *job, const char *dir, struct error *err)
{
    const Local__Ran *ran = job->reply->ran;

    if (fs_mkdir_all(job->out_dir, err) < 0)
        return -1;
    for (size_t i = 0; i < ran->n_outputs; i++) {
        const Local__Output *output = ran->outputs[i];
        const char *name = name_of(job, output);
        if (!name || (strv_contains(&job->inputs.tree.files, output->path)))
            continue;
        if (strcmp(name, NOTICES) == 0) {
            if (read_notices(job, output->blob, err) < 0)
                return -1;
            continue;
        }
        auto_free char *path = path_join(path_below(name, UNIT) ? dir : job->out_dir, name);
        if (place_output(output, path, err) < 0)
            return -1;
    }
    return 0;
}

/* The units of a directory: it is one, or holds one for each crate type. */
static int list_units(struct job *job, const char *dir, struct error *err)
{
    auto_free char *unit = path_join(dir, UNIT);
    auto_free char *plan = path_join(unit, "plan.pb");
    auto_strv names = STRV_INIT;

    if (fs_exists(plan)) {
        strv_push(&job->result->codegen.units, unit);
        return 0;
    }
    if (fs_list(unit, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        strv_push_take(&job->result->codegen.units, path_join(unit, names.items[i]));
    return 0;
}

static int take_result(struct job *job, const char *dir, struct error *err)
{
    const Local__Ran *ran = job->reply->ran;

    if (place_all(job, dir, err) < 0 || (job->crate->is_linked && list_units(job, dir, err) < 0))
        return not_there_for(job, err);
    buf_add(&job->result->standard_output, ran->standard_output.data, ran->standard_output.len);
    buf_add(&job->result->standard_error, ran->standard_error.data, ran->standard_error.len);
    job->result->cached = ran->cached;
    return 0;
}

/* ---- the whole ---- */

/* Returns 1 when there is no service. */
static int open_service(struct job *job, struct error *err)
{
    const char *chosen = getenv(SERVED_VARIABLE);
    auto_free char *dir = runtime_dir(environ);
    auto_free char *path = chosen && *chosen ? xstrdup(chosen) : path_join(dir, LOCAL_SOCKET);

    if (strcmp(path, "none") == 0)
        return 1;
    int answer = caller_open(path, &job->caller, err);
    if (answer < 0)
        return not_there_for(job, err);
    return answer == CALLER_NOBODY ? 1 : 0;
}

static int serve(struct job *job, const char *unit_dir, struct error *err)
{
    int answer = open_service(job, err);

    if (answer != 0)
        return answer;
    auto_free char *why = served_why_not(job->crate->command);
    if (why)
        return not_there(job, why);
    answer = prepare(job, err);
    if (answer == 0)
        answer = run(job, err);
    return answer != 0 ? answer : take_result(job, unit_dir, err);
}

int served_codegen(const struct served_crate *crate, const char *unit_dir,
                   struct served_result *ret_result, struct error *err)
{
    struct job job = {.crate = crate,
                      .result = ret_result,
                      .inputs = SERVED_INPUTS_INIT,
                      .arguments = STRV_INIT,
                      .bound = STRV_INIT,
                      .caller = CALLER_INIT};

    int answer = serve(&job, unit_dir, err);
    job_release(&job);
    return answer;
}

void served_learn(const struct served_crate *crate)
{
    auto_error ignored = ERROR_INIT;
    auto_served_inputs inputs = SERVED_INPUTS_INIT;
    auto_free char *cwd = NULL;
    auto_buf text = BUF_INIT;
    const char *extra = NULL;

    rustc_command_find(crate->command, RUSTC_CODEGEN, "extra-filename", &extra);
    auto_free char *dep_info =
        xasprintf("%s/%s%s.d", crate->out_dir, crate->crate, extra ? extra : "");
    if (fs_getcwd(&cwd, &ignored) == 0 &&
        served_inputs_collect(crate, cwd, &inputs, &ignored) == 0 &&
        fs_read_file(dep_info, DEP_INFO_CAP, &text, &ignored) == 0)
        (void)!served_inputs_learn(&inputs, text.data, cwd, &ignored);
}
