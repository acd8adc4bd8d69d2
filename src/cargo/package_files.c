/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/package_files.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

struct walk {
    const char *top;
    bool whole;
    struct package_files *found;
};

void package_files_release(struct package_files *files)
{
    strv_release(&files->files);
    strv_release(&files->links);
    strv_release(&files->dirs);
}

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

/* What is neither file, link nor directory is nothing to read. */
static int add(const struct walk *walk, const char *dir, const char *name, unsigned depth,
               struct error *err)
{
    auto_free char *path = path_join(dir, name);
    struct stat st;

    if (lstat(path, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return is_left_out(walk, dir, name, path) ? 0 : list(walk, path, depth + 1, err);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return 0;
    if (walk->found->files.len + walk->found->links.len >= PACKAGE_FILES_MAX)
        return error_set(err, ERROR_REFUSED, "%s has more than %d files", walk->top,
                         PACKAGE_FILES_MAX);
    strv_push(S_ISLNK(st.st_mode) ? &walk->found->links : &walk->found->files, path);
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
    strv_push(&walk->found->dirs, dir);
    for (size_t i = 0; i < names.len; i++)
        if (add(walk, dir, names.items[i], depth, err) < 0)
            return -1;
    return 0;
}

int package_files_list(const char *dir, struct package_files *files, struct error *err)
{
    const struct walk walk = {dir, is_of_registry(dir), files};

    return list(&walk, dir, 0, err);
}

int package_files_list_all(const char *dir, struct package_files *files, struct error *err)
{
    const struct walk walk = {dir, true, files};

    return fs_is_dir(dir) ? list(&walk, dir, 0, err) : 0;
}

/* ---- links ---- */

static int refuse(const char *link, const char *to, struct error *err)
{
    return error_set(err, ERROR_REFUSED, "%s is a link by way of %s, outside of the package", link,
                     to);
}

/* Whether the links on the way to PATH, from its byte FIRST on, are all listed. */
static int check_way(const struct package_files *files, const char *link, const char *path,
                     size_t first, struct error *err)
{
    struct stat st;

    for (const char *slash = strchr(path + first, '/'); slash; slash = strchr(slash + 1, '/')) {
        auto_free char *part = xstrndup(path, (size_t)(slash - path));
        if (*part && lstat(part, &st) == 0 && S_ISLNK(st.st_mode) &&
            !strv_contains(&files->links, part))
            return refuse(link, part, err);
    }
    return 0;
}

/* PATH as it is without links in its directory's. Owned by caller. */
static char *plain_place(const char *path)
{
    auto_free char *dir = path_dirname(path);
    auto_free char *real = fs_canonical(dir);

    return path_join(real, path_basename(path));
}

static int follow(struct package_files *files, const char *link, struct error *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(link, target, sizeof(target) - 1);
    struct stat st;

    if (len < 0)
        return error_set_errno(err, errno, "cannot read the link %s", link);
    target[len] = '\0';
    auto_free char *dir = path_dirname(link);
    auto_free char *path = path_join(dir, target);
    if (check_way(files, link, path, target[0] == '/' ? 0 : strlen(dir) + 1, err) < 0)
        return -1;
    if (lstat(path, &st) < 0)
        return 0;
    auto_free char *place = plain_place(path);
    if (S_ISLNK(st.st_mode) && !strv_contains(&files->links, place))
        strv_push(&files->links, place);
    if (S_ISREG(st.st_mode) && !strv_contains(&files->files, place))
        strv_push(&files->files, place);
    auto_free char *real = fs_canonical(path);
    return S_ISDIR(st.st_mode) && !strv_contains(&files->dirs, real) ? refuse(link, real, err) : 0;
}

int package_files_follow(struct package_files *files, struct error *err)
{
    for (size_t i = 0; i < files->links.len; i++)
        if (follow(files, files->links.items[i], err) < 0)
            return -1;
    return 0;
}

bool package_files_have(const struct package_files *files, const char *path)
{
    auto_free char *real = NULL;

    if (strv_contains(&files->files, path))
        return true;
    if (files->links.len == 0)
        return false;
    real = fs_canonical(path);
    return strv_contains(&files->files, real);
}
