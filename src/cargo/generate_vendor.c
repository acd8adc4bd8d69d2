/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_vendor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"

#define BUILD_FILE "BUILD.bazel"

/* What Bazel reads in a package's folder, Cargo's mark of a complete download, and Git. */
static const char *const foreign_files[] = {
    "BUILD",      "BUILD.bazel", "WORKSPACE", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "MODULE.bazel",
    "REPO.bazel", ".cargo-ok",   ".git",
};

void vendored_release(struct vendored *vendored)
{
    free(vendored->place);
    free(vendored->source);
    strv_release(&vendored->patches);
    free(vendored->build);
}

bool vendor_is_generated(const char *build_file)
{
    auto_error ignored = ERROR_INIT;
    auto_mapping map = MAPPING_INIT;

    return mapping_open(build_file, &map, &ignored) == 0 && map.len >= strlen(GENERATED_MARK) &&
           memcmp(map.data, GENERATED_MARK, strlen(GENERATED_MARK)) == 0;
}

static bool is_foreign_file(const char *name)
{
    for (size_t i = 0; i < sizeof(foreign_files) / sizeof(foreign_files[0]); i++)
        if (strcmp(name, foreign_files[i]) == 0)
            return true;
    return false;
}

static bool holds(const char *dir, const char *name)
{
    auto_free char *path = path_join(dir, name);

    return fs_exists(path);
}

/* Bazel can't name files with these characters. */
static bool has_label(const char *name)
{
    return !strpbrk(name, ":\\\n");
}

struct listing {
    const struct vendored *vendored;
    struct strv files; /* relative to the source */
};

static int list_dir(struct listing *listing, const char *root, const char *below, unsigned depth,
                    struct error *err);

static int list_entry(struct listing *listing, const char *root, const char *below,
                      const char *name, unsigned depth, struct error *err)
{
    auto_free char *relative = path_join(below, name);
    auto_free char *path = path_join(root, relative);
    struct stat st;

    /* A link that leads nowhere is no source. */
    if (stat(path, &st) < 0)
        return errno == ENOENT || errno == ELOOP
                   ? 0
                   : error_set_errno(err, errno, "cannot look at %s", path);
    if (S_ISDIR(st.st_mode)) {
        if (strcmp(name, ".git") == 0)
            return 0;
        if (!listing->vendored->is_published &&
            (holds(path, "Cargo.toml") || holds(path, "CACHEDIR.TAG")))
            return 0;
        return list_dir(listing, root, relative, depth + 1, err);
    }
    if (!S_ISREG(st.st_mode) || is_foreign_file(name) || !has_label(name))
        return 0;
    if (listing->files.len == VENDOR_FILE_CAP)
        return error_set(err, ERROR_REFUSED, "%s has more than %u files", root, VENDOR_FILE_CAP);
    strv_push(&listing->files, relative);
    return 0;
}

static int list_dir(struct listing *listing, const char *root, const char *below, unsigned depth,
                    struct error *err)
{
    auto_free char *dir = path_join(root, below);
    auto_strv names = STRV_INIT;

    if (depth > VENDOR_DEPTH_CAP)
        return error_set(err, ERROR_REFUSED, "%s is nested too deeply; does a link lead upwards?",
                         dir);
    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (list_entry(listing, root, below, names.items[i], depth, err) < 0)
            return -1;
    return 0;
}

static int copy_one(const char *from_dir, const char *to_dir, const char *name, struct error *err)
{
    auto_free char *from = path_join(from_dir, name);
    auto_free char *to = path_join(to_dir, name);
    auto_free char *parent = path_dirname(to);

    return fs_mkdir_all(parent, err) < 0 ? -1 : fs_copy_file(from, to, err);
}

static int patch(const char *dir, const char *file, struct error *err)
{
    const char *const words[] = {"patch",   "-p1", "--silent", "--no-backup-if-mismatch",
                                 "--input", file,  NULL};
    struct process process = {.argv = (char *const *)words, .dir = dir};
    int status;

    if (!fs_is_file(file))
        return error_set(err, ERROR_FAILURE, "there is no patch %s", file);
    if (process_run(&process, &status, err) < 0)
        return -1;
    if (status != 0)
        return error_set(err, ERROR_FAILURE, "the patch %s does not apply", file);
    return 0;
}

/* The whole copy, without its build file, in the new directory DIR. */
static int fill(const struct vendored *vendored, const char *dir, struct error *err)
{
    struct listing listing = {vendored, STRV_INIT};
    int result = list_dir(&listing, vendored->source, "", 0, err);

    for (size_t i = 0; result == 0 && i < listing.files.len; i++)
        result = process_interrupted()
                     ? error_set(err, ERROR_FAILURE, "interrupted")
                     : copy_one(vendored->source, dir, listing.files.items[i], err);
    for (size_t i = 0; result == 0 && i < vendored->patches.len; i++)
        result = patch(dir, vendored->patches.items[i], err);
    strv_release(&listing.files);
    return result;
}

/* Answers 1 if both files have the same bytes and are both programs or both not. */
static int same_file(const char *one, const char *other, struct error *err)
{
    auto_mapping a = MAPPING_INIT;
    auto_mapping b = MAPPING_INIT;

    if (mapping_open(one, &a, err) < 0 || mapping_open(other, &b, err) < 0)
        return -1;
    return a.len == b.len && ((a.stat.st_mode ^ b.stat.st_mode) & S_IXUSR) == 0 &&
           memcmp(a.data, b.data, a.len) == 0;
}

static int same_tree(const struct vendored *vendored, const char *source, struct error *err)
{
    const struct vendored whole = {.is_published = true};
    struct listing wanted = {vendored, STRV_INIT};
    struct listing present = {&whole, STRV_INIT};
    int result = -1;

    if (list_dir(&wanted, source, "", 0, err) == 0 &&
        list_dir(&present, vendored->place, "", 0, err) == 0)
        result = wanted.files.len == present.files.len;
    for (size_t i = 0; result == 1 && i < wanted.files.len; i++) {
        auto_free char *one = path_join(source, wanted.files.items[i]);
        auto_free char *other = path_join(vendored->place, wanted.files.items[i]);
        result = strcmp(wanted.files.items[i], present.files.items[i]) == 0
                     ? same_file(one, other, err)
                     : 0;
    }
    strv_release(&wanted.files);
    strv_release(&present.files);
    return result;
}

int vendored_is_fresh(const struct vendored *vendored, struct error *err)
{
    auto_free char *build_file = path_join(vendored->place, BUILD_FILE);
    auto_mapping build = MAPPING_INIT;
    auto_temp_dir temp = TEMP_DIR_INIT;

    if (!fs_is_file(build_file))
        return 0;
    if (mapping_open(build_file, &build, err) < 0)
        return -1;
    if (build.len != strlen(vendored->build) || memcmp(build.data, vendored->build, build.len) != 0)
        return 0;
    if (vendored->patches.len == 0)
        return same_tree(vendored, vendored->source, err);
    const char *place = getenv("TMPDIR");
    if (temp_dir_create(place && *place ? place : "/tmp", &temp, err) < 0 ||
        fill(vendored, temp.path, err) < 0)
        return -1;
    return same_tree(vendored, temp.path, err);
}

int vendored_make(const struct vendored *vendored, struct error *err)
{
    auto_free char *build_file = path_join(vendored->place, BUILD_FILE);
    auto_free char *parent = path_dirname(vendored->place);
    auto_temp_dir temp = TEMP_DIR_INIT;

    if (fs_exists(vendored->place) && !vendor_is_generated(build_file))
        return error_set(err, ERROR_REFUSED,
                         "%s is there and was not generated; remove it, or give another -o",
                         vendored->place);
    if (fs_mkdir_all(parent, err) < 0 || temp_dir_create(parent, &temp, err) < 0)
        return -1;
    auto_free char *copy = path_join(temp.path, path_basename(vendored->place));
    auto_free char *new_build = path_join(copy, BUILD_FILE);
    if (fs_mkdir_all(copy, err) < 0 || fill(vendored, copy, err) < 0 ||
        fs_write_file(new_build, vendored->build, strlen(vendored->build), err) < 0)
        return -1;
    return fs_replace(copy, vendored->place, err);
}
