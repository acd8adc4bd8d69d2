/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "rust/staticlib.h"
#include "unit/driver.h"
#include "unit/link_bundled.h"
#include "unit/link_crates.h"
#include "unit/link_line.h"
#include "unit/linker.h"
#include "unit/plan.h"
#include "unit/response_file.h"

/* A longer line is given as a response file: the smallest limit that systems have. */
#define LINE_CAP (128u << 10)

void link_request_release(struct link_request *request)
{
    strv_release(&request->crate_files);
    strv_release(&request->crate_dirs);
    strv_release(&request->natives);
    strv_release(&request->natives_of);
    strv_release(&request->link_args);
    strv_release(&request->maps);
}

/* One link. */
struct job {
    const struct link_request *request;
    struct plan plan;
    struct link_crates crates;
    struct link_places places;
    struct temp_dir temp; /* beside the output */
    bool in_place;        /* the linker writes to the output's own place */
};

static void job_release(struct job *job)
{
    plan_release(&job->plan);
    link_crates_release(&job->crates);
    link_places_release(&job->places);
    temp_dir_release(&job->temp);
}

/* Whether every file of the unit is there, as large as it was. */
static int check_files(const struct job *job, struct error *err)
{
    for (size_t i = 0; i < job->plan.file_count; i++) {
        const struct plan_file *file = &job->plan.files[i];
        auto_free char *path = path_join(job->request->unit, file->name);
        struct stat st;
        /* Stores of directories drop empty ones, and a linker doesn't miss them. */
        if (file->is_dir)
            continue;
        if (stat(path, &st) < 0)
            return error_set(err, ERROR_REFUSED, "the unit %s is incomplete: it has no %s",
                             job->request->unit, file->name);
        if ((uint64_t)st.st_size != file->size)
            return error_set(err, ERROR_REFUSED,
                             "%s is damaged: it has %lld bytes, and codegen left %llu", path,
                             (long long)st.st_size, (unsigned long long)file->size);
    }
    return 0;
}

static int prove_files(const struct job *job, struct error *err)
{
    for (size_t i = 0; i < job->plan.file_count; i++) {
        const struct plan_file *file = &job->plan.files[i];
        auto_free char *path = path_join(job->request->unit, file->name);
        auto_mapping mapping = MAPPING_INIT;
        struct digest digest;
        if (file->is_dir)
            continue;
        if (mapping_open(path, &mapping, err) < 0)
            return -1;
        digest_of(mapping.data, mapping.len, &digest);
        if (!digest_equal(&digest, &file->digest))
            return error_set(err, ERROR_REFUSED,
                             "%s is damaged: its bytes aren't those that codegen left", path);
    }
    return 0;
}

static int prepare(struct job *job, struct error *err)
{
    const struct link_request *request = job->request;

    if (plan_load(request->unit, &job->plan, err) < 0 || check_files(job, err) < 0)
        return -1;
    if (link_crates_find(&job->plan, &request->crate_files, &request->crate_dirs, &job->crates,
                         err) < 0)
        return -1;
    job->places.request = request;
    job->places.plan = &job->plan;
    job->places.crates = &job->crates;
    if (fs_getcwd(&job->places.cwd, err) < 0)
        return -1;
    return link_places_find_sysroot(&job->places, err);
}

/* The linker writes beside the output's place. */
static int choose_output(struct job *job, struct error *err)
{
    const char *output = job->request->output;
    auto_free char *dir = path_dirname(output);

    if (fs_check_place(output, err) < 0)
        return -1;
    if (temp_dir_create(dir, &job->temp, err) < 0)
        return error_prefix(err, "cannot write %s", output);
    job->places.output = path_join(job->temp.path, path_basename(output));
    job->places.bundled_dir = path_join(job->temp.path, "bundled");
    return 0;
}

/* Words that a response file can't hold: the program, and what chooses one of several in one. */
static size_t leading_words(const struct strv *argv)
{
    return argv->len > 2 && strcmp(argv->items[1], "-flavor") == 0 ? 3 : 1;
}

static int shorten(const struct job *job, struct strv *argv, struct error *err)
{
    auto_buf text = BUF_INIT;
    auto_strv shorter = STRV_INIT;
    size_t keep = leading_words(argv);
    size_t size = 0;

    for (size_t i = 0; i < argv->len; i++)
        size += strlen(argv->items[i]) + 1;
    if (size <= LINE_CAP)
        return 0;
    for (size_t i = keep; i < argv->len; i++)
        response_file_encode(argv->items[i], &text);
    auto_free char *path = path_join(job->temp.path, "linker-arguments");
    if (fs_write_file(path, text.data, text.len, err) < 0)
        return -1;
    strv_push_all(&shorter, argv->items, keep);
    strv_pushf(&shorter, "@%s", path);
    struct strv old = *argv;
    *argv = shorter;
    shorter = old;
    return 0;
}

/* gold writes the path of its output into shared libraries: it must be told the real one. */
static void write_in_place(struct job *job, struct strv *argv)
{
    job->in_place = true;
    for (size_t i = 0; i < argv->len; i++) {
        if (strcmp(argv->items[i], job->places.output) != 0)
            continue;
        free(argv->items[i]);
        argv->items[i] = xstrdup(job->request->output);
    }
    free(job->places.output);
    job->places.output = xstrdup(job->request->output);
}

/* While the linker runs, what it was given is compared with what codegen saw. */
static int run_and_prove(struct job *job, const struct process *process, struct error *err)
{
    auto_error linker_error = ERROR_INIT;
    int pid = 0;
    int status = 0;

    if (process_start(process, &pid, err) < 0)
        return -1;
    int proven = prove_files(job, err);
    if (proven == 0)
        proven = link_crates_prove(&job->plan, &job->crates, err);
    if (proven == 0)
        proven = link_bundled_check(&job->plan, &job->crates, err);
    if (process_wait(pid, &status, &linker_error) < 0)
        return error_set_child(err, linker_error.child_status, "%s", linker_error.text);
    if (proven < 0)
        return -1;
    if (status != 0)
        return error_set_child(err, status, "the linker %s failed with status %d", process->argv[0],
                               status);
    return 0;
}

static int run_linker(struct job *job, struct error *err)
{
    auto_strv argv = STRV_INIT;
    auto_strv env = STRV_INIT;

    strv_push_list(&env, environ);
    link_line_environment(&job->places, &env);
    if (link_line_render(&job->places, &argv, err) < 0 || link_bundled_write(&job->places, err) < 0)
        return -1;
    if (linker_writes_output_path(&argv))
        write_in_place(job, &argv);
    int status = driver_resolve(&argv, &env, job->places.output, job->temp.path, err);
    if (status < 0 || shorten(job, &argv, err) < 0)
        return -1;
    /* A driver that is interrupted may leave its temporary files: they go with ours. */
    auto_free char *temp = path_join(job->places.cwd, job->temp.path);
    env_set(&env, "TMPDIR", temp);
    struct process process = {.argv = argv.items, .env = env.items};
    return run_and_prove(job, &process, err);
}

/* Puts what the linker wrote in its place, the debug info of this crate beside it. */
static int publish(const struct job *job, struct error *err)
{
    auto_free char *dir = path_dirname(job->request->output);

    if (!fs_exists(job->places.output))
        return error_set(err, ERROR_FAILURE, "the linker %s succeeded and wrote no output",
                         job->request->linker ? job->request->linker : job->plan.linker);
    for (size_t i = 0; i < job->plan.word_count; i++)
        for (size_t j = 0; j < job->plan.words[i].count; j++) {
            const struct part *part = &job->plan.words[i].parts[j];
            if (part->kind != PART_FURTHER_OUTPUT)
                continue;
            auto_free char *from = path_join(job->temp.path, part->text);
            auto_free char *to = path_join(dir, part->text);
            if (fs_exists(from) && fs_replace(from, to, err) < 0)
                return -1;
        }
    for (size_t i = 0; i < job->plan.debug_files.len; i++) {
        auto_free char *from = path_join(job->request->unit, job->plan.debug_files.items[i]);
        auto_free char *to = path_join(dir, job->plan.debug_files.items[i]);
        if (fs_copy_file(from, to, err) < 0)
            return -1;
    }
    return job->in_place ? 0 : fs_replace(job->places.output, job->request->output, err);
}

/* What may be half-written, or linked from what wasn't proven. */
static void discard(const struct job *job)
{
    auto_error ignored = ERROR_INIT;

    if (job->in_place && fs_remove_all(job->request->output, &ignored) < 0)
        error_release(&ignored);
}

/* For each marker of the skeleton, the file whose members take its place. */
static int find_archives(const struct job *job, struct strv *files, struct error *err)
{
    auto_marker_list markers = MARKER_LIST_INIT;
    auto_free char *skeleton = path_join(job->request->unit, job->plan.skeleton);

    if (staticlib_markers(skeleton, &markers, err) < 0)
        return -1;
    for (size_t i = 0; i < markers.len; i++) {
        const struct marker *marker = &markers.items[i];
        size_t crate = 0;
        if (marker->kind == MARKER_SYSROOT) {
            strv_push_take(files, path_join(job->places.sysroot, marker->name));
            continue;
        }
        while (crate < job->plan.crate_count &&
               !digest_equal(&job->plan.crates[crate].digest, &marker->digest))
            crate++;
        if (crate == job->plan.crate_count)
            return error_set(err, ERROR_REFUSED, "%s has a marker of a crate that its plan lacks",
                             skeleton);
        strv_push(files, job->crates.paths[crate]);
    }
    return 0;
}

static int assemble_staticlib(struct job *job, struct error *err)
{
    auto_strv files = STRV_INIT;
    auto_free char *skeleton = path_join(job->request->unit, job->plan.skeleton);

    if (prove_files(job, err) < 0 || link_crates_prove(&job->plan, &job->crates, err) < 0 ||
        find_archives(job, &files, err) < 0)
        return -1;
    return staticlib_assemble(skeleton, (const char *const *)files.items, files.len,
                              job->places.output, err);
}

static int link_job(struct job *job, struct error *err)
{
    if (prepare(job, err) < 0 || choose_output(job, err) < 0)
        return -1;
    int status = job->plan.skeleton ? assemble_staticlib(job, err) : run_linker(job, err);
    return status < 0 ? -1 : publish(job, err);
}

int link_run(const struct link_request *request, struct error *err)
{
    struct job job = {.request = request, .plan = PLAN_INIT};
    int status = link_job(&job, err);

    if (status < 0)
        discard(&job);
    job_release(&job);
    return status;
}

/* Appends the word so that a shell reads it as one. */
static void print_word(const char *word, struct buf *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./_-";

    if (*word && strspn(word, plain) == strlen(word)) {
        buf_add_str(text, word);
        return;
    }
    buf_add_char(text, '\'');
    for (; *word; word++)
        buf_addf(text, *word == '\'' ? "'\\''" : "%c", *word);
    buf_add_char(text, '\'');
}

static int print_staticlib(const struct job *job, struct buf *text, struct error *err)
{
    auto_strv files = STRV_INIT;

    if (find_archives(job, &files, err) < 0)
        return -1;
    buf_addf(text, "assemble %s from %s/%s and the members of\n", job->request->output,
             job->request->unit, job->plan.skeleton);
    for (size_t i = 0; i < files.len; i++)
        buf_addf(text, "%s\n", files.items[i]);
    return 0;
}

static int print_job(struct job *job, struct buf *text, struct error *err)
{
    auto_strv argv = STRV_INIT;
    auto_strv env = STRV_INIT;

    if (prepare(job, err) < 0 || link_crates_prove(&job->plan, &job->crates, err) < 0 ||
        link_bundled_check(&job->plan, &job->crates, err) < 0)
        return -1;
    if (job->plan.skeleton)
        return print_staticlib(job, text, err);
    job->places.output = xstrdup(job->request->output);
    job->places.bundled_dir = xstrdup("bundled");
    if (link_line_render(&job->places, &argv, err) < 0)
        return -1;
    strv_pushf(&env, "PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    link_line_environment(&job->places, &env);
    for (size_t i = 0; i < env.len; i++) {
        print_word(env.items[i], text);
        buf_add_char(text, ' ');
    }
    for (size_t i = 0; i < argv.len; i++) {
        print_word(argv.items[i], text);
        buf_add_char(text, i + 1 < argv.len ? ' ' : '\n');
    }
    return 0;
}

int link_print(const struct link_request *request, struct buf *text, struct error *err)
{
    struct job job = {.request = request, .plan = PLAN_INIT};
    int status = print_job(&job, text, err);

    job_release(&job);
    return status;
}
