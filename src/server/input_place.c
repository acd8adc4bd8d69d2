/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/input_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "reapi/details.h"
#include "reapi/limits.h"
#include "server/answers.h"
#include "store/blob_message.h"

#define COPY_CHUNK (1u << 20)

/* Between a look at the number of an inode's links and ours, others make some. */
#define LINK_TRIES 3

/* ---- one file ---- */

static mode_t mode_of(const Reapi__FileNode *file)
{
    return file->is_executable ? 0555 : 0444;
}

static int make_file(const Reapi__FileNode *file, int dir_fd, int *ret_fd, struct error *err)
{
    int fd = openat(dir_fd, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_of(file));

    if (fd < 0)
        return error_set_errno(err, errno, "cannot make the input %s", file->name);
    *ret_fd = fd;
    return 0;
}

int input_place_link(struct store *store, const Reapi__FileNode *file,
                     const struct blob_digest *digest, int dir_fd, struct error *err)
{
    if (blob_digest_equal(digest, &blob_empty)) {
        auto_fd int fd = -1;
        return make_file(file, dir_fd, &fd, err);
    }
    for (int i = 0; i < LINK_TRIES; i++) {
        auto_free char *path = NULL;
        int answer = store_blob_path(store, digest, file->is_executable, &path, err);
        if (answer != 0)
            return answer;
        if (linkat(AT_FDCWD, path, dir_fd, file->name, 0) == 0)
            return 0;
        if (errno != EMLINK && errno != ENOENT)
            break;
    }
    return error_set_errno(err, errno, "cannot link the input %s", file->name);
}

/* A reflink where the file system has them. */
static int copy_all(int from, int to, const char *name, struct error *err)
{
    ssize_t copied;

    do
        copied = copy_file_range(from, NULL, to, NULL, COPY_CHUNK, 0);
    while (copied > 0);
    if (copied == 0)
        return 0;
    do
        copied = sendfile(to, from, NULL, COPY_CHUNK);
    while (copied > 0);
    return copied < 0 ? error_set_errno(err, errno, "cannot copy the input %s", name) : 0;
}

int input_place_copy(struct store *store, const Reapi__FileNode *file,
                     const struct blob_digest *digest, int dir_fd, struct error *err)
{
    auto_fd int from = -1;
    auto_fd int to = -1;
    int answer = store_open_blob(store, digest, &from, err);

    if (answer != 0)
        return answer;
    if (make_file(file, dir_fd, &to, err) < 0)
        return -1;
    return copy_all(from, to, file->name, err);
}

/* ---- a tree ---- */

struct placer {
    const struct input_tree *tree;
    input_place_fn *place;
    struct digest_set missing;
    struct rpc_status *status;
    struct {
        const struct input_dir *dir;
        size_t next; /* of its children */
        int fd;
    } stack[LIMIT_TREE_DEPTH];
    size_t depth;
};

static int fail_errno(struct placer *placer, const char *what, const char *name)
{
    auto_error err = ERROR_INIT;
    enum rpc_code code = errno == ENOSPC || errno == EDQUOT   ? RPC_RESOURCE_EXHAUSTED
                         : errno == EMFILE || errno == ENFILE ? RPC_UNAVAILABLE
                                                              : RPC_INTERNAL;

    error_set_errno(&err, errno, "cannot make the input %s %s", what, name);
    return rpc_status_set(placer->status, code, "%s", err.text);
}

static int place_files(struct placer *placer, const Reapi__Directory *message, int fd)
{
    for (size_t i = 0; i < message->n_files; i++) {
        auto_error err = ERROR_INIT;
        struct blob_digest digest;
        if (blob_from_message(message->files[i]->digest, &digest, &err) < 0)
            return rpc_status_set(placer->status, RPC_INVALID_ARGUMENT, "%s", err.text);
        int answer = placer->place(placer->tree->store, message->files[i], &digest, fd, &err);
        if (answer == STORE_ABSENT)
            digest_set_add(&placer->missing, &digest);
        else if (answer != 0)
            return status_of_answer(placer->status, answer, &err);
    }
    return 0;
}

static int place_links(struct placer *placer, const Reapi__Directory *message, int fd)
{
    for (size_t i = 0; i < message->n_symlinks; i++)
        if (symlinkat(message->symlinks[i]->target, fd, message->symlinks[i]->name) < 0)
            return fail_errno(placer, "link", message->symlinks[i]->name);
    return 0;
}

/* Takes FD, too when it fails. */
static int enter(struct placer *placer, const struct input_dir *dir, int fd)
{
    placer->stack[placer->depth].dir = dir;
    placer->stack[placer->depth].next = 0;
    placer->stack[placer->depth++].fd = fd;
    if (place_files(placer, dir->message, fd) < 0)
        return -1;
    return place_links(placer, dir->message, fd);
}

static int enter_child(struct placer *placer, int parent_fd, const char *name,
                       const struct input_dir *child)
{
    if (mkdirat(parent_fd, name, 0755) < 0)
        return fail_errno(placer, "directory", name);
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(placer, "directory", name);
    return enter(placer, child, fd);
}

static int place_rest(struct placer *placer)
{
    while (placer->depth > 0) {
        const struct input_dir *dir = placer->stack[placer->depth - 1].dir;
        size_t next = placer->stack[placer->depth - 1].next++;
        int fd = placer->stack[placer->depth - 1].fd;
        if (next == input_dir_count(dir)) {
            fd_release(&placer->stack[--placer->depth].fd);
            continue;
        }
        if (dir->children[next]->is_cut)
            continue;
        if (enter_child(placer, fd, dir->message->directories[next]->name, dir->children[next]) < 0)
            return -1;
    }
    return 0;
}

int input_place(const struct input_tree *tree, const struct input_dir *dir, const char *path,
                input_place_fn *place, struct rpc_status *status)
{
    struct placer placer = {
        .tree = tree, .place = place, .missing = DIGEST_SET_INIT, .status = status};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int result = fd < 0 ? fail_errno(&placer, "directory", path) : enter(&placer, dir, fd);

    if (result == 0)
        result = place_rest(&placer);
    if (result == 0 && placer.missing.len > 0)
        result = status_missing_blobs(status, placer.missing.items, placer.missing.len);
    while (placer.depth > 0)
        fd_release(&placer.stack[--placer.depth].fd);
    digest_set_release(&placer.missing);
    return result;
}
