/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/classify_argument.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/ar.h"
#include "rust/crate_file.h"
#include "rust/marker.h"

const char *classify_below_sysroot(const struct classifier *c, const char *path)
{
    const char *roots[] = {c->sysroot, c->sysroot_canonical};

    for (size_t i = 0; i < 2 && c->sysroot; i++) {
        const char *rest = path_below(path, roots[i]);
        if (rest && path_below(rest, RUSTLIB))
            return rest;
    }
    return NULL;
}

static void add_path(struct classifier *c, const char *path)
{
    plan_set_path(word_add_part(c->word, PART_PATH, NULL), path, c->context->cwd);
}

/* The names of files that rustc makes for its linker; '*' stands for anything. */
static const char *const synthesized_names[] = {
    "*.rcgu.o", "*.rcgu.rmeta", "rmeta.o", "symbols.o", "list", "list.def", "raw-dylibs", "*.rlib",
};

static bool is_known_name(const char *name)
{
    for (size_t i = 0; i < sizeof(synthesized_names) / sizeof(synthesized_names[0]); i++) {
        const char *known = synthesized_names[i];
        if (known[0] == '*' ? has_suffix(name, known + 1) : strcmp(name, known) == 0)
            return true;
    }
    return false;
}

/*
 * Types an archive that rustc took out of a dependency: a stand-in, out of a hollow, says by its
 * marker whose member it is; else it is the library itself. Returns 1 when it is no archive.
 */
static int add_bundled(struct classifier *c, const char *kept, struct error *err)
{
    auto_free char *path = path_join(c->context->link->unit_dir, kept);
    auto_mapping mapping = MAPPING_INIT;
    auto_ar ar = AR_INIT;
    auto_marker marker = MARKER_INIT;

    if (mapping_open(path, &mapping, err) < 0)
        return -1;
    auto_error not_archive = ERROR_INIT;
    if (ar_parse(mapping.data, mapping.len, &ar, &not_archive) < 0)
        return 1;
    int status =
        ar.member_count != 1 ? 1 : marker_read(ar.members[0].data, ar.members[0].len, &marker, err);
    if (status < 0)
        return -1;
    if (status == 1 || marker.kind != MARKER_BUNDLED) {
        word_add_part(c->word, PART_UNIT_FILE, kept);
        return 0;
    }
    for (size_t i = 0; i < c->plan->crate_count; i++)
        if (digest_equal(&c->plan->crates[i].digest, &marker.digest)) {
            word_add_part(c->word, PART_BUNDLED, marker.name)->crate = i;
            return fs_remove_all(path, err);
        }
    return error_set(err, ERROR_REFUSED,
                     "the linker wants %s of a crate that isn't on its line before it",
                     marker.name);
}

static int add_synthesized(struct classifier *c, const char *path, enum argument_role role,
                           struct error *err)
{
    const char *kept = captured_link_kept(c->context->link, path);
    const char *name = path_basename(path);

    if (!kept && role == ROLE_OUTPUT_FILE) {
        word_add_part(c->word, PART_FURTHER_OUTPUT, name);
        return 0;
    }
    if (!kept && c->in_wl && role == ROLE_POSITIONAL) {
        word_add_part(c->word, PART_BUNDLED, name)->crate = PLAN_NO_CRATE;
        return 0;
    }
    if (kept && is_known_name(name)) {
        word_add_part(c->word, PART_UNIT_FILE, kept);
        return 0;
    }
    int status = kept && c->in_wl ? add_bundled(c, kept, err) : 1;
    if (status != 1)
        return status;
    return error_set(err, ERROR_REFUSED,
                     "rustc made a file for its linker that this cleave doesn't know: %s; compile "
                     "this crate with rustc alone and report it with rustc's version",
                     path);
}

/* A file of the user, put into the unit so that the link doesn't depend on its place. */
static int add_copy(struct classifier *c, const char *path, struct error *err)
{
    size_t number = c->context->link->kept.len / 2 + c->copied++;
    auto_free char *name = xasprintf("%03zu-%s", number, path_basename(path));
    auto_free char *target = path_join(c->context->link->unit_dir, name);

    word_add_part(c->word, PART_UNIT_FILE, name);
    return fs_copy_file(path, target, err);
}

static int add_crate(struct classifier *c, const char *path, const struct crate_file *file)
{
    struct digest digest;

    crate_file_digest(file, &digest);
    size_t index = plan_add_crate(c->plan, path_basename(path), &digest);
    word_add_part(c->word, PART_CRATE, NULL)->crate = index;
    return 0;
}

static bool is_shared_library(const char *path)
{
    const char *name = path_basename(path);

    return strstr(name, ".so.") || has_suffix(name, ".so") || has_suffix(name, ".dll") ||
           has_suffix(name, ".dylib");
}

/* An input file: a crate, a native library or an object. */
static int add_input(struct classifier *c, const char *path, struct error *err)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error no_crate = ERROR_INIT;

    if (has_suffix(path, ".rlib"))
        return crate_file_open(path, &file, err) < 0 ? -1 : add_crate(c, path, &file);
    if (is_shared_library(path)) {
        /* Its place stays: without a soname the linker writes the path it was given. */
        if (crate_file_open(path, &file, &no_crate) == 0)
            return add_crate(c, path, &file);
        add_path(c, path);
        return 0;
    }
    if (fs_is_file(path))
        return add_copy(c, path, err);
    word_add_part(c->word, PART_LITERAL, path);
    return 0;
}

/*
 * "$ORIGIN/…", written by -C rpath: the way from the output to crates or into the sysroot, which
 * need not be below lib/rustlib there: distributions have std's dylib elsewhere.
 */
static bool add_run_path(struct classifier *c, const char *text)
{
    const char *rest = after_prefix(text, "$ORIGIN/");

    if (!rest)
        return false;
    auto_free char *joined = path_join(c->context->out_dir, rest);
    auto_free char *dir = fs_canonical(joined);
    for (size_t i = 0; i < c->plan->crate_count; i++) {
        auto_free char *path = path_join(dir, c->plan->crates[i].file_name);
        if (fs_exists(path)) {
            word_add_part(c->word, PART_RUN_PATH_CRATE, NULL)->crate = i;
            return true;
        }
    }
    const char *in_sysroot = c->sysroot ? path_below(dir, c->sysroot_canonical) : NULL;
    if (!in_sysroot || !fs_is_dir(dir))
        return false;
    word_add_part(c->word, PART_RUN_PATH_SYSROOT, in_sysroot);
    return true;
}

int classify_argument(struct classifier *c, const char *text, enum argument_role role,
                      struct error *err)
{
    auto_free char *absolute = path_join(c->context->cwd, text);

    if (role == ROLE_OPTION || role == ROLE_VALUE || role == ROLE_LIBRARY) {
        word_add_part(c->word, PART_LITERAL, text);
        return 0;
    }
    if (role == ROLE_OUTPUT) {
        if (c->plan->output_name)
            return error_set(err, ERROR_REFUSED, "the linker's line has two outputs: %s and %s",
                             c->plan->output_name, text);
        c->plan->output_name = xstrdup(path_basename(text));
        word_add_part(c->word, PART_OUTPUT, NULL);
        return 0;
    }
    if (role == ROLE_RUN_PATH) {
        if (!add_run_path(c, text))
            word_add_part(c->word, PART_LITERAL, text);
        return 0;
    }
    if (synthesized_has(&c->context->where, absolute))
        return add_synthesized(c, text, role, err);
    const char *in_sysroot = classify_below_sysroot(c, text);
    if (in_sysroot) {
        word_add_part(c->word, PART_SYSROOT_FILE, in_sysroot);
        return 0;
    }
    if (role == ROLE_POSITIONAL)
        return add_input(c, text, err);
    if (role == ROLE_INPUT_FILE && fs_is_file(text))
        return add_copy(c, text, err);
    if (role == ROLE_SEARCH_DIR || role == ROLE_OUTPUT_FILE || text[0] == '/')
        add_path(c, text);
    else
        word_add_part(c->word, PART_LITERAL, text);
    return 0;
}
