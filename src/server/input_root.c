/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/input_root.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "reapi/limits.h"
#include "server/input_place.h"
#include "server/input_tree.h"

/* Roots that are remembered; one takes the place of another that has the same slot. */
#define SLOTS 4096

struct known_root {
    struct blob_digest digest;
    size_t count; /* 0: none */
    struct digest *ids;
};

struct input_roots {
    struct store *store;
    struct layers *layers;
    pthread_mutex_t mutex; /* guards what follows */
    struct known_root slots[SLOTS];
};

/* ---- known ones ---- */

static struct known_root *slot_of(struct input_roots *roots, const struct blob_digest *digest)
{
    uint32_t hash;

    memcpy(&hash, digest->hash.bytes, sizeof(hash));
    return &roots->slots[hash % SLOTS];
}

static size_t recall(struct input_roots *roots, const struct blob_digest *digest,
                     struct digest ids[INPUT_LAYERS_MAX + 1])
{
    size_t count = 0;

    pthread_mutex_lock(&roots->mutex);
    const struct known_root *known = slot_of(roots, digest);
    if (known->count > 0 && blob_digest_equal(&known->digest, digest)) {
        count = known->count;
        memcpy(ids, known->ids, count * sizeof(*ids));
    }
    pthread_mutex_unlock(&roots->mutex);
    return count;
}

static void remember(struct input_roots *roots, const struct blob_digest *digest,
                     const struct digest *ids, size_t count)
{
    pthread_mutex_lock(&roots->mutex);
    struct known_root *known = slot_of(roots, digest);
    known->digest = *digest;
    known->count = count;
    known->ids = xrealloc(known->ids, count * sizeof(*ids));
    memcpy(known->ids, ids, count * sizeof(*ids));
    pthread_mutex_unlock(&roots->mutex);
}

/* Whether all layers of a root that was seen before are still there. */
static bool take_known(struct input_roots *roots, const struct blob_digest *digest,
                       struct input_root *root)
{
    struct digest ids[INPUT_LAYERS_MAX + 1];
    size_t count = recall(roots, digest, ids);

    for (size_t i = 0; i < count; i++) {
        root->layers[i] = layers_find(roots->layers, &ids[i]);
        if (!root->layers[i])
            return false;
        root->count++;
    }
    return count > 0;
}

/* ---- new ones ---- */

/* A directory that is a layer, in its place. */
struct part {
    const struct input_tree *tree;
    const struct input_dir *dir;
    char *path; /* owned; relative to the root, which is "" */
    struct digest id;
};

struct parts {
    struct part items[INPUT_LAYERS_MAX + 1];
    size_t len;
    uint64_t least;
};

static void parts_release(struct parts *parts)
{
    for (size_t i = 0; i < parts->len; i++)
        free(parts->items[i].path);
}

/* Takes PATH. */
static void add_part(struct parts *parts, const struct input_tree *tree,
                     const struct input_dir *dir, char *path)
{
    struct part *part = &parts->items[parts->len++];
    char name[BLOB_NAME_SIZE];

    assert(parts->len <= INPUT_LAYERS_MAX + 1);
    auto_free char *key = xasprintf("%llu %s %s", (unsigned long long)parts->least,
                                    blob_name(&dir->digest, name), path);
    *part = (struct part){.tree = tree, .dir = dir, .path = path};
    digest_of(key, strlen(key), &part->id);
}

/* The cut directories below one, by their paths. At most INPUT_LAYERS_MAX are there in all. */
static void find_parts(struct parts *parts, const struct input_tree *tree)
{
    struct {
        const struct input_dir *dir;
        size_t next, path_len;
    } stack[LIMIT_TREE_DEPTH] = {{.dir = tree->root}};
    auto_buf path = BUF_INIT;
    size_t depth = 1;

    add_part(parts, tree, tree->root, xstrdup(""));
    while (depth > 0) {
        const struct input_dir *dir = stack[depth - 1].dir;
        size_t next = stack[depth - 1].next++;
        buf_set_len(&path, stack[depth - 1].path_len);
        if (next == input_dir_count(dir)) {
            depth--;
            continue;
        }
        const struct input_dir *child = dir->children[next];
        if (!child->is_cut && child->cuts == 0)
            continue;
        buf_addf(&path, "%s%s", path.len ? "/" : "", dir->message->directories[next]->name);
        if (child->is_cut)
            add_part(parts, tree, child, xstrdup(path.data));
        stack[depth].dir = child;
        stack[depth].next = 0;
        stack[depth++].path_len = path.len;
    }
}

static int build_part(void *user, const char *dir, struct rpc_status *status)
{
    const struct part *part = user;
    auto_free char *path = path_join(dir, part->path);
    auto_error err = ERROR_INIT;

    if (fs_mkdir_all(path, &err) < 0)
        return rpc_status_set(status, RPC_UNAVAILABLE, "%s", err.text);
    return input_place(part->tree, part->dir, path, input_place_link, status);
}

static int take_part(struct input_roots *roots, struct part *part, struct layer **ret_layer,
                     struct rpc_status *status)
{
    const struct layer_plan plan = {
        .id = part->id,
        .nodes = part->dir->residue,
        .bytes = part->dir->residue_bytes,
        .build = build_part,
        .user = part,
    };

    return layers_take(roots->layers, &plan, ret_layer, status);
}

static int take_parts(struct input_roots *roots, struct parts *parts, struct input_root *root,
                      struct rpc_status *status)
{
    for (size_t i = 0; i < parts->len; i++) {
        if (take_part(roots, &parts->items[i], &root->layers[i], status) < 0)
            return -1;
        root->count++;
    }
    return 0;
}

static int take_new(struct input_roots *roots, const struct blob_digest *digest,
                    struct input_root *root, struct rpc_status *status)
{
    auto_input_tree tree = INPUT_TREE_INIT;
    struct parts parts = {.len = 0};
    struct digest ids[INPUT_LAYERS_MAX + 1];

    if (input_tree_read(roots->store, digest, &tree, status) < 0)
        return -1;
    parts.least = input_tree_cut(&tree, INPUT_LAYER_LEAST, INPUT_LAYERS_MAX);
    find_parts(&parts, &tree);
    int result = take_parts(roots, &parts, root, status);
    for (size_t i = 0; i < parts.len; i++)
        ids[i] = parts.items[i].id;
    if (result == 0)
        remember(roots, digest, ids, parts.len);
    parts_release(&parts);
    return result;
}

/* ---- for all ---- */

struct input_roots *input_roots_new(struct store *store, struct layers *layers)
{
    struct input_roots *roots = xcalloc(1, sizeof(*roots));

    roots->store = store;
    roots->layers = layers;
    pthread_mutex_init(&roots->mutex, NULL);
    return roots;
}

void input_roots_free(struct input_roots *roots)
{
    if (!roots)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(roots->slots[i].ids);
    pthread_mutex_destroy(&roots->mutex);
    free(roots);
}

int input_roots_take(struct input_roots *roots, const struct blob_digest *digest,
                     struct input_root *ret_root, struct rpc_status *status)
{
    struct input_root root = {.count = 0};
    bool is_known = take_known(roots, digest, &root);

    if (!is_known) {
        input_roots_give_back(roots, &root);
        if (take_new(roots, digest, &root, status) < 0) {
            input_roots_give_back(roots, &root);
            return -1;
        }
    }
    *ret_root = root;
    return 0;
}

void input_roots_give_back(struct input_roots *roots, struct input_root *root)
{
    for (size_t i = 0; i < root->count; i++)
        layers_give_back(roots->layers, root->layers[i]);
    root->count = 0;
}
