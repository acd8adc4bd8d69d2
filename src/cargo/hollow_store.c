/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/hollow_store.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/crate_file.h"
#include "rust/hollow.h"

char *hollow_store_dir(const char *deps)
{
    auto_free char *parent = path_dirname(deps);

    return xasprintf("%s/.cleave/hollow", parent);
}

char *hollow_store_of(const char *path)
{
    auto_free char *deps = path_dirname(path);
    auto_free char *dir = hollow_store_dir(deps);
    const char *name = path_basename(path);
    const char *dot = strrchr(name, '.');

    if (!has_suffix(name, ".rmeta") && !has_suffix(name, ".rlib"))
        return path_join(dir, name);
    return xasprintf("%s/%.*s.rlib", dir, (int)(dot - name), name);
}

static int prepare(const char *deps, const char *name, char **ret_path, struct error *err)
{
    auto_free char *dir = hollow_store_dir(deps);

    if (fs_mkdir_all(dir, err) < 0)
        return -1;
    *ret_path = path_join(dir, name);
    return 0;
}

int hollow_store_add(const char *deps, const char *name, const char *metadata, struct error *err)
{
    auto_free char *hollow = NULL;

    return prepare(deps, name, &hollow, err) < 0 ? -1 : hollow_write(metadata, hollow, err);
}

int hollow_store_add_itself(const char *deps, const char *name, struct error *err)
{
    auto_free char *hollow = NULL;
    auto_free char *file = path_join(deps, name);

    return prepare(deps, name, &hollow, err) < 0 ? -1 : fs_copy_file(file, hollow, err);
}

/* Whether the hollow is there and no older than what it was made from. */
static bool is_fresh(const char *file, const char *hollow)
{
    struct stat from;
    struct stat to;

    if (stat(file, &from) < 0 || stat(hollow, &to) < 0)
        return false;
    return to.st_mtim.tv_sec != from.st_mtim.tv_sec ? to.st_mtim.tv_sec > from.st_mtim.tv_sec
                                                    : to.st_mtim.tv_nsec >= from.st_mtim.tv_nsec;
}

int hollow_store_refresh_itself(const char *path, struct error *err)
{
    auto_free char *deps = path_dirname(path);
    auto_free char *copy = hollow_store_of(path);

    return is_fresh(path, copy) ? 0 : hollow_store_add_itself(deps, path_basename(path), err);
}

static bool is_dylib(const char *path)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error err = ERROR_INIT;

    return crate_file_open(path, &file, &err) == 0 && file.kind == CRATE_DYLIB;
}

static int refresh(const char *deps, const char *dir, const char *name, struct error *err)
{
    auto_free char *file = path_join(deps, name);
    auto_free char *hollow = path_join(dir, name);

    if (is_fresh(file, hollow))
        return 0;
    if (has_suffix(name, ".rlib"))
        return hollow_store_add(deps, name, file, err);
    return is_dylib(file) ? hollow_store_add_itself(deps, name, err) : 0;
}

int hollow_store_refresh(const char *deps, struct error *err)
{
    auto_strv names = STRV_INIT;
    auto_free char *dir = hollow_store_dir(deps);

    if (!fs_is_dir(deps))
        return 0;
    if (fs_list(deps, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_error unfinished = ERROR_INIT;
        const char *name = names.items[i];
        if (!has_prefix(name, "lib") || !(has_suffix(name, ".rlib") || has_suffix(name, ".so")))
            continue;
        /*
         * Another rustc may just be writing this file. It is no dependency of the crate at hand
         * then: Cargo waits for those. Should one be missing, rustc will name it.
         */
        if (refresh(deps, dir, name, &unfinished) < 0)
            error_release(&unfinished);
    }
    return 0;
}

#define NEEDS_CAP (16u << 20)

/* Each path ends with a NUL: it may have newlines in it. */
int hollow_store_set_needs(const char *deps, const char *name, const struct strv *paths,
                           struct error *err)
{
    auto_free char *hollow = NULL;
    auto_buf text = BUF_INIT;

    if (prepare(deps, name, &hollow, err) < 0)
        return -1;
    auto_free char *file = xasprintf("%s.needs", hollow);
    if (!paths)
        return fs_remove_all(file, err);
    for (size_t i = 0; i < paths->len; i++)
        buf_add(&text, paths->items[i], strlen(paths->items[i]) + 1);
    return fs_write_file(file, text.data, text.len, err);
}

/* Cargo hands over either; the metadata is there before what is told of it, the rlib may not be. */
static char *metadata_of(const char *library)
{
    auto_free char *metadata =
        xasprintf("%.*s.rmeta", (int)(strrchr(library, '.') - library), library);

    return xstrdup(fs_exists(metadata) ? metadata : library);
}

int hollow_store_needs(const char *library, struct strv *paths, struct error *err)
{
    auto_free char *hollow = hollow_store_of(library);
    auto_free char *file = xasprintf("%s.needs", hollow);
    auto_free char *metadata = metadata_of(library);
    auto_buf text = BUF_INIT;

    if (!is_fresh(metadata, file))
        return 1;
    if (fs_read_file(file, NEEDS_CAP, &text, err) < 0)
        return -1;
    for (const char *at = text.data; at < text.data + text.len; at += strlen(at) + 1)
        if (!strv_contains(paths, at))
            strv_push(paths, at);
    return 0;
}
