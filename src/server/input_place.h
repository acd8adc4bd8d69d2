/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inputs on the disk. Files have the mode 0444, or 0555 where they are executable. */

#include "server/input_tree.h"

/* Puts a file in the directory DIR_FD. Answers as the store does; -1 sets the error. */
typedef int input_place_fn(struct store *store, const Reapi__FileNode *file,
                           const struct blob_digest *digest, int dir_fd,
                           struct error *err) must_check;

/*
 * A hard link to the store's own file, which nobody may write to. Empty files are new ones: all of
 * them would be one, and that one is written to in places nobody expects.
 */
input_place_fn input_place_link;

/* A copy. */
input_place_fn input_place_copy;

/*
 * Puts the directory's content, but for directories that are cut off below it, in the directory
 * PATH, which is there. A blob that turns out to be damaged is missing, as for input_tree_read.
 */
int input_place(const struct input_tree *tree, const struct input_dir *dir, const char *path,
                input_place_fn *place, struct rpc_status *status) must_check;
