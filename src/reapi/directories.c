/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/directories.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "reapi/messages.h"
#include "store/blob_message.h"
#include "store/tree.h"

void directories_release(struct directories *directories)
{
    for (size_t i = 0; i < directories->digests.len; i++)
        reapi__directory__free_unpacked(directories->items[i], NULL);
    free(directories->items);
    digest_set_release(&directories->digests);
    *directories = (struct directories)DIRECTORIES_INIT;
}

/* Takes the directory. */
static void add(struct directories *directories, const struct blob_digest *digest,
                Reapi__Directory *directory)
{
    size_t before = directories->digests.len;

    digest_set_add(&directories->digests, digest);
    if (directories->digests.len == before) {
        reapi__directory__free_unpacked(directory, NULL);
        return;
    }
    grow_for_one(directories->items, before, directories->cap);
    directories->items[before] = directory;
}

/* ---- where they come from ---- */

static int take(void *user, const struct blob_digest *digest, const struct buf *bytes,
                struct error *err)
{
    Reapi__Directory *directory = NULL;
    char name[BLOB_NAME_SIZE];

    if (directory_parse(bytes->data, bytes->len, &directory, err) < 0)
        return error_prefix(err, "the directory %s", blob_name(digest, name));
    add(user, digest, directory);
    return 0;
}

/* The directories below those from FROM on that aren't there yet. */
static int find_next(const struct directories *directories, size_t from, struct digest_set *next,
                     struct error *err)
{
    for (size_t i = from; i < directories->digests.len; i++) {
        const Reapi__Directory *directory = directories->items[i];
        for (size_t k = 0; k < directory->n_directories; k++) {
            struct blob_digest digest;
            if (blob_from_message(directory->directories[k]->digest, &digest, err) < 0)
                return -1;
            if (!digest_set_find(&directories->digests, &digest, NULL))
                digest_set_add(next, &digest);
        }
    }
    return 0;
}

int directories_fetch(struct directories *directories, struct client *client,
                      const struct blob_digest *root, struct error *err)
{
    auto_digest_set next = DIGEST_SET_INIT;
    int result = 0;

    directories->root = *root;
    digest_set_add(&next, root);
    for (size_t depth = 0; result == 0 && next.len > 0; depth++) {
        size_t from = directories->digests.len;
        if (depth > LIMIT_TREE_DEPTH || from > LIMIT_TREE_NODES)
            return error_set(err, ERROR_REMOTE, "the tree is too deep or has too many directories");
        result = client_read_blobs(client, &next, LIMIT_DIRECTORY, take, directories, err);
        digest_set_release(&next);
        if (result == 0)
            result = find_next(directories, from, &next, err);
    }
    return result;
}

/* As it was packed: a message that had unknown fields has another digest, and isn't found. */
static void add_repacked(struct directories *directories, Reapi__Directory **place,
                         struct blob_digest *ret_digest)
{
    auto_buf bytes = BUF_INIT;

    message_pack(&(*place)->base, &bytes);
    blob_digest_of(bytes.data, bytes.len, ret_digest);
    add(directories, ret_digest, *place);
    *place = NULL;
}

int directories_from_tree(struct directories *directories, const void *data, size_t len,
                          struct error *err)
{
    auto_tree *tree = NULL;
    struct blob_digest digest;

    if (tree_parse(data, len, &tree, err) < 0)
        return -1;
    add_repacked(directories, &tree->root, &directories->root);
    for (size_t i = tree->n_children; i-- > 0;) {
        add_repacked(directories, &tree->children[i], &digest);
        tree->n_children = i;
    }
    return 0;
}

const Reapi__Directory *directories_get(const struct directories *directories,
                                        const Reapi__Digest *message)
{
    auto_error ignored = ERROR_INIT;
    struct blob_digest digest;
    size_t place = 0;

    if (blob_from_message(message, &digest, &ignored) < 0 ||
        !digest_set_find(&directories->digests, &digest, &place))
        return NULL;
    return directories->items[place];
}

/* ---- walking ---- */

struct walk {
    const struct directories *directories;
    directories_visit_fn *visit;
    void *user;
    struct buf path;
    size_t nodes, depth;
};

static int walk_directory(struct walk *walk, const Reapi__Directory *directory, struct error *err);

static int check_limits(struct walk *walk, struct error *err)
{
    if (++walk->nodes <= LIMIT_TREE_NODES && walk->path.len <= LIMIT_PATH)
        return 0;
    return error_set(err, ERROR_REMOTE, "the tree is too large at %.200s", walk->path.data);
}

static int walk_child(struct walk *walk, const Reapi__DirectoryNode *node, struct error *err)
{
    const Reapi__Directory *child = directories_get(walk->directories, node->digest);

    if (!child)
        return error_set(err, ERROR_REMOTE, "the tree lacks its directory %.200s", walk->path.data);
    if (walk->depth == LIMIT_TREE_DEPTH)
        return error_set(err, ERROR_REMOTE, "the tree is too deep at %.200s", walk->path.data);
    if (walk->visit(walk->user, walk->path.data, NULL, NULL, node, err) < 0)
        return -1;
    return walk_directory(walk, child, err);
}

/* Puts the name behind the path, whose length before it is LEN. */
static int step_to(struct walk *walk, size_t len, const char *name, struct error *err)
{
    buf_set_len(&walk->path, len);
    buf_addf(&walk->path, "%s%s", len ? "/" : "", name);
    return check_limits(walk, err);
}

static int walk_directory(struct walk *walk, const Reapi__Directory *directory, struct error *err)
{
    size_t len = walk->path.len;

    walk->depth++;
    for (size_t i = 0; i < directory->n_files; i++)
        if (step_to(walk, len, directory->files[i]->name, err) < 0 ||
            walk->visit(walk->user, walk->path.data, directory->files[i], NULL, NULL, err) < 0)
            return -1;
    for (size_t i = 0; i < directory->n_symlinks; i++)
        if (step_to(walk, len, directory->symlinks[i]->name, err) < 0 ||
            walk->visit(walk->user, walk->path.data, NULL, directory->symlinks[i], NULL, err) < 0)
            return -1;
    for (size_t i = 0; i < directory->n_directories; i++)
        if (step_to(walk, len, directory->directories[i]->name, err) < 0 ||
            walk_child(walk, directory->directories[i], err) < 0)
            return -1;
    buf_set_len(&walk->path, len);
    walk->depth--;
    return 0;
}

int directories_walk(const struct directories *directories, directories_visit_fn *visit, void *user,
                     struct error *err)
{
    struct walk walk = {directories, visit, user, BUF_INIT, 0, 0};
    size_t place = 0;
    int result = 0;

    if (digest_set_find(&directories->digests, &directories->root, &place))
        result = walk_directory(&walk, directories->items[place], err);
    buf_release(&walk.path);
    return result;
}
