/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Limits on Merkle trees: of inputs, of outputs and in results. reapi/limits.h holds the others. */

#define LIMIT_DIRECTORY (16u << 20) /* bytes of one Directory message */
#define LIMIT_TREE (64u << 20)      /* bytes of one Tree message */
#define LIMIT_TREE_DEPTH 256
#define LIMIT_TREE_NODES                                                                           \
    1000000             /* files, symlinks and directories, each counted where it stands           \
                         */
#define LIMIT_NAME 255  /* of a path's component: NAME_MAX */
#define LIMIT_PATH 4000 /* of a path below the input root: PATH_MAX, less what's in front */
#define LIMIT_SYMLINK_TARGET 4000

/*
 * Fields, nested ones included, of one message. An empty FileNode is two bytes on the wire and
 * seventy in memory: without a limit a message would take 36 times its size. A Directory of 16 MiB
 * whose names have one letter doesn't come near.
 */
#define LIMIT_DIRECTORY_FIELDS 2000000
#define LIMIT_TREE_FIELDS 6000000
