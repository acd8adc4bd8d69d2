/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The root that own_paths_enter enters: the tree's directories and the machine's, put together. */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

struct own_root {
    const char *tree; /* as the user names it */
    char *dir;        /* the one to work in; it stands alone */
    char *temp;       /* that of temporary files */
    int proc;         /* -1, or the machine's /proc, while the new root lies on it */
    size_t mounts;
};

/*
 * Makes the root and enters it. The process is in user and mount namespaces of its own, in which
 * nothing is shared with the machine's.
 */
int own_root_build(struct own_root *root, struct error *err) must_check;

/* The names in an open directory, without "." and "..". Returns -1 with errno set on failure. */
int own_root_list(int dir, struct strv *names) must_check;

/* Whether NAME in an open directory is a directory, and no link to one. */
bool own_root_has_directory(int dir, const char *name);
