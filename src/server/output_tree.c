/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/output_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/strv.h"
#include "reapi/digest_set.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "server/answers.h"

/* Fields of Directory and Tree. */
enum { FIELD_FILES = 1, FIELD_DIRECTORIES = 2, FIELD_SYMLINKS = 3 };
enum { FIELD_ROOT = 1, FIELD_CHILDREN = 2 };

/* ---- what can be wrong ---- */

int output_fail_errno(const struct output_sink *sink, const char *path)
{
    static const struct {
        int errnum;
        enum rpc_code code;
    } codes[] = {
        {EMFILE, RPC_UNAVAILABLE},        {ENFILE, RPC_UNAVAILABLE}, {ENOMEM, RPC_UNAVAILABLE},
        {ENOSPC, RPC_RESOURCE_EXHAUSTED}, {EIO, RPC_UNAVAILABLE},
    };
    enum rpc_code code = RPC_FAILED_PRECONDITION;
    auto_error err = ERROR_INIT;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].errnum == errno)
            code = codes[i].code;
    error_set_errno(&err, errno, "cannot read the output %.500s", path);
    return rpc_status_set(sink->status, code, "%s", err.text);
}

int output_refuse_kind(const struct output_sink *sink, mode_t mode, const char *path)
{
    static const struct {
        mode_t type;
        const char *name;
    } kinds[] = {
        {S_IFIFO, "a pipe"},   {S_IFSOCK, "a socket"}, {S_IFCHR, "a device"},
        {S_IFBLK, "a device"}, {S_IFREG, "a file"},    {S_IFDIR, "a directory"},
    };
    const char *name = "of an unknown kind";

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == (mode & S_IFMT))
            name = kinds[i].name;
    return rpc_status_set(sink->status, RPC_FAILED_PRECONDITION,
                          "the output %.500s is %s, which was not declared as one or cannot be "
                          "an output",
                          path, name);
}

static int refuse(const struct output_sink *sink, const char *path, const char *text)
{
    return rpc_status_set(sink->status, RPC_FAILED_PRECONDITION, "the output directory %.500s %s",
                          path, text);
}

/* ---- one file, one link ---- */

/* What an action has made unreadable for its own user is ours to make readable again. */
static int open_readable(int dir_fd, const char *name, int flags, mode_t mode)
{
    int all = flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = openat(dir_fd, name, all);

    if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, mode, 0) == 0)
        fd = openat(dir_fd, name, all);
    return fd;
}

int output_file_store(const struct output_sink *sink, int dir_fd, const char *name,
                      const char *path, struct blob_digest *ret_digest)
{
    auto_fd int fd = open_readable(dir_fd, name, 0, 0600);
    auto_error err = ERROR_INIT;

    if (fd < 0)
        return output_fail_errno(sink, path);
    int answer = store_put_file(sink->store, fd, ret_digest, &err);
    if (answer != 0 && answer != STORE_PRESENT)
        return status_of_answer(sink->status, answer, &err);
    return 0;
}

int output_link_read(const struct output_sink *sink, int dir_fd, const char *name, const char *path,
                     char **ret_target)
{
    char target[LIMIT_SYMLINK_TARGET + 1];
    ssize_t len = readlinkat(dir_fd, name, target, sizeof(target));

    if (len < 0)
        return output_fail_errno(sink, path);
    if ((size_t)len == sizeof(target))
        return refuse(sink, path, "has a link whose target is too long");
    *ret_target = xstrndup(target, (size_t)len);
    return 0;
}

/* ---- directories ---- */

/* A directory that is being read: the packed fields of its message so far. */
struct frame {
    int fd;
    struct strv names; /* sorted */
    size_t next;
    size_t path_len;
    struct buf files, directories, symlinks;
};

struct walk {
    const struct output_sink *sink;
    struct frame stack[LIMIT_TREE_DEPTH];
    size_t depth;
    struct buf path; /* as errors call it */
    size_t nodes, bytes;
    struct buf *children; /* packed, each once, before those that hold it */
    size_t len, cap;
    struct digest_set seen; /* the children's digests */
    struct buf root;
    struct output_tree result;
};

static int put(struct walk *walk, const struct buf *bytes, struct blob_digest *ret_digest)
{
    auto_error err = ERROR_INIT;

    blob_digest_of(bytes->data, bytes->len, ret_digest);
    int answer = store_put(walk->sink->store, ret_digest, bytes->data, &err);
    if (answer != 0 && answer != STORE_PRESENT)
        return status_of_answer(walk->sink->status, answer, &err);
    return 0;
}

static void add_node(struct buf *fields, unsigned field, const ProtobufCMessage *node)
{
    auto_buf bytes = BUF_INIT;

    message_pack(node, &bytes);
    message_add_field(fields, field, bytes.data, bytes.len);
}

static int list_names(int fd, struct strv *names)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);

    if (!dir) {
        fd_release(&copy);
        return -1;
    }
    for (struct dirent *entry; errno = 0, (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_push(names, entry->d_name);
    int errnum = errno;
    closedir(dir);
    strv_sort(names);
    errno = errnum;
    return errnum ? -1 : 0;
}

static int enter(struct walk *walk, int dir_fd, const char *name)
{
    if (walk->depth == LIMIT_TREE_DEPTH)
        return refuse(walk->sink, walk->path.data, "lies too deep");
    int fd = open_readable(dir_fd, name, O_DIRECTORY, 0700);
    if (fd < 0)
        return output_fail_errno(walk->sink, walk->path.data);
    struct frame *frame = &walk->stack[walk->depth++];
    *frame = (struct frame){fd, STRV_INIT, 0, walk->path.len, BUF_INIT, BUF_INIT, BUF_INIT};
    if (list_names(fd, &frame->names) < 0)
        return output_fail_errno(walk->sink, walk->path.data);
    walk->nodes += 1 + frame->names.len;
    return walk->nodes > LIMIT_TREE_NODES
               ? refuse(walk->sink, walk->path.data, "is part of a tree with too many files")
               : 0;
}

static void frame_release(struct frame *frame)
{
    fd_release(&frame->fd);
    strv_release(&frame->names);
    buf_release(&frame->files);
    buf_release(&frame->directories);
    buf_release(&frame->symlinks);
}

static int add_file(struct walk *walk, struct frame *frame, const char *name, mode_t mode)
{
    Reapi__FileNode node = REAPI__FILE_NODE__INIT;
    struct digest_message message;
    struct blob_digest digest;

    if (output_file_store(walk->sink, frame->fd, name, walk->path.data, &digest) < 0)
        return -1;
    node.name = (char *)name;
    node.digest = digest_message_set(&message, &digest);
    node.is_executable = (mode & 0111) != 0;
    add_node(&frame->files, FIELD_FILES, &node.base);
    return 0;
}

static int add_link(struct walk *walk, struct frame *frame, const char *name)
{
    Reapi__SymlinkNode node = REAPI__SYMLINK_NODE__INIT;
    auto_free char *target = NULL;

    if (output_link_read(walk->sink, frame->fd, name, walk->path.data, &target) < 0)
        return -1;
    node.name = (char *)name;
    node.target = target;
    add_node(&frame->symlinks, FIELD_SYMLINKS, &node.base);
    return 0;
}

static int add_entry(struct walk *walk, struct frame *frame, const char *name)
{
    struct stat st;

    buf_set_len(&walk->path, frame->path_len);
    buf_addf(&walk->path, "/%s", name);
    if (fstatat(frame->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return output_fail_errno(walk->sink, walk->path.data);
    if (S_ISREG(st.st_mode))
        return add_file(walk, frame, name, st.st_mode);
    if (S_ISLNK(st.st_mode))
        return add_link(walk, frame, name);
    if (S_ISDIR(st.st_mode))
        return enter(walk, frame->fd, name);
    return output_refuse_kind(walk->sink, st.st_mode, walk->path.data);
}

/* Adds the packed directory to the tree's children, unless it is there. Takes BYTES. */
static void add_child(struct walk *walk, struct buf *bytes, const struct blob_digest *digest)
{
    size_t before = walk->seen.len;

    digest_set_add(&walk->seen, digest);
    if (walk->seen.len == before) {
        buf_release(bytes);
        return;
    }
    grow_for_one(walk->children, walk->len, walk->cap);
    walk->children[walk->len++] = *bytes;
    walk->bytes += bytes->len;
}

static void name_in_parent(struct walk *walk, const struct blob_digest *digest)
{
    struct frame *parent = &walk->stack[walk->depth - 1];
    Reapi__DirectoryNode node = REAPI__DIRECTORY_NODE__INIT;
    struct digest_message message;

    node.name = parent->names.items[parent->next - 1];
    node.digest = digest_message_set(&message, digest);
    add_node(&parent->directories, FIELD_DIRECTORIES, &node.base);
}

/* All of the directory at the top has been read. */
static int leave(struct walk *walk)
{
    struct frame *frame = &walk->stack[--walk->depth];
    struct buf bytes = frame->files;
    struct blob_digest digest;

    frame->files = (struct buf)BUF_INIT;
    buf_add(&bytes, frame->directories.data, frame->directories.len);
    buf_add(&bytes, frame->symlinks.data, frame->symlinks.len);
    frame_release(frame);
    blob_digest_of(bytes.data, bytes.len, &digest);
    if (walk->sink->keep_directories && put(walk, &bytes, &digest) < 0) {
        buf_release(&bytes);
        return -1;
    }
    if (walk->depth == 0) {
        walk->root = bytes;
        walk->result.root = digest;
        return 0;
    }
    name_in_parent(walk, &digest);
    add_child(walk, &bytes, &digest);
    return walk->bytes > LIMIT_TREE
               ? refuse(walk->sink, walk->path.data, "is part of a tree with too many files")
               : 0;
}

static int walk_all(struct walk *walk)
{
    while (walk->depth > 0) {
        struct frame *frame = &walk->stack[walk->depth - 1];
        int result = frame->next < frame->names.len
                         ? add_entry(walk, frame, frame->names.items[frame->next++])
                         : leave(walk);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* The children came after those that they hold: backwards, parents come first. */
static int put_tree(struct walk *walk)
{
    auto_buf tree = BUF_INIT;

    message_add_field(&tree, FIELD_ROOT, walk->root.data, walk->root.len);
    for (size_t i = walk->len; i-- > 0;)
        message_add_field(&tree, FIELD_CHILDREN, walk->children[i].data, walk->children[i].len);
    if (tree.len > LIMIT_TREE)
        return refuse(walk->sink, walk->path.data, "has too many files");
    return put(walk, &tree, &walk->result.tree);
}

static void walk_release(struct walk *walk)
{
    while (walk->depth > 0)
        frame_release(&walk->stack[--walk->depth]);
    for (size_t i = 0; i < walk->len; i++)
        buf_release(&walk->children[i]);
    free(walk->children);
    digest_set_release(&walk->seen);
    buf_release(&walk->root);
    buf_release(&walk->path);
}

int output_tree_store(const struct output_sink *sink, int dir_fd, const char *name,
                      const char *path, struct output_tree *ret_tree)
{
    struct walk walk = {.sink = sink, .path = BUF_INIT, .root = BUF_INIT, .seen = DIGEST_SET_INIT};

    buf_add_str(&walk.path, path);
    int result = enter(&walk, dir_fd, name);
    if (result == 0)
        result = walk_all(&walk);
    buf_reset(&walk.path);
    buf_add_str(&walk.path, path);
    if (result == 0)
        result = put_tree(&walk);
    if (result == 0)
        *ret_tree = walk.result;
    walk_release(&walk);
    return result;
}
