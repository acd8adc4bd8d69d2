/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a build script left in OUT_DIR, made fit to be used wherever the working directory lies:
 *
 *   - What has a name that matches one of the discarded patterns is removed.
 *   - A link to an absolute path in OUT_DIR becomes a relative one; one that leaves OUT_DIR is
 *     refused.
 *   - Files that hold the path of the working directory are refused, all by name.
 */

#include "base/error.h"
#include "base/strv.h"

struct build_script_tree {
    const char *out_dir; /* absolute, as the script knows it */
    const char *label;
    const char
        *root; /* the path that nothing may hold; NULL: only what is discarded is looked for */
    const struct strv *discards;
};

int build_script_tree_finish(const struct build_script_tree *tree, struct error *err) must_check;

/*
 * The first place in the text where the directory ROOT or something in it is named, or NULL: the
 * name of a directory that only begins like ROOT is none.
 */
const char *build_script_find_root(const char *text, size_t len, const char *root);
