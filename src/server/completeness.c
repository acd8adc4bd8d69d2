/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/completeness.h"

#include "base/memory.h"
#include "reapi/digest_set.h"
#include "reapi/limits.h"
#include "store/blob_message.h"
#include "store/tree.h"

/* What the result needs, as far as it is known. */
struct needed {
    struct store *store;
    struct digest_set blobs;       /* to be looked for together, at the end */
    struct digest_set directories; /* to be read, each with those below it */
};

static int add_to(struct digest_set *set, const Reapi__Digest *message)
{
    auto_error ignored = ERROR_INIT;
    struct blob_digest digest;

    if (set->len >= LIMIT_TREE_NODES || blob_from_message(message, &digest, &ignored) < 0)
        return STORE_ABSENT;
    digest_set_add(set, &digest);
    return 0;
}

/* A field that need not be set. */
static int add_if_set(struct digest_set *set, const Reapi__Digest *message)
{
    return message ? add_to(set, message) : 0;
}

static int add_files(struct needed *needed, const Reapi__Directory *directory)
{
    int answer = 0;

    for (size_t i = 0; i < directory->n_files && answer == 0; i++)
        answer = add_to(&needed->blobs, directory->files[i]->digest);
    return answer;
}

/* A blob that is too large is no message that this service would take. */
static int read_message(struct needed *needed, const struct blob_digest *digest, size_t cap,
                        struct buf *bytes, struct error *err)
{
    if (digest->size > cap)
        return STORE_ABSENT;
    return store_read_blob(needed->store, digest, cap, bytes, err);
}

static int add_tree(struct needed *needed, const Reapi__Digest *message, struct error *err)
{
    auto_error damage = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_tree *tree = NULL;
    struct blob_digest digest;

    if (blob_from_message(message, &digest, &damage) < 0)
        return STORE_ABSENT;
    int answer = read_message(needed, &digest, LIMIT_TREE, &bytes, err);
    if (answer != 0)
        return answer;
    if (tree_parse(bytes.data, bytes.len, &tree, &damage) < 0)
        return STORE_ABSENT;
    answer = add_files(needed, tree->root);
    for (size_t i = 0; i < tree->n_children && answer == 0; i++)
        answer = add_files(needed, tree->children[i]);
    return answer;
}

static int add_directory(struct needed *needed, const struct blob_digest *digest, struct error *err)
{
    auto_error damage = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_directory *directory = NULL;
    int answer = read_message(needed, digest, LIMIT_DIRECTORY, &bytes, err);

    if (answer != 0)
        return answer;
    if (directory_parse(bytes.data, bytes.len, &directory, &damage) < 0)
        return STORE_ABSENT;
    answer = add_files(needed, directory);
    for (size_t i = 0; i < directory->n_directories && answer == 0; i++)
        answer = add_to(&needed->directories, directory->directories[i]->digest);
    return answer;
}

static int add_output_directory(struct needed *needed, const Reapi__OutputDirectory *output,
                                struct error *err)
{
    int answer = 0;

    if (!output->tree_digest && !output->root_directory_digest)
        return STORE_ABSENT;
    if (output->tree_digest)
        answer = add_tree(needed, output->tree_digest, err);
    return answer == 0 ? add_if_set(&needed->directories, output->root_directory_digest) : answer;
}

static int collect(struct needed *needed, const Reapi__ActionResult *result, struct error *err)
{
    int answer = add_if_set(&needed->blobs, result->stdout_digest);

    if (answer == 0)
        answer = add_if_set(&needed->blobs, result->stderr_digest);
    for (size_t i = 0; i < result->n_output_files && answer == 0; i++)
        answer = add_to(&needed->blobs, result->output_files[i]->digest);
    for (size_t i = 0; i < result->n_output_directories && answer == 0; i++)
        answer = add_output_directory(needed, result->output_directories[i], err);
    for (size_t i = 0; i < needed->directories.len && answer == 0; i++)
        answer = add_directory(needed, &needed->directories.items[i], err);
    return answer;
}

static int find_all(struct needed *needed, struct error *err)
{
    auto_free bool *missing = xcalloc(needed->blobs.len + 1, sizeof(*missing));
    int answer =
        store_find_missing(needed->store, needed->blobs.items, needed->blobs.len, missing, err);

    for (size_t i = 0; i < needed->blobs.len && answer == 0; i++)
        answer = missing[i] ? STORE_ABSENT : 0;
    return answer;
}

int completeness_check(struct store *store, const Reapi__ActionResult *result, struct error *err)
{
    struct needed needed = {store, DIGEST_SET_INIT, DIGEST_SET_INIT};
    int answer = collect(&needed, result, err);

    if (answer == 0)
        answer = find_all(&needed, err);
    digest_set_release(&needed.blobs);
    digest_set_release(&needed.directories);
    return answer;
}
