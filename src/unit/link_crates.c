/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link_crates.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/crate_file.h"
#include "unit/digest_cache.h"

void link_crates_of_command(const struct rustc_command *command, struct strv *files,
                            struct strv *dirs)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const struct rustc_option *option = &command->options[i];
        if (option->kind == RUSTC_SEARCH)
            strv_push(dirs, rustc_search_of(option->value).path);
        if (option->kind != RUSTC_EXTERN)
            continue;
        struct rustc_extern dependency = rustc_extern_of(option->value);
        if (!dependency.path)
            continue;
        auto_free char *dir = path_dirname(dependency.path);
        strv_push(dirs, dir);
        if (fs_exists(dependency.path))
            strv_push(files, dependency.path);
    }
}

void link_crates_release(struct link_crates *crates)
{
    for (size_t i = 0; i < crates->count; i++)
        free(crates->paths[i]);
    free(crates->paths);
    free(crates->unproven);
    *crates = (struct link_crates)LINK_CRATES_INIT;
}

static int refuse_mismatch(const struct plan_crate *crate, const char *path,
                           const struct digest *digest, struct error *err)
{
    char wanted[DIGEST_HEX_SIZE];
    char found[DIGEST_HEX_SIZE];

    return error_set(err, ERROR_REFUSED,
                     "%s is not the %s that the unit was compiled against: its metadata is "
                     "sha256:%s, not sha256:%s; it is another version or build of the crate, or a "
                     "macro in it isn't deterministic: run codegen again against this one's hollow",
                     path, crate->file_name, digest_hex(digest, found),
                     digest_hex(&crate->digest, wanted));
}

static int refuse_codeless(const char *path, const struct crate_file *file, struct error *err)
{
    return error_set(err, ERROR_REFUSED,
                     "%s is %s %s: it has no code to link; give the real or the link rlib", path,
                     file->kind == CRATE_METADATA ? "mere" : "a", crate_file_kind_name(file->kind));
}

static bool is_codeless(enum crate_file_kind kind)
{
    return kind == CRATE_METADATA || kind == CRATE_HOLLOW_RLIB || kind == CRATE_HOLLOW_DYLIB;
}

/* The files that may hold the crate: those of its name. */
static void add_candidates(const struct plan_crate *crate, const struct strv *files,
                           const struct strv *dirs, struct strv *candidates)
{
    for (size_t i = 0; i < files->len; i++)
        if (strcmp(path_basename(files->items[i]), crate->file_name) == 0)
            strv_push(candidates, files->items[i]);
    for (size_t i = 0; i < dirs->len; i++) {
        auto_free char *path = path_join(dirs->items[i], crate->file_name);
        if (fs_exists(path))
            strv_push(candidates, path);
    }
}

/*
 * Whether the file at PATH may be the crate. Returns 0 if it is, 1 if its digest has yet to be
 * compared, and an error if it can't be the crate.
 */
static int try_candidate(const struct plan_crate *crate, const char *path, struct error *err)
{
    auto_crate_file file = CRATE_FILE_INIT;

    if (crate_file_open(path, &file, err) < 0)
        return -1;
    if (is_codeless(file.kind))
        return refuse_codeless(path, &file, err);
    if (!file.has_marker)
        return 1;
    if (!digest_equal(&file.marker_digest, &crate->digest))
        return refuse_mismatch(crate, path, &file.marker_digest, err);
    return 0;
}

static int prove(const struct plan_crate *crate, const char *path, struct error *err)
{
    auto_crate_file file = CRATE_FILE_INIT;
    struct digest digest;

    if (crate_file_open(path, &file, err) < 0)
        return -1;
    digest_cache_of(&file, &digest);
    if (!digest_equal(&digest, &crate->digest))
        return refuse_mismatch(crate, path, &digest, err);
    return 0;
}

/* Several files of one name: only the digest tells which it is. */
static int choose(const struct plan_crate *crate, const struct strv *candidates,
                  const char **ret_path, bool *ret_unproven, struct error *err)
{
    for (size_t i = 0; i < candidates->len; i++) {
        const char *path = candidates->items[i];
        int status = try_candidate(crate, path, err);
        if (status == 1 && candidates->len > 1)
            status = prove(crate, path, err);
        if (status < 0)
            continue;
        error_release(err);
        *ret_path = path;
        *ret_unproven = status == 1;
        return 0;
    }
    return -1;
}

/*
 * The crate is linked as a rlib only since codegen didn't find its dylib, where rustc alone, which
 * sees both, would have linked that and said nothing.
 */
static int refuse_dylib_beside(const struct plan_crate *crate, const char *path, struct error *err)
{
    auto_free char *dylib = xasprintf("%.*s.so", (int)(strlen(path) - strlen(".rlib")), path);
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error no_crate = ERROR_INIT;
    struct digest digest;

    if (!fs_exists(dylib) || crate_file_open(dylib, &file, &no_crate) < 0)
        return 0;
    if (crate_file_rlib_digest(&file, &digest) == 0 && !digest_equal(&digest, &crate->digest))
        return 0;
    return error_set(err, ERROR_REFUSED,
                     "rustc alone would link %s here, and codegen saw only %s: give codegen the "
                     "hollow of the dylib too, or name the rlib by --extern",
                     dylib, crate->file_name);
}

static int find_crate(const struct plan_crate *crate, const struct strv *files,
                      const struct strv *dirs, struct link_crates *crates, struct error *err)
{
    auto_strv candidates = STRV_INIT;
    const char *path = NULL;

    add_candidates(crate, files, dirs, &candidates);
    if (candidates.len == 0)
        return error_set(err, ERROR_REFUSED,
                         "the link needs the crate file %s and it was not given; give it by "
                         "--crate FILE or --crate-dir DIR",
                         crate->file_name);
    if (choose(crate, &candidates, &path, &crates->unproven[crates->count], err) < 0)
        return -1;
    if (crate->searched && refuse_dylib_beside(crate, path, err) < 0)
        return -1;
    crates->paths[crates->count++] = xstrdup(path);
    return 0;
}

int link_crates_find(const struct plan *plan, const struct strv *files, const struct strv *dirs,
                     struct link_crates *ret_crates, struct error *err)
{
    auto_link_crates crates = LINK_CRATES_INIT;

    for (size_t i = 0; i < files->len; i++)
        if (!fs_exists(files->items[i]))
            return error_set(err, ERROR_FAILURE, "there is no file %s (--crate)", files->items[i]);
    crates.paths = xcalloc(plan->crate_count, sizeof(*crates.paths));
    crates.unproven = xcalloc(plan->crate_count, sizeof(*crates.unproven));
    for (size_t i = 0; i < plan->crate_count; i++)
        if (find_crate(&plan->crates[i], files, dirs, &crates, err) < 0)
            return -1;
    *ret_crates = crates;
    crates = (struct link_crates)LINK_CRATES_INIT;
    return 0;
}

int link_crates_prove(const struct plan *plan, struct link_crates *crates, struct error *err)
{
    for (size_t i = 0; i < crates->count; i++) {
        if (crates->unproven[i] && prove(&plan->crates[i], crates->paths[i], err) < 0)
            return -1;
        crates->unproven[i] = false;
    }
    return 0;
}
