/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A directory whose files of root are seen as those of another user, and the other way round
 * (mount_setattr(2), MOUNT_ATTR_IDMAP): so that an action that isn't root may do with its files
 * what it likes, and on the disk they stay root's.
 */

#include <stdint.h>

#include "base/error.h"

/*
 * Gives this process a mount namespace of its own, in which DIR is such a directory, of the user
 * and group ID. For root, on a file system that can do it.
 */
int idmap_directory(const char *dir, uint32_t id, struct error *err) must_check;
