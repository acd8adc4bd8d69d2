/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Merkle tree of files on the disk: what an action's input root is made of. Files keep their
 * executable bit, symlinks their target, whatever it is, and directories that are empty are there.
 */

#include <stddef.h>

#include "base/error.h"
#include "reapi/payload.h"
#include "store/tree_limits.h"

struct merkle_node;

struct merkle {
    struct merkle_node *root;
    struct payload *payload; /* borrowed: where files and Directory messages are added */
    size_t nodes;            /* at most LIMIT_TREE_NODES */
};

void merkle_init(struct merkle *merkle, struct payload *payload);
void merkle_release(struct merkle *merkle);
#define auto_merkle __attribute__((cleanup(merkle_release))) struct merkle

/*
 * Adds what is at DIR/PATH, under PATH: a file, a symlink as it is, or a directory with all that is
 * below it. PATH is relative and stays inside; "." is DIR itself. What was added before and is the
 * same is fine. Refused are pipes and devices, and two different things at one path.
 */
int merkle_add(struct merkle *merkle, const char *dir, const char *path,
               struct error *err) must_check;

/* Adds an empty directory, and those above it, unless they are there. */
int merkle_add_directory(struct merkle *merkle, const char *path, struct error *err) must_check;

/* Packs the directories into the payload. Once, and the last thing. */
void merkle_finish(struct merkle *merkle, struct blob_digest *ret_root);
