/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/package_files.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

struct walk {
    const char *top;
    bool whole;
    struct strv *files;
};

/* Cargo's own name for the place of packages from registries, below its home. */
static bool is_of_registry(const char *dir)
{
    return strstr(dir, "/registry/src/") != NULL;
}

static bool holds(const char *dir, const char *name)
{
    auto_free char *path = path_join(dir, name);

    return fs_exists(path);
}

static bool is_left_out(const struct walk *walk, const char *parent, const char *name,
                        const char *path)
{
    if (walk->whole)
        return false;
    return strcmp(name, ".git") == 0 ||
           (strcmp(name, "target") == 0 && strcmp(parent, walk->top) == 0) ||
           holds(path, "Cargo.toml") || holds(path, "CACHEDIR.TAG");
}

static int list(const struct walk *walk, const char *dir, unsigned depth, struct error *err);

/* A link to a directory is not followed: it may lead anywhere, and back. */
static int add(const struct walk *walk, const char *dir, const char *name, unsigned depth,
               struct error *err)
{
    auto_free char *path = path_join(dir, name);
    struct stat st;

    if (lstat(path, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return is_left_out(walk, dir, name, path) ? 0 : list(walk, path, depth + 1, err);
    if (!fs_is_file(path))
        return 0;
    if (walk->files->len >= PACKAGE_FILES_MAX)
        return error_set(err, ERROR_REFUSED, "%s has more than %d files", walk->top,
                         PACKAGE_FILES_MAX);
    strv_push(walk->files, path);
    return 0;
}

static int list(const struct walk *walk, const char *dir, unsigned depth, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (depth > PACKAGE_DEPTH_MAX)
        return error_set(err, ERROR_REFUSED, "%s lies deeper than %d directories", dir,
                         PACKAGE_DEPTH_MAX);
    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (add(walk, dir, names.items[i], depth, err) < 0)
            return -1;
    return 0;
}

int package_files_list(const char *dir, struct strv *files, struct error *err)
{
    const struct walk walk = {dir, is_of_registry(dir), files};

    return list(&walk, dir, 0, err);
}

int package_files_list_all(const char *dir, struct strv *files, struct error *err)
{
    const struct walk walk = {dir, true, files};

    return fs_is_dir(dir) ? list(&walk, dir, 0, err) : 0;
}
