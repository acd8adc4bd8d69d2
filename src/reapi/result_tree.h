/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A list of files and symlinks to be written, and the directories of a Tree or a Directory, which
 * are made at once. Files are written by client_download, links by result_tree_make_links after
 * them, so that no file is written through a link.
 */

#include <stdbool.h>
#include <stddef.h>

#include "reapi/client_cas.h"

struct result_link {
    char *path, *target;
};

struct result_tree {
    struct client_file *files;
    size_t file_count, file_cap;
    struct result_link *links;
    size_t link_count, link_cap;
    size_t nodes; /* at most LIMIT_TREE_NODES */
};

#define RESULT_TREE_INIT                                                                           \
    {                                                                                              \
        NULL, 0, 0, NULL, 0, 0, 0                                                                  \
    }

void result_tree_release(struct result_tree *tree);
#define auto_result_tree __attribute__((cleanup(result_tree_release))) struct result_tree

/* Takes PATH. */
void result_tree_add_file(struct result_tree *tree, char *path, const struct blob_digest *digest,
                          bool executable);
void result_tree_add_link(struct result_tree *tree, char *path, const char *target);

/* Makes the directory PATH and those below it as the Tree has them. Or CLIENT_ABSENT. */
int result_tree_add(struct result_tree *tree, struct client *client,
                    const struct blob_digest *digest, const char *path,
                    struct error *err) must_check;

/* The same for the root of a tree whose Directory messages are blobs of their own. */
int result_tree_add_root(struct result_tree *tree, struct client *client,
                         const struct blob_digest *root, const char *path,
                         struct error *err) must_check;

/* Each in the place of what is there, unless that is a directory. */
int result_tree_make_links(const struct result_tree *tree, struct error *err) must_check;
