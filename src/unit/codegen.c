/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/codegen.h"

#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/crate_file.h"
#include "rust/hollow.h"
#include "rust/rustc_message.h"
#include "unit/codegen_checks.h"
#include "unit/compilation.h"
#include "unit/unit_writer.h"

/* One run of codegen. */
struct run {
    const struct codegen *codegen;
    struct codegen_result *result;
    struct compilation compilation;
    struct strv held;   /* rustc's paths that aren't published: static libraries with markers */
    struct strv staged; /* finished units, in the private directory */
    struct strv types;  /* the crate type of each */
    struct strv names;  /* the output name of each */
};

static void run_release(struct run *run)
{
    compilation_release(&run->compilation);
    strv_release(&run->held);
    strv_release(&run->staged);
    strv_release(&run->types);
    strv_release(&run->names);
}

void codegen_result_release(struct codegen_result *result)
{
    strv_release(&result->units);
    strv_release(&result->warnings);
    strv_release(&result->notices);
}

/* Whether the file is a static library, which isn't complete before the link. */
static bool is_static_library(const struct run *run, const char *path)
{
    return strv_contains(&run->compilation.command.crate_types, "staticlib") &&
           !has_suffix(path, ".rlib");
}

/*
 * An artifact notice is passed on once the file is published. What is still to be linked isn't
 * there, whatever rustc says.
 */
static int on_artifact(struct run *run, const struct rustc_artifact *artifact, const char *line,
                       size_t len, struct error *err)
{
    if (strcmp(artifact->emit, "link") == 0 &&
        (is_static_library(run, artifact->path) || !has_suffix(artifact->path, ".rlib"))) {
        auto_buf notice = BUF_INIT;
        outputs_rename(&run->compilation.outputs, line, len, &notice);
        strv_push_len(&run->result->notices, notice.data, notice.len);
        return 0;
    }
    int status = outputs_publish(&run->compilation.outputs, artifact->path, err);
    if (status != 0)
        return status < 0 ? -1 : 0;
    return compilation_pass_on(&run->compilation, CODEGEN_STDERR, line, len, err);
}

static int on_stderr(void *user, const char *line, size_t len, struct error *err)
{
    struct run *run = user;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;

    if (run->compilation.command.json.len > 0 && rustc_artifact_parse(line, len, &artifact) == 1)
        return on_artifact(run, &artifact, line, len, err);
    return compilation_pass_on(&run->compilation, CODEGEN_STDERR, line, len, err);
}

static struct unit_source source_of(const struct run *run)
{
    return (struct unit_source){
        .rustc = run->codegen->rustc,
        .command = &run->compilation.command,
        .rewrite = &run->compilation.rewrite,
        .outputs = &run->compilation.outputs,
        .where = &run->compilation.where,
        .linker = run->compilation.linker,
        .base = run->compilation.base_path,
        .cwd = run->compilation.cwd,
    };
}

/* Notes a finished unit. Two of one output would overwrite each other when they are linked. */
static int stage(struct run *run, const char *dir, const struct plan *plan, struct error *err)
{
    if (codegen_check_rustc(run->codegen, plan->rustc_version, err) < 0)
        return -1;
    if (strv_contains(&run->names, plan->output_name))
        return error_set(err, ERROR_REFUSED,
                         "two crate types of this crate are linked to the same file %s; compile "
                         "them by two commands",
                         plan->output_name);
    strv_push(&run->staged, dir);
    strv_push(&run->types, plan->crate_type);
    strv_push(&run->names, plan->output_name);
    return 0;
}

/* The hollow of a dylib is rustc's own metadata object. */
static int write_dylib_hollow(const struct run *run, const struct captured_link *link,
                              const struct plan *plan, struct error *err)
{
    if (!run->codegen->hollow_dir || strcmp(plan->crate_type, "dylib") != 0)
        return 0;
    auto_free char *metadata = captured_link_metadata(link);
    auto_free char *out = path_join(run->codegen->hollow_dir, plan->output_name);
    if (!metadata)
        return error_set(err, ERROR_REFUSED,
                         "rustc gave its linker no metadata object for the dylib");
    return hollow_write(metadata, out, err);
}

static int make_link_units(struct run *run, struct error *err)
{
    struct unit_source source = source_of(run);

    for (size_t i = 0;; i++) {
        auto_captured_link link = CAPTURED_LINK_INIT;
        auto_plan plan = PLAN_INIT;
        int status = captured_link_load(run->compilation.base.path, i, &link, err);
        if (status != 0)
            return status < 0 ? -1 : 0;
        if (unit_of_link(&source, &link, &plan, err) < 0 ||
            write_dylib_hollow(run, &link, &plan, err) < 0 ||
            stage(run, link.unit_dir, &plan, err) < 0)
            return -1;
    }
}

static int make_staticlib_unit(struct run *run, const char *archive, struct error *err)
{
    struct unit_source source = source_of(run);
    auto_plan plan = PLAN_INIT;
    auto_free char *dir = path_join(run->compilation.base.path, "staticlib");

    if (unit_of_staticlib(&source, archive, dir, &plan, err) < 0)
        return -1;
    strv_push(&run->held, archive);
    return stage(run, dir, &plan, err);
}

/*
 * Dependents were compiled with the early hollow: were this rlib another crate, they would be
 * linked with what they weren't compiled for.
 */
static int check_early_hollow(const char *early, const char *rlib, struct error *err)
{
    auto_crate_file early_file = CRATE_FILE_INIT;
    auto_crate_file file = CRATE_FILE_INIT;
    struct digest early_digest;
    struct digest digest;

    if (crate_file_open(early, &early_file, err) < 0 || crate_file_open(rlib, &file, err) < 0)
        return -1;
    crate_file_digest(&early_file, &early_digest);
    crate_file_digest(&file, &digest);
    if (digest_equal(&early_digest, &digest))
        return 0;
    return error_set(err, ERROR_REFUSED,
                     "two runs of rustc gave two crates: %s isn't the metadata of %s. A macro or "
                     "what the sources include isn't deterministic; compile this crate without "
                     "early metadata (Bazel: disable_pipelining = True)",
                     early, path_basename(rlib));
}

static int make_library_files(const struct run *run, const char *rlib, struct error *err)
{
    const struct codegen *codegen = run->codegen;
    const char *name = path_basename(rlib);

    if (codegen_check_crate(codegen, rlib, err) < 0)
        return -1;
    if (codegen->early_hollow && check_early_hollow(codegen->early_hollow, rlib, err) < 0)
        return -1;
    if (codegen->hollow_dir) {
        auto_free char *out = path_join(codegen->hollow_dir, name);
        if (hollow_write(rlib, out, err) < 0)
            return -1;
    }
    if (!codegen->link_rlib_dir)
        return 0;
    auto_free char *out = path_join(codegen->link_rlib_dir, name);
    return link_rlib_write(rlib, out, err);
}

/* A rlib is known by its content, since -o may give it any name. */
static bool is_rlib(const char *path)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error unknown = ERROR_INIT;

    return crate_file_open(path, &file, &unknown) == 0 && file.kind == CRATE_RLIB;
}

static bool is_archive(const char *path)
{
    auto_mapping mapping = MAPPING_INIT;
    auto_error unknown = ERROR_INIT;

    return fs_is_file(path) && mapping_open(path, &mapping, &unknown) == 0 && mapping.len >= 8 &&
           memcmp(mapping.data, "!<arch>\n", 8) == 0;
}

static int make_archives(struct run *run, struct error *err)
{
    auto_strv paths = STRV_INIT;

    if (!rustc_command_emits(&run->compilation.command, "link"))
        return 0;
    if (outputs_list(&run->compilation.outputs, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.len; i++) {
        if (!is_archive(paths.items[i]))
            continue;
        int status = is_rlib(paths.items[i]) ? make_library_files(run, paths.items[i], err)
                                             : make_staticlib_unit(run, paths.items[i], err);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int create_library_dirs(const struct codegen *codegen, struct error *err)
{
    if (codegen->hollow_dir && fs_mkdir_all(codegen->hollow_dir, err) < 0)
        return -1;
    return codegen->link_rlib_dir ? fs_mkdir_all(codegen->link_rlib_dir, err) : 0;
}

/* The path of the unit, or with several the directory of all, when the user names none. */
static char *default_unit(const struct run *run)
{
    auto_free char *dir = rustc_command_output_dir(&run->compilation.command);
    auto_free char *crate = rustc_command_crate_name(&run->compilation.command);
    const char *name = run->staged.len == 1 ? run->names.items[0] : crate;
    auto_free char *file = xasprintf("%s%s", name, run->codegen->unit_suffix);

    return path_join(dir, file);
}

/* Brings several units together in one directory, as TYPE.unit. */
static int gather_units(struct run *run, const char *to, struct error *err)
{
    for (size_t i = 0; i < run->staged.len; i++) {
        auto_free char *name = xasprintf("%s.unit", run->types.items[i]);
        auto_free char *staged = path_join(to, name);
        if (fs_mkdir_all(to, err) < 0 || fs_rename(run->staged.items[i], staged, err) < 0)
            return -1;
    }
    return 0;
}

static int place_units(struct run *run, struct error *err)
{
    auto_free char *unit = run->codegen->unit ? xstrdup(run->codegen->unit) : default_unit(run);
    auto_free char *gathered = path_join(run->compilation.base.path, "units");

    if (run->staged.len == 0)
        return 0;
    if (run->staged.len == 1) {
        strv_push(&run->result->units, unit);
        return fs_replace(run->staged.items[0], unit, err);
    }
    if (gather_units(run, gathered, err) < 0 || fs_replace(gathered, unit, err) < 0)
        return -1;
    for (size_t i = 0; i < run->types.len; i++)
        strv_pushf(&run->result->units, "%s/%s.unit", unit, run->types.items[i]);
    return 0;
}

/* In place, rustc has put the incomplete static library where the complete one belongs. */
static int remove_held(const struct run *run, struct error *err)
{
    for (size_t i = 0; i < run->held.len; i++)
        if (fs_remove_all(run->held.items[i], err) < 0)
            return -1;
    return 0;
}

/* The unit that was asked for: the crate may be a library by its source. */
static int check_units(const struct run *run, struct error *err)
{
    if (run->staged.len > 0 || !run->codegen->unit)
        return 0;
    return error_set(err, ERROR_FAILURE,
                     "%s linked nothing, so that there is no unit %s; is the crate a library by "
                     "its source?",
                     run->codegen->rustc, run->codegen->unit);
}

static int finish(struct run *run, struct error *err)
{
    if (create_library_dirs(run->codegen, err) < 0 || make_link_units(run, err) < 0 ||
        make_archives(run, err) < 0 || check_units(run, err) < 0)
        return -1;
    if (remove_held(run, err) < 0 ||
        outputs_publish_rest(&run->compilation.outputs, &run->held, err) < 0)
        return -1;
    return place_units(run, err);
}

int codegen_run(const struct codegen *codegen, struct codegen_result *ret_result, struct error *err)
{
    struct run run = {
        .codegen = codegen,
        .result = ret_result,
        .compilation = COMPILATION_INIT,
        .held = STRV_INIT,
        .staged = STRV_INIT,
        .types = STRV_INIT,
        .names = STRV_INIT,
    };

    int status =
        compilation_prepare(&run.compilation, codegen, codegen->unit, &ret_result->warnings, err);
    if (status == 0)
        status = compilation_run(&run.compilation, on_stderr, &run, err);
    if (status == 0)
        status = finish(&run, err);
    if (status < 0)
        outputs_discard(&run.compilation.outputs);
    run_release(&run);
    return status;
}
