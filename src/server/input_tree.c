/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/input_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/details.h"
#include "server/answers.h"
#include "store/blob_message.h"
#include "store/tree.h"

/* A directory that is being read, and which of its children comes next. */
struct frame {
    struct input_dir *dir;
    size_t next;
};

struct reader {
    struct input_tree *tree;
    struct digest_set missing;
    struct frame stack[LIMIT_TREE_DEPTH];
    size_t depth;
    uint64_t entries; /* of all directories read, each once */
    struct rpc_status *status;
};

static struct blob_digest digest_of_message(const Reapi__Digest *message)
{
    struct blob_digest digest = blob_empty;
    auto_error err = ERROR_INIT;

    /* directory_parse has looked at it. */
    if (blob_from_message(message, &digest, &err) < 0)
        assert(false);
    return digest;
}

/* ---- the table of directories ---- */

static struct input_dir **slot_of(const struct input_tree *tree, const struct blob_digest *digest)
{
    size_t at;

    memcpy(&at, digest->hash.bytes, sizeof(at));
    for (at &= tree->slot_count - 1;; at = (at + 1) & (tree->slot_count - 1))
        if (!tree->slots[at] || blob_digest_equal(&tree->slots[at]->digest, digest))
            return &tree->slots[at];
}

static void grow_slots(struct input_tree *tree)
{
    struct input_dir **old = tree->slots;
    size_t count = tree->slot_count;

    tree->slot_count = count ? 2 * count : 64;
    tree->slots = xcalloc(tree->slot_count, sizeof(*tree->slots));
    for (size_t i = 0; i < count; i++)
        if (old[i])
            *slot_of(tree, &old[i]->digest) = old[i];
    free(old);
}

static struct input_dir *find_dir(const struct input_tree *tree, const struct blob_digest *digest)
{
    return tree->slot_count ? *slot_of(tree, digest) : NULL;
}

/* ---- reading ---- */

/* Returns 0 also for a blob that isn't there: it is counted among the missing. */
static int pin(struct reader *reader, const struct blob_digest *digest)
{
    struct input_tree *tree = reader->tree;
    auto_error err = ERROR_INIT;
    size_t before = tree->blobs.len;

    digest_set_add(&tree->blobs, digest);
    if (tree->blobs.len == before)
        return 0;
    int answer = store_pin(tree->store, digest, &err);
    if (answer == STORE_ABSENT) {
        digest_set_add(&reader->missing, digest);
        return 0;
    }
    if (answer != 0)
        return status_of_answer(reader->status, answer, &err);
    grow_for_one(tree->pinned, tree->pinned_len, tree->pinned_cap);
    tree->pinned[tree->pinned_len++] = *digest;
    return 0;
}

static int refuse(struct reader *reader, const struct input_dir *dir, const char *text)
{
    char name[BLOB_NAME_SIZE];

    return rpc_status_set(reader->status, RPC_INVALID_ARGUMENT, "the input directory %s %s",
                          blob_name(&dir->digest, name), text);
}

/* Leaves DIR's message NULL when the blob isn't there. */
static int read_message(struct reader *reader, struct input_dir *dir)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;

    if (pin(reader, &dir->digest) < 0)
        return -1;
    if (dir->digest.size > LIMIT_DIRECTORY)
        return refuse(reader, dir, "is too large");
    int answer = store_read_blob(reader->tree->store, &dir->digest, LIMIT_DIRECTORY, &bytes, &err);
    if (answer == STORE_ABSENT) {
        digest_set_add(&reader->missing, &dir->digest);
        return 0;
    }
    if (answer != 0)
        return status_of_answer(reader->status, answer, &err);
    if (directory_parse(bytes.data, bytes.len, &dir->message, &err) < 0)
        return refuse(reader, dir, err.text);
    return 0;
}

/* Also counts what a message adds, before there are too many of them. */
static int pin_files(struct reader *reader, struct input_dir *dir)
{
    const Reapi__Directory *message = dir->message;

    reader->entries += 1 + message->n_files + message->n_symlinks;
    if (reader->entries > LIMIT_TREE_NODES)
        return refuse(reader, dir, "is part of an input root with too many files");
    for (size_t i = 0; i < message->n_files; i++) {
        const struct blob_digest digest = digest_of_message(message->files[i]->digest);
        if (pin(reader, &digest) < 0)
            return -1;
    }
    return 0;
}

static int begin_dir(struct reader *reader, const struct blob_digest *digest,
                     struct input_dir **ret_dir)
{
    struct input_tree *tree = reader->tree;
    struct input_dir *dir = xcalloc(1, sizeof(*dir));

    dir->digest = *digest;
    if (2 * ++tree->known >= tree->slot_count)
        grow_slots(tree);
    *slot_of(tree, digest) = dir;
    if (reader->depth == LIMIT_TREE_DEPTH)
        return refuse(reader, dir, "lies too deep in the input root");
    if (read_message(reader, dir) < 0)
        return -1;
    if (dir->message) {
        dir->children = xcalloc(dir->message->n_directories + 1, sizeof(struct input_dir *));
        if (pin_files(reader, dir) < 0)
            return -1;
    }
    reader->stack[reader->depth++] = (struct frame){dir, 0};
    *ret_dir = dir;
    return 0;
}

static void at_least(size_t *most, size_t value)
{
    if (*most < value)
        *most = value;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void count_own(struct input_dir *dir)
{
    const Reapi__Directory *message = dir->message;

    dir->nodes = 1;
    dir->height = 1;
    if (!message)
        return;
    dir->nodes += message->n_files + message->n_symlinks;
    for (size_t i = 0; i < message->n_files; i++) {
        at_least(&dir->longest, strlen(message->files[i]->name));
        dir->own_bytes = sum(dir->own_bytes, (uint64_t)message->files[i]->digest->size_bytes);
    }
    for (size_t i = 0; i < message->n_symlinks; i++)
        at_least(&dir->longest, strlen(message->symlinks[i]->name));
}

/* All below it has been counted. */
static int end_dir(struct reader *reader, struct input_dir *dir)
{
    count_own(dir);
    for (size_t i = 0; i < input_dir_count(dir); i++) {
        const struct input_dir *child = dir->children[i];
        dir->nodes = sum(dir->nodes, child->nodes);
        at_least(&dir->longest, strlen(dir->message->directories[i]->name) + 1 + child->longest);
        if (dir->height <= child->height)
            dir->height = child->height + 1;
    }
    if (dir->nodes > LIMIT_TREE_NODES)
        return refuse(reader, dir, "has too many files below it");
    if (dir->longest > LIMIT_PATH)
        return refuse(reader, dir, "has too long paths below it");
    if (dir->height > LIMIT_TREE_DEPTH)
        return refuse(reader, dir, "has directories too deep below it");
    grow_for_one(reader->tree->dirs, reader->tree->len, reader->tree->cap);
    reader->tree->dirs[reader->tree->len++] = dir;
    return 0;
}

static int step_down(struct reader *reader, struct frame *top)
{
    struct input_dir *dir = top->dir;
    size_t index = top->next++;
    const struct blob_digest digest = digest_of_message(dir->message->directories[index]->digest);
    struct input_dir *known = find_dir(reader->tree, &digest);

    if (known) {
        dir->children[index] = known;
        return 0;
    }
    return begin_dir(reader, &digest, &dir->children[index]);
}

static int read_all(struct reader *reader, const struct blob_digest *root)
{
    if (begin_dir(reader, root, &reader->tree->root) < 0)
        return -1;
    while (reader->depth > 0) {
        struct frame *top = &reader->stack[reader->depth - 1];
        if (top->next < input_dir_count(top->dir)) {
            if (step_down(reader, top) < 0)
                return -1;
            continue;
        }
        if (end_dir(reader, top->dir) < 0)
            return -1;
        reader->depth--;
    }
    if (reader->missing.len > 0)
        return status_missing_blobs(reader->status, reader->missing.items, reader->missing.len);
    return 0;
}

int input_tree_read(struct store *store, const struct blob_digest *root,
                    struct input_tree *ret_tree, struct rpc_status *status)
{
    struct input_tree tree = INPUT_TREE_INIT;
    struct reader reader = {.tree = &tree, .missing = DIGEST_SET_INIT, .status = status};

    tree.store = store;
    int result = read_all(&reader, root);
    digest_set_release(&reader.missing);
    if (result < 0)
        input_tree_release(&tree);
    else
        *ret_tree = tree;
    return result;
}

static void free_dir(struct input_dir *dir)
{
    directory_release(&dir->message);
    free(dir->children);
    free(dir);
}

void input_tree_release(struct input_tree *tree)
{
    for (size_t i = 0; i < tree->pinned_len; i++)
        store_unpin(tree->store, &tree->pinned[i]);
    free(tree->pinned);
    digest_set_release(&tree->blobs);
    for (size_t i = 0; i < tree->slot_count; i++)
        if (tree->slots[i])
            free_dir(tree->slots[i]);
    free(tree->dirs);
    free(tree->slots);
    *tree = (struct input_tree)INPUT_TREE_INIT;
}

size_t input_dir_count(const struct input_dir *dir)
{
    return dir->message ? dir->message->n_directories : 0;
}

/* ---- cutting ---- */

static void cut_dir(struct input_dir *dir, uint64_t least)
{
    dir->residue = 1 + dir->message->n_files + dir->message->n_symlinks;
    dir->residue_bytes = dir->own_bytes;
    dir->cuts = 0;
    for (size_t i = 0; i < input_dir_count(dir); i++) {
        const struct input_dir *child = dir->children[i];
        dir->cuts = sum(dir->cuts, child->cuts + child->is_cut);
        if (child->is_cut)
            continue;
        dir->residue += child->residue;
        dir->residue_bytes = sum(dir->residue_bytes, child->residue_bytes);
    }
    dir->is_cut = dir->residue >= least;
}

uint64_t input_tree_cut(struct input_tree *tree, uint64_t least, uint64_t most)
{
    for (;; least *= 2) {
        for (size_t i = 0; i < tree->len; i++)
            cut_dir(tree->dirs[i], least);
        if (tree->root->cuts <= most)
            return least;
    }
}
