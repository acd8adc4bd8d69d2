/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An action's inputs as its Directory messages say them: read from the store, checked, counted and
 * pinned; and how they are put on the disk.
 *
 * A directory that occurs in several places is one input_dir: a tree of a few messages may unfold
 * to any number of files. What is counted bottom-up, without unfolding, keeps that within the
 * limits of store/tree_limits.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/reapi.pb-c.h"
#include "reapi/digest_set.h"
#include "rpc/status.h"
#include "store/store.h"

struct input_dir {
    struct blob_digest digest;
    Reapi__Directory *message;
    struct input_dir **children; /* in the order of message->directories */
    uint64_t nodes;              /* unfolded: this directory and all below it */
    uint64_t own_bytes;          /* of its own files */
    unsigned height;             /* 1 for one without directories */
    size_t longest;              /* bytes of the longest path below it */

    /* Set by input_tree_cut. */
    bool is_cut;      /* it is put on the disk apart from what is above it */
    uint64_t residue; /* nodes without those of directories that are cut */
    uint64_t residue_bytes;
    uint64_t cuts; /* how often a cut one occurs below it, unfolded */
};

struct input_tree {
    struct store *store;
    struct input_dir *root;
    struct input_dir **dirs; /* each after those in it */
    size_t len, cap;
    struct input_dir **slots; /* all, by digest */
    size_t slot_count, known;
    struct digest_set blobs; /* all, those too that aren't there */
    struct blob_digest *pinned;
    size_t pinned_len, pinned_cap;
};

#define INPUT_TREE_INIT                                                                            \
    {                                                                                              \
        .blobs = DIGEST_SET_INIT                                                                   \
    }

/*
 * Reads the tree and pins all of its blobs until it is released. Fails with FAILED_PRECONDITION
 * that names all blobs that aren't there; with INVALID_ARGUMENT for a tree that is over a limit or
 * no tree.
 */
int input_tree_read(struct store *store, const struct blob_digest *root,
                    struct input_tree *ret_tree, struct rpc_status *status) must_check;
void input_tree_release(struct input_tree *tree);
#define auto_input_tree __attribute__((cleanup(input_tree_release))) struct input_tree

/* How many directories it has: of its children. */
size_t input_dir_count(const struct input_dir *dir);

/*
 * Cuts the tree: a directory below the root that has LEAST nodes or more, not counting those cut
 * off below it, is cut off. So it depends on a directory's digest alone whether it is, and a
 * toolchain is cut alike in all trees. LEAST is doubled until there are no more than MOST. Returns
 * the LEAST that did.
 */
uint64_t input_tree_cut(struct input_tree *tree, uint64_t least, uint64_t most);
