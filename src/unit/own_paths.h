/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A tree of absolute paths, seen at those paths: TREE/home/u/ws/main.rs is /home/u/ws/main.rs, for
 * this process and what it starts. So what rustc writes of paths is what it writes where they are
 * the user's own.
 *
 * The machine's files are there too, read-only but for the directory of temporary files ($TMPDIR,
 * else /tmp). Where a directory of the tree meets one of the machine,
 *
 *   - the two are joined when that of the tree holds directories and nothing else and isn't the
 *     one to work in; the same then holds for each of these;
 *   - else that of the tree stands alone, and what the machine has there is out of sight.
 *
 * What is written below a directory that stands alone is written into the tree; elsewhere nothing
 * can be. Links are followed as they stand, at those paths: none leads to what isn't seen there,
 * and the tree itself is reached through none.
 *
 * It is done in a user and mount namespace (Linux 5.12). The process stays the user that it is, but
 * has no capability any more, also as root, and can't get one.
 */

#include "base/error.h"

/*
 * Enters the view, with DIR (absolute) as the working directory. The process must have one thread.
 * A tree that holds anything but directories at its top, or there dev, proc or sys, is refused.
 * After a failure the process may be in the view by half: it can only say so and end.
 */
int own_paths_enter(const char *tree, const char *dir, struct error *err) must_check;
