/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "cargo/build_script_env.h"
#include "cargo/build_script_files.h"
#include "cargo/build_script_output.h"
#include "cargo/build_script_tree.h"

void build_script_release(struct build_script *script)
{
    strv_release(&script->features);
    strv_release(&script->rustflags);
    strv_release(&script->deps);
    strv_release(&script->env_files);
    strv_release(&script->env);
    strv_release(&script->discards);
}

void build_script_report_release(struct build_script_report *report)
{
    buf_release(&report->out);
    buf_release(&report->err);
    strv_release(&report->warnings);
    strv_release(&report->errors);
}

/* One run. */
struct job {
    const struct build_script *script;
    struct build_script_report *report;
    struct build_script_places places;
    const char *label;
    char *created; /* the topmost directory that was made */
    char *out_dir; /* OUT_DIR as rustc will know it */
    int killed_by; /* the signal that ended the script; 0: none */
};

static void job_release(struct job *job)
{
    free(job->places.root);
    free(job->places.manifest);
    free(job->places.cwd);
    free(job->places.out_dir);
    free(job->created);
    free(job->out_dir);
}

static char *absolute(const struct job *job, const char *path)
{
    auto_free char *joined = path_join(job->places.root, path);

    return path_clean(joined);
}

static int find_places(struct job *job, struct error *err)
{
    const struct build_script *script = job->script;
    struct build_script_places *places = &job->places;

    if (fs_getcwd(&places->root, err) < 0)
        return -1;
    places->relocates = script->dir[0] != '/';
    if (places->relocates && strcmp(places->root, "/") == 0)
        return error_set(err, ERROR_REFUSED,
                         "in the working directory / no path can be told from another; give -o an "
                         "absolute path");
    places->manifest = absolute(job, script->manifest_dir ? script->manifest_dir : ".");
    places->cwd = script->cwd ? absolute(job, script->cwd) : xstrdup(places->manifest);
    if (!fs_is_dir(places->cwd))
        return error_set(err, ERROR_FAILURE,
                         "the build script of %s is to run in %s, which is no directory",
                         job->label, places->cwd);
    auto_free char *dir = path_clean(script->dir);
    auto_free char *out = xasprintf("%s/%s", dir, BUILD_SCRIPT_OUT);
    places->out_dir = absolute(job, out);
    job->out_dir =
        places->relocates ? xasprintf("%s/%s", BUILD_SCRIPT_ROOT, out) : xstrdup(places->out_dir);
    return 0;
}

static int keep_out(void *user, const char *line, size_t len, struct error *err)
{
    struct job *job = user;

    if (job->report->out.len + len > BUILD_SCRIPT_OUTPUT_CAP)
        return error_set(err, ERROR_REFUSED, "the build script of %s printed over %u bytes",
                         job->label, BUILD_SCRIPT_OUTPUT_CAP);
    buf_add(&job->report->out, line, len);
    return 0;
}

static int keep_err(void *user, const char *line, size_t len, struct error *err)
{
    struct job *job = user;

    (void)err;
    if (job->report->err.len + len <= BUILD_SCRIPT_OUTPUT_CAP)
        buf_add(&job->report->err, line, len);
    return 0;
}

static int run_script(struct job *job, struct error *err)
{
    auto_strv env = STRV_INIT;
    int status = 0;

    if (build_script_environment(job->script, &job->places, &env, err) < 0)
        return -1;
    struct process process = {
        .argv = job->script->argv,
        .env = env.items,
        .dir = job->places.cwd,
        .on_stdout = keep_out,
        .on_stderr = keep_err,
        .user = job,
        .ret_signal = &job->killed_by,
    };
    if (process_run(&process, &status, err) < 0)
        return -1;
    if (job->killed_by)
        return error_set(err, ERROR_FAILURE, "the build script of %s was killed by SIG%s (%s)",
                         job->label, sigabbrev_np(job->killed_by), strsignal(job->killed_by));
    if (status != 0)
        return error_set(err, ERROR_FAILURE, "the build script of %s failed with exit status %d",
                         job->label, status);
    return 0;
}

/* What the script printed, with the root called as rustc and the linker will know it. */
static void relocated_output(const struct job *job, struct buf *text)
{
    const char *at = job->report->out.data;
    const char *end = at + job->report->out.len;
    const char *found = NULL;

    while (job->places.relocates &&
           (found = build_script_find_root(at, (size_t)(end - at), job->places.root))) {
        buf_add(text, at, (size_t)(found - at));
        buf_add_str(text, BUILD_SCRIPT_ROOT);
        at = found + strlen(job->places.root);
    }
    buf_add(text, at, (size_t)(end - at));
}

/* A crate can't set it for itself, in Cargo neither; where it is set for all, there is no need. */
static int check_bootstrap(const struct job *job, struct build_script_output *output,
                           struct error *err)
{
    struct strv kept = STRV_INIT;

    for (size_t i = 0; i < output->env.len; i++) {
        if (!has_prefix(output->env.items[i], "RUSTC_BOOTSTRAP=")) {
            strv_push(&kept, output->env.items[i]);
            continue;
        }
        if (!getenv("RUSTC_BOOTSTRAP")) {
            strv_release(&kept);
            return error_set(err, ERROR_REFUSED,
                             "the build script of %s sets RUSTC_BOOTSTRAP, which a crate can't; "
                             "set it in the environment of the whole build, if you are sure",
                             job->label);
        }
    }
    strv_release(&output->env);
    output->env = kept;
    return 0;
}

static void keep_messages(const struct job *job, const struct build_script_output *output)
{
    strv_push_all(&job->report->warnings, output->warnings.items, output->warnings.len);
    strv_push_all(&job->report->errors, output->errors.items, output->errors.len);
}

static int take_output(const struct job *job, bool has_failed, struct build_script_output *output,
                       struct error *err)
{
    auto_buf text = BUF_INIT;

    relocated_output(job, &text);
    if (build_script_output_parse(text.data, text.len, job->label, job->out_dir, output, err) < 0)
        return -1;
    keep_messages(job, output);
    if (!has_failed && output->errors.len > 0)
        return error_set(err, ERROR_FAILURE, "the build script of %s reports %zu error%s",
                         job->label, output->errors.len, output->errors.len > 1 ? "s" : "");
    return has_failed ? 0 : check_bootstrap(job, output, err);
}

/* What the script said before it failed; that it isn't complete is no news. */
static void take_messages(const struct job *job)
{
    auto_build_script_output output = BUILD_SCRIPT_OUTPUT_INIT;
    auto_error ignored = ERROR_INIT;

    if (take_output(job, true, &output, &ignored) < 0)
        error_release(&ignored);
}

static int run_in_dir(struct job *job, struct error *err)
{
    auto_build_script_output output = BUILD_SCRIPT_OUTPUT_INIT;
    struct build_script_tree tree = {job->places.out_dir, job->label,
                                     job->places.relocates ? job->places.root : NULL,
                                     &job->script->discards};

    if (fs_mkdir_all(job->places.out_dir, err) < 0)
        return -1;
    if (run_script(job, err) < 0) {
        take_messages(job);
        return -1;
    }
    if (take_output(job, false, &output, err) < 0 || build_script_tree_finish(&tree, err) < 0)
        return -1;
    return build_script_files_write(job->script->dir, &output, job->out_dir, job->script->links,
                                    err);
}

int build_script_run(const struct build_script *script, struct build_script_report *ret_report,
                     struct error *err)
{
    struct job job = {.script = script, .report = ret_report};
    int status = -1;

    job.label = script->label     ? script->label
                : script->package ? script->package
                                  : path_basename(script->argv[0]);
    if (find_places(&job, err) == 0 &&
        build_script_dir_prepare(script->dir, &job.created, err) == 0) {
        status = run_in_dir(&job, err);
        if (status < 0)
            build_script_dir_discard(script->dir, job.created);
    }
    job_release(&job);
    return status;
}
