/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/merkle.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "proto/reapi.pb-c.h"
#include "reapi/messages.h"

enum kind { DIRECTORY, FILE_NODE, SYMLINK };

struct merkle_node {
    char *name;
    enum kind kind;
    struct blob_digest digest; /* of a file */
    bool executable;
    char *target;                  /* of a symlink */
    struct merkle_node **children; /* of a directory */
    size_t len, cap;
};

/* ---- nodes ---- */

static void node_free(struct merkle_node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->len; i++)
        node_free(node->children[i]);
    free(node->children);
    free(node->name);
    free(node->target);
    free(node);
}

void merkle_init(struct merkle *merkle, struct payload *payload)
{
    *merkle = (struct merkle){.payload = payload};
    merkle->root = xcalloc(1, sizeof(*merkle->root));
}

void merkle_release(struct merkle *merkle)
{
    node_free(merkle->root);
    merkle->root = NULL;
}

/* The place of the name among the sorted children: of the child, or where it belongs. */
static size_t place_of(const struct merkle_node *parent, const char *name, size_t len,
                       bool *ret_found)
{
    size_t low = 0, high = parent->len;

    *ret_found = false;
    while (low < high && !*ret_found) {
        size_t middle = low + (high - low) / 2;
        const char *other = parent->children[middle]->name;
        int order = strncmp(other, name, len);
        if (order == 0 && other[len])
            order = 1;
        *ret_found = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return *ret_found ? high : low;
}

/* The child of that name, made as KIND where there is none. */
static int get_child(struct merkle *merkle, struct merkle_node *parent, const char *name,
                     size_t len, enum kind kind, struct merkle_node **ret_child, struct error *err)
{
    bool found;
    size_t place = place_of(parent, name, len, &found);

    if (found) {
        *ret_child = parent->children[place];
        return 0;
    }
    if (len > LIMIT_NAME)
        return error_set(err, ERROR_REFUSED, "the name %.*s has more than %d bytes", LIMIT_NAME,
                         name, LIMIT_NAME);
    if (++merkle->nodes > LIMIT_TREE_NODES)
        return error_set(err, ERROR_REFUSED, "the inputs are more than %d files and directories",
                         LIMIT_TREE_NODES);
    struct merkle_node *child = xcalloc(1, sizeof(*child));
    child->name = xstrndup(name, len);
    child->kind = kind;
    grow_for_one(parent->children, parent->len, parent->cap);
    memmove(&parent->children[place + 1], &parent->children[place],
            (parent->len - place) * sizeof(*parent->children));
    parent->children[place] = child;
    parent->len++;
    *ret_child = child;
    return 0;
}

static int refuse_clash(const char *path, struct error *err)
{
    return error_set(err, ERROR_REFUSED, "the input %s is given twice, as two different things",
                     path);
}

/* The directory of that path, made where it isn't there. PATH is clean, "." the root. */
static int get_directory(struct merkle *merkle, const char *path, size_t len,
                         struct merkle_node **ret_node, struct error *err)
{
    struct merkle_node *node = merkle->root;
    size_t depth = 0;

    for (size_t at = 0; at < len && !(len == 1 && *path == '.');) {
        size_t part = strcspn(path + at, "/");
        if (++depth > LIMIT_TREE_DEPTH)
            return error_set(err, ERROR_REFUSED, "the input %s lies deeper than %d directories",
                             path, LIMIT_TREE_DEPTH);
        if (get_child(merkle, node, path + at, part, DIRECTORY, &node, err) < 0)
            return -1;
        if (node->kind != DIRECTORY)
            return refuse_clash(path, err);
        at += part + (path[at + part] == '/');
    }
    *ret_node = node;
    return 0;
}

/* ---- what is on the disk ---- */

static int add_entry(struct merkle *merkle, struct merkle_node *parent, const char *dir,
                     const char *path, size_t depth, struct error *err);

static int read_link(const char *file, char **ret_target, struct error *err)
{
    auto_free char *target = xmalloc(LIMIT_SYMLINK_TARGET + 1);
    ssize_t len = readlink(file, target, LIMIT_SYMLINK_TARGET + 1);

    if (len < 0)
        return error_set_errno(err, errno, "cannot read the link %s", file);
    if (len > LIMIT_SYMLINK_TARGET)
        return error_set(err, ERROR_REFUSED, "the target of the link %s is longer than %d bytes",
                         file, LIMIT_SYMLINK_TARGET);
    *ret_target = xstrndup(target, (size_t)len);
    return 0;
}

/* Sets a node that is new, or compares it with what it was. */
static int set_file(struct merkle *merkle, struct merkle_node *node, bool is_new, const char *file,
                    mode_t mode, struct error *err)
{
    struct blob_digest digest;
    bool executable = (mode & 0111) != 0;

    if (payload_add_file(merkle->payload, file, &digest, err) < 0)
        return -1;
    if (!is_new && (node->kind != FILE_NODE || node->executable != executable ||
                    !blob_digest_equal(&node->digest, &digest)))
        return refuse_clash(file, err);
    node->digest = digest;
    node->executable = executable;
    return 0;
}

static int set_link(struct merkle_node *node, bool is_new, const char *file, struct error *err)
{
    auto_free char *target = NULL;

    if (read_link(file, &target, err) < 0)
        return -1;
    if (!is_new && (node->kind != SYMLINK || strcmp(node->target, target) != 0))
        return refuse_clash(file, err);
    free(node->target);
    node->target = target;
    target = NULL;
    return 0;
}

/* DIR/PATH is a directory, and NODE is what becomes of it. */
static int add_content(struct merkle *merkle, struct merkle_node *node, const char *dir,
                       const char *path, size_t depth, struct error *err)
{
    auto_free char *place = path_join(dir, path);
    auto_strv names = STRV_INIT;

    if (depth > LIMIT_TREE_DEPTH)
        return error_set(err, ERROR_REFUSED, "the input %s lies deeper than %d directories", path,
                         LIMIT_TREE_DEPTH);
    if (fs_list(place, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *below = path_join(path, names.items[i]);
        if (add_entry(merkle, node, dir, below, depth, err) < 0)
            return -1;
    }
    return 0;
}

static int add_entry(struct merkle *merkle, struct merkle_node *parent, const char *dir,
                     const char *path, size_t depth, struct error *err)
{
    auto_free char *file = path_join(dir, path);
    const char *name = path_basename(path);
    struct merkle_node *node = NULL;
    size_t before = merkle->nodes;
    struct stat st;

    if (lstat(file, &st) < 0)
        return error_set_errno(err, errno, "cannot find the input %s", file);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) && !S_ISDIR(st.st_mode))
        return error_set(err, ERROR_REFUSED,
                         "the input %s is a device, pipe or socket, which can't be uploaded", file);
    enum kind kind = S_ISDIR(st.st_mode) ? DIRECTORY : S_ISLNK(st.st_mode) ? SYMLINK : FILE_NODE;
    if (get_child(merkle, parent, name, strlen(name), kind, &node, err) < 0)
        return -1;
    bool is_new = merkle->nodes > before;
    if (kind == FILE_NODE)
        return set_file(merkle, node, is_new, file, st.st_mode, err);
    if (kind == SYMLINK)
        return set_link(node, is_new, file, err);
    if (node->kind != DIRECTORY)
        return refuse_clash(file, err);
    return add_content(merkle, node, dir, path, depth + 1, err);
}

static int check_path(const char *path, struct error *err)
{
    if (path_is_inside(path) && strlen(path) <= LIMIT_PATH)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "the input %.200s isn't a path below the input root: give a relative one "
                     "without .. in it",
                     path);
}

static size_t count_parts(const char *path)
{
    size_t count = 1;

    for (; *path; path++)
        count += *path == '/';
    return count;
}

int merkle_add(struct merkle *merkle, const char *dir, const char *path, struct error *err)
{
    auto_free char *clean = path_clean(path);
    struct merkle_node *parent = NULL;
    const char *slash = strrchr(clean, '/');

    if (check_path(path, err) < 0)
        return -1;
    if (strcmp(clean, ".") == 0)
        return add_content(merkle, merkle->root, dir, ".", 0, err);
    if (get_directory(merkle, clean, slash ? (size_t)(slash - clean) : 0, &parent, err) < 0)
        return -1;
    return add_entry(merkle, parent, dir, clean, count_parts(clean), err);
}

int merkle_add_directory(struct merkle *merkle, const char *path, struct error *err)
{
    auto_free char *clean = path_clean(path);
    struct merkle_node *node = NULL;

    if (check_path(path, err) < 0)
        return -1;
    return get_directory(merkle, clean, strlen(clean), &node, err);
}

/* ---- messages ---- */

/* Fields of Directory. */
enum { FIELD_FILES = 1, FIELD_DIRECTORIES = 2, FIELD_SYMLINKS = 3 };

static void add_message(struct buf *fields, unsigned field, const ProtobufCMessage *node)
{
    auto_buf bytes = BUF_INIT;

    message_pack(node, &bytes);
    message_add_field(fields, field, bytes.data, bytes.len);
}

static void pack_file(const struct merkle_node *node, struct buf *fields)
{
    Reapi__FileNode file = REAPI__FILE_NODE__INIT;
    struct digest_message digest;

    file.name = node->name;
    file.digest = digest_message_set(&digest, &node->digest);
    file.is_executable = node->executable;
    add_message(fields, FIELD_FILES, &file.base);
}

static void pack_link(const struct merkle_node *node, struct buf *fields)
{
    Reapi__SymlinkNode link = REAPI__SYMLINK_NODE__INIT;

    link.name = node->name;
    link.target = node->target;
    add_message(fields, FIELD_SYMLINKS, &link.base);
}

static void pack_directory(struct merkle *merkle, const struct merkle_node *node,
                           struct blob_digest *ret_digest)
{
    auto_buf files = BUF_INIT, directories = BUF_INIT, links = BUF_INIT;

    for (size_t i = 0; i < node->len; i++) {
        const struct merkle_node *child = node->children[i];
        if (child->kind == FILE_NODE) {
            pack_file(child, &files);
        } else if (child->kind == SYMLINK) {
            pack_link(child, &links);
        } else {
            Reapi__DirectoryNode message = REAPI__DIRECTORY_NODE__INIT;
            struct digest_message digest_message;
            struct blob_digest digest;
            pack_directory(merkle, child, &digest);
            message.name = child->name;
            message.digest = digest_message_set(&digest_message, &digest);
            add_message(&directories, FIELD_DIRECTORIES, &message.base);
        }
    }
    buf_add(&files, directories.data, directories.len);
    buf_add(&files, links.data, links.len);
    payload_add_bytes(merkle->payload, &files, ret_digest);
}

void merkle_finish(struct merkle *merkle, struct blob_digest *ret_root)
{
    pack_directory(merkle, merkle->root, ret_root);
}
