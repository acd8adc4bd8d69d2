/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/input_tree.h"

#include <stdio.h>
#include <string.h>

#include "reapi/limits.h"
#include "reapi/messages.h"
#include "support/store.h"

#define TEXT(text) ((char *)(uintptr_t)(text))

/* Stores a directory of CHILDREN directories, all of them the same one, and FILES files of one
 * blob. */
static struct blob_digest store_dir(struct store *store, const struct blob_digest *child,
                                    size_t children, size_t files, const struct blob_digest *file)
{
    Reapi__Directory message = REAPI__DIRECTORY__INIT;
    auto_free Reapi__DirectoryNode *dirs = xcalloc(children + 1, sizeof(*dirs));
    auto_free Reapi__DirectoryNode **dir_list = xcalloc(children + 1, sizeof(*dir_list));
    auto_free Reapi__FileNode *nodes = xcalloc(files + 1, sizeof(*nodes));
    auto_free Reapi__FileNode **node_list = xcalloc(files + 1, sizeof(*node_list));
    auto_free char(*names)[24] = xcalloc(children + files + 1, sizeof(*names));
    struct digest_message digests[2];
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest digest;

    for (size_t i = 0; i < children + files; i++)
        snprintf(names[i], sizeof(names[i]), "%08zu", i);
    for (size_t i = 0; i < children; i++) {
        reapi__directory_node__init(&dirs[i]);
        dirs[i].name = names[i];
        dirs[i].digest = digest_message_set(&digests[0], child);
        dir_list[i] = &dirs[i];
    }
    for (size_t i = 0; i < files; i++) {
        reapi__file_node__init(&nodes[i]);
        nodes[i].name = names[children + i];
        nodes[i].digest = digest_message_set(&digests[1], file);
        node_list[i] = &nodes[i];
    }
    message.directories = dir_list;
    message.n_directories = children;
    message.files = node_list;
    message.n_files = files;
    message_pack(&message.base, &bytes);
    blob_digest_of(bytes.data, bytes.len, &digest);
    assert_success(store_put(store, &digest, bytes.data, &err), &err);
    return digest;
}

static void assert_refused(struct store *store, const struct blob_digest *root, const char *text)
{
    auto_input_tree tree = INPUT_TREE_INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    assert_int_equal(input_tree_read(store, root, &tree, &status), -1);
    assert_int_equal(status.code, RPC_INVALID_ARGUMENT);
    assert_non_null(strstr(status.message, text));
    assert_int_equal(test_stats(store).pinned, 0);
}

static void input_tree_counts_what_unfolds(void **state)
{
    auto_store *store = test_open_store(1 << 20);
    const struct blob_digest file = test_put(store, "file");
    const struct blob_digest leaf = store_dir(store, NULL, 0, 3, &file);
    const struct blob_digest middle = store_dir(store, &leaf, 10, 0, NULL);
    const struct blob_digest root = store_dir(store, &middle, 10, 1, &file);
    auto_rpc_status status = RPC_STATUS_INIT;
    struct input_tree tree = INPUT_TREE_INIT;

    (void)state;
    assert_int_equal(input_tree_read(store, &root, &tree, &status), 0);
    assert_int_equal(tree.len, 3);
    assert_int_equal(tree.root->nodes, 1 + 1 + 10 * (1 + 10 * 4));
    assert_int_equal(tree.root->height, 3);
    assert_int_equal(tree.root->longest, 26);
    assert_int_equal(test_stats(store).pinned, 4);
    input_tree_release(&tree);
    assert_int_equal(test_stats(store).pinned, 0);
}

static void input_tree_is_cut_by_what_directories_hold(void **state)
{
    auto_store *store = test_open_store(1 << 20);
    const struct blob_digest file = test_put(store, "file");
    const struct blob_digest large = store_dir(store, NULL, 0, 100, &file);
    const struct blob_digest root = store_dir(store, &large, 5, 1, &file);
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_input_tree tree = INPUT_TREE_INIT;

    (void)state;
    assert_int_equal(input_tree_read(store, &root, &tree, &status), 0);
    assert_int_equal(input_tree_cut(&tree, 64, 10), 64);
    assert_int_equal(tree.root->cuts, 5);
    assert_int_equal(tree.root->residue, 2);
    assert_int_equal(input_tree_cut(&tree, 64, 4), 128);
    assert_int_equal(tree.root->cuts, 0);
    assert_int_equal(tree.root->residue, 2 + 5 * 101);
}

/* A message of a few hundred bytes each, 100 million files. */
static void input_tree_refuses_what_unfolds_too_far(void **state)
{
    auto_store *store = test_open_store(1 << 20);
    const struct blob_digest file = test_put(store, "file");
    struct blob_digest dir = store_dir(store, NULL, 0, 1, &file);

    (void)state;
    for (int i = 0; i < 8; i++)
        dir = store_dir(store, &dir, 10, 0, NULL);
    assert_refused(store, &dir, "has too many files below it");
}

static void input_tree_refuses_ten_thousand_levels(void **state)
{
    auto_store *store = test_open_store(16 << 20);
    struct blob_digest dir = store_dir(store, NULL, 0, 0, NULL);

    (void)state;
    for (int i = 0; i < 10000; i++)
        dir = store_dir(store, &dir, 1, 0, NULL);
    assert_refused(store, &dir, "lies too deep in the input root");
}

/* Two ways to one directory: the long one is found when the short one is known. */
static void input_tree_refuses_levels_by_a_second_way(void **state)
{
    auto_store *store = test_open_store(16 << 20);
    struct blob_digest low = store_dir(store, NULL, 0, 0, NULL);

    (void)state;
    for (int i = 0; i < 200; i++)
        low = store_dir(store, &low, 1, 0, NULL);
    struct blob_digest high = low;
    for (int i = 0; i < 100; i++)
        high = store_dir(store, &high, 2, 0, NULL);
    assert_refused(store, &high, "too");
}

static void input_tree_refuses_what_is_no_directory(void **state)
{
    auto_store *store = test_open_store(1 << 20);
    const struct blob_digest digest = test_put(store, "\xff\xff");

    (void)state;
    assert_refused(store, &digest, "the input directory ");
}

static void input_tree_names_missing_files_and_directories(void **state)
{
    auto_store *store = test_open_store(1 << 20);
    const struct blob_digest file = test_digest("no file");
    const struct blob_digest dir = test_digest("no directory");
    const struct blob_digest root = store_dir(store, &dir, 2, 2, &file);
    auto_input_tree tree = INPUT_TREE_INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    assert_int_equal(input_tree_read(store, &root, &tree, &status), -1);
    assert_int_equal(status.code, RPC_FAILED_PRECONDITION);
    assert_non_null(strstr(status.message, "2 blobs are needed and not in the store"));
    assert_int_equal(test_stats(store).pinned, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(input_tree_counts_what_unfolds),
        file_test(input_tree_is_cut_by_what_directories_hold),
        file_test(input_tree_refuses_what_unfolds_too_far),
        file_test(input_tree_refuses_ten_thousand_levels),
        file_test(input_tree_refuses_levels_by_a_second_way),
        file_test(input_tree_refuses_what_is_no_directory),
        file_test(input_tree_names_missing_files_and_directories),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
