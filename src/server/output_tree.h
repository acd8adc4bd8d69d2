/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files, links and whole directories on the disk, put into the store: a directory as a Tree
 * message. Errors call each by PATH.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "rpc/status.h"
#include "store/store.h"

struct output_sink {
    struct store *store;
    bool keep_directories; /* store the Directory messages of trees, too */
    struct rpc_status *status;
};

struct output_tree {
    struct blob_digest tree; /* in topological order, each directory once */
    struct blob_digest root; /* of the root's Directory */
};

/* Stores the files below the directory NAME of DIR_FD, and the Tree. */
int output_tree_store(const struct output_sink *sink, int dir_fd, const char *name,
                      const char *path, struct output_tree *ret_tree) must_check;

int output_file_store(const struct output_sink *sink, int dir_fd, const char *name,
                      const char *path, struct blob_digest *ret_digest) must_check;

/* The target of the link. Owned by caller. */
int output_link_read(const struct output_sink *sink, int dir_fd, const char *name, const char *path,
                     char **ret_target) must_check;

/* FAILED_PRECONDITION for what is no file, directory or link. Returns -1. */
int output_refuse_kind(const struct output_sink *sink, mode_t mode, const char *path);

/* The status for errno: what the action did, the disk, or too many files. Returns -1. */
int output_fail_errno(const struct output_sink *sink, const char *path);
