/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Merkle trees as they come from the wire: Directory and Tree messages, unpacked and checked, so
 * that who walks them needs no check of names or digests:
 *
 * - A name is one component of a path: not empty, "." or "..", no '/' or NUL, at most LIMIT_NAME.
 * - Each list is sorted by name, by bytes, and no name occurs twice in a Directory (REAPI:
 *   Directory).
 * - Files and directories have a digest that blob_from_message takes; symlinks a target that is
 *   neither empty nor longer than LIMIT_SYMLINK_TARGET, and has no NUL. Where it points isn't
 *   looked at.
 *
 * What isn't so is refused with ERROR_REFUSED, and the text names what is wrong: to a client it is
 * INVALID_ARGUMENT. How deep and how large a tree gets is for its walker to count
 * (tree_limits.h).
 */

#include <stddef.h>

#include "base/error.h"
#include "proto/reapi.pb-c.h"
#include "store/tree_limits.h"

/* Freed by reapi__directory__free_unpacked(directory, NULL). */
int directory_parse(const void *data, size_t len, Reapi__Directory **ret_directory,
                    struct error *err) must_check;

/*
 * The root and all children of a Tree; there is a root. Whether the children are those that the
 * directories name isn't looked at. Freed by reapi__tree__free_unpacked(tree, NULL).
 */
int tree_parse(const void *data, size_t len, Reapi__Tree **ret_tree, struct error *err) must_check;

void directory_release(Reapi__Directory **directory);
void tree_release(Reapi__Tree **tree);
#define auto_directory __attribute__((cleanup(directory_release))) Reapi__Directory
#define auto_tree __attribute__((cleanup(tree_release))) Reapi__Tree
