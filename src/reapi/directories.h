/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The directories of a Merkle tree by their digests, fetched, or taken from a Tree message. */

#include "proto/reapi.pb-c.h"
#include "reapi/client_cas.h"
#include "reapi/digest_set.h"

struct directories {
    struct digest_set digests;
    Reapi__Directory **items; /* in the order of the digests; owned */
    size_t cap;
    struct blob_digest root;
};

#define DIRECTORIES_INIT                                                                           \
    {                                                                                              \
        .digests = DIGEST_SET_INIT                                                                 \
    }

void directories_release(struct directories *directories);
#define auto_directories __attribute__((cleanup(directories_release))) struct directories

/* Reads the root and all below it, level by level. Or CLIENT_ABSENT, with a text. */
int directories_fetch(struct directories *directories, struct client *client,
                      const struct blob_digest *root, struct error *err) must_check;

/* Takes all directories of a packed Tree, each under its own digest. */
int directories_from_tree(struct directories *directories, const void *data, size_t len,
                          struct error *err) must_check;

/* The directory of that digest; NULL when it isn't there. Borrowed. */
const Reapi__Directory *directories_get(const struct directories *directories,
                                        const Reapi__Digest *digest);

/*
 * Calls for each file, symlink and directory below the root, in order, parents first, with its
 * path; just one of the three isn't NULL. A tree that is too deep or too large, or lacks a
 * directory, is an error.
 */
typedef int directories_visit_fn(void *user, const char *path, const Reapi__FileNode *file,
                                 const Reapi__SymlinkNode *link,
                                 const Reapi__DirectoryNode *directory, struct error *err);
int directories_walk(const struct directories *directories, directories_visit_fn *visit, void *user,
                     struct error *err) must_check;
