/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Putting together another root, for a process in a mount namespace of its own. File systems are
 * mounted by descriptor (fsopen(2), open_tree(2)): what is made lies nowhere before it is attached.
 */

#include "base/error.h"

struct mount_option {
    const char *name, *value;
};

/* From here on neither the machine's mounts nor ours are seen by the other side. */
int mounts_make_private(struct error *err) must_check;

/* Attaches a mount that lies nowhere at PATH, which is of its kind: a directory or a file. */
int mounts_attach(int mount_fd, const char *path, struct error *err) must_check;

/*
 * Makes a file system of a type, with MOUNT_ATTR_* attributes, and attaches it at PATH. The options
 * end with one that has no name; NULL: none.
 */
int mounts_attach_new(const char *type, const struct mount_option *options, unsigned attributes,
                      const char *path, struct error *err) must_check;

/* Makes at TO a link to where the link FROM leads. That FROM can't be read is no error. */
int mounts_copy_link(const char *from, const char *to, struct error *err) must_check;

/*
 * Makes the working directory, which is a mount, the root. The old root goes away whole: pivot_root
 * puts it on top of the new one, and it is taken off.
 */
int mounts_pivot(struct error *err) must_check;
