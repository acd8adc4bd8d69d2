/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/result_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "reapi/limits.h"
#include "reapi/result_tree.h"
#include "store/blob_message.h"

/* A directory that is being written beside its place. */
struct place {
    struct temp_dir temp;
    char *made, *path; /* where it is now, and where it goes */
};

struct writing {
    struct client *client;
    const char *dir;
    const struct strv *declared; /* NULL: anything */
    char *real_dir;              /* DIR without symlinks in it */
    struct result_tree tree;
    struct place *places;
    size_t len, cap;
    struct error *err;
};

static void writing_release(struct writing *writing)
{
    for (size_t i = 0; i < writing->len; i++) {
        temp_dir_release(&writing->places[i].temp);
        free(writing->places[i].made);
        free(writing->places[i].path);
    }
    free(writing->places);
    free(writing->real_dir);
    result_tree_release(&writing->tree);
}

/* ---- paths ---- */

static int check_path(const char *path, struct error *err)
{
    auto_free char *clean = path_clean(path);

    if (path_is_inside(path) && strcmp(clean, path) == 0 && strcmp(path, ".") != 0 &&
        strlen(path) <= LIMIT_PATH)
        return 0;
    return error_set(err, ERROR_REMOTE,
                     "the result has an output %.200s, which isn't a path below the working "
                     "directory",
                     path);
}

/* One directory above an output: made, or there, and not elsewhere. */
static int make_parent(struct writing *writing, const char *path)
{
    struct stat st;

    if (mkdir(path, 0777) == 0)
        return 0;
    if (errno != EEXIST)
        return error_set_errno(writing->err, errno, "cannot create the directory %s", path);
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    auto_free char *real = realpath(path, NULL);
    if (real && fs_is_dir(real) && path_below(real, writing->real_dir))
        return 0;
    return error_set(writing->err, ERROR_REFUSED,
                     "an output would be written through %s, which is no directory in %s", path,
                     writing->dir);
}

/* The path of an output here, whose parent directories are there. Owned by caller. */
static int make_place(struct writing *writing, const char *path, char **ret_place)
{
    if (check_path(path, writing->err) < 0)
        return -1;
    if (writing->declared && !strv_contains(writing->declared, path))
        return error_set(writing->err, ERROR_REMOTE,
                         "the result has an output %.200s, which wasn't asked for", path);
    char *place = path_join(writing->dir, path);
    size_t start = strlen(place) - strlen(path);
    for (char *slash = strchr(place + start, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int result = make_parent(writing, place);
        *slash = '/';
        if (result < 0) {
            free(place);
            return -1;
        }
    }
    *ret_place = place;
    return 0;
}

/* ---- what the result names ---- */

static int add_file(struct writing *writing, const Reapi__OutputFile *file)
{
    struct blob_digest digest;
    char *place = NULL;

    if (blob_from_message(file->digest, &digest, writing->err) < 0)
        return error_prefix(writing->err, "the output %.200s", file->path);
    if (make_place(writing, file->path, &place) < 0)
        return -1;
    if (fs_is_dir(place) && fs_remove_all(place, writing->err) < 0) {
        free(place);
        return -1;
    }
    result_tree_add_file(&writing->tree, place, &digest, file->is_executable);
    return 0;
}

static int add_directory(struct writing *writing, const Reapi__OutputDirectory *directory)
{
    struct blob_digest digest;
    struct place place = {TEMP_DIR_INIT, NULL, NULL};

    if (blob_from_message(directory->tree_digest, &digest, writing->err) < 0)
        return error_prefix(writing->err, "the output %.200s", directory->path);
    if (make_place(writing, directory->path, &place.path) < 0)
        return -1;
    auto_free char *parent = path_dirname(place.path);
    int result = temp_dir_create(parent, &place.temp, writing->err);
    grow_for_one(writing->places, writing->len, writing->cap);
    if (result == 0)
        place.made = path_join(place.temp.path, "made");
    writing->places[writing->len++] = place;
    if (result < 0)
        return -1;
    return result_tree_add(&writing->tree, writing->client, &digest, place.made, writing->err);
}

static int add_link(struct writing *writing, const Reapi__OutputSymlink *link)
{
    char *place = NULL;

    if (*link->target == '\0' || strlen(link->target) > LIMIT_SYMLINK_TARGET)
        return error_set(writing->err, ERROR_REMOTE,
                         "the result has a symlink %.200s with a target that is empty or too long",
                         link->path);
    if (make_place(writing, link->path, &place) < 0)
        return -1;
    result_tree_add_link(&writing->tree, place, link->target);
    return 0;
}

static int add_links(struct writing *writing, Reapi__OutputSymlink *const *links, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (add_link(writing, links[i]) < 0)
            return -1;
    return 0;
}

/* Newer services have all in output_symlinks, and the same again in the two older lists. */
static int add_all_links(struct writing *writing, const Reapi__ActionResult *result)
{
    if (result->n_output_symlinks > 0)
        return add_links(writing, result->output_symlinks, result->n_output_symlinks);
    if (add_links(writing, result->output_file_symlinks, result->n_output_file_symlinks) < 0)
        return -1;
    return add_links(writing, result->output_directory_symlinks,
                     result->n_output_directory_symlinks);
}

static int add_all(struct writing *writing, const Reapi__ActionResult *result)
{
    for (size_t i = 0; i < result->n_output_files; i++)
        if (add_file(writing, result->output_files[i]) < 0)
            return -1;
    for (size_t i = 0; i < result->n_output_directories; i++) {
        int answer = add_directory(writing, result->output_directories[i]);
        if (answer != 0)
            return answer;
    }
    return add_all_links(writing, result);
}

/* ---- writing ---- */

static int move_directories(struct writing *writing)
{
    for (size_t i = 0; i < writing->len; i++)
        if (fs_replace(writing->places[i].made, writing->places[i].path, writing->err) < 0)
            return -1;
    return 0;
}

static int write_all(struct writing *writing, const Reapi__ActionResult *result,
                     struct client_moved *moved)
{
    int answer = add_all(writing, result);

    if (answer == 0)
        answer = client_download(writing->client, writing->tree.files, writing->tree.file_count,
                                 moved, writing->err);
    if (answer == 0)
        answer = result_tree_make_links(&writing->tree, writing->err);
    return answer == 0 ? move_directories(writing) : answer;
}

int result_files_write(struct client *client, const Reapi__ActionResult *result, const char *dir,
                       const struct strv *declared, struct client_moved *moved, struct error *err)
{
    struct writing writing = {
        .client = client, .dir = dir, .declared = declared, .tree = RESULT_TREE_INIT, .err = err};

    if (fs_mkdir_all(dir, err) < 0)
        return -1;
    writing.real_dir = realpath(dir, NULL);
    int answer = writing.real_dir
                     ? write_all(&writing, result, moved)
                     : error_set_errno(err, errno, "cannot find the directory %s", dir);
    writing_release(&writing);
    return answer;
}

/* ---- stdout and stderr ---- */

int result_output_write(struct client *client, const ProtobufCBinaryData *raw,
                        const Reapi__Digest *digest, int fd, struct error *err)
{
    struct blob_digest found;

    if (raw->len > 0 || !digest) {
        if (fd_write_all(fd, raw->data, raw->len) < 0)
            return error_set_errno(err, errno, "cannot write what the action printed");
        return 0;
    }
    if (blob_from_message(digest, &found, err) < 0)
        return error_prefix(err, "what the action printed");
    return client_emit_blob(client, &found, fd, err);
}
