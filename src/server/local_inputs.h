/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a Run on local.sock names: files of this machine as an input root in the store, and the
 * digest of directories that stay where they are. */

#include "base/error.h"
#include "local/protocol.h"
#include "store/file_digests.h"
#include "store/store.h"

/*
 * Puts the files, as far as they aren't there, and the tree's messages into the store. A file that
 * isn't there, is none, or has no place in the tree is an error that names it.
 */
int local_inputs_store(struct store *store, struct file_digests *digests, const Local__Run *run,
                       struct blob_digest *ret_root, struct error *err) must_check;

/* Entries of one bound directory, and how deep they lie. */
#define LOCAL_BOUND_MAX 200000
#define LOCAL_BOUND_DEPTH 64

/*
 * The digest of the directories' names and of all that is in them: names, kinds, bytes, targets of
 * links, and whether files are executable.
 */
int local_bound_digest(struct file_digests *digests, char *const *dirs, size_t count,
                       struct digest *ret_digest, struct error *err) must_check;
