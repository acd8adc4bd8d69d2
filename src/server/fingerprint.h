/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * A number that changes when a file below the directory is written to, replaced, added or removed:
 * of their inodes, times, sizes and modes. It costs a stat of each. -1 when something can't be
 * read.
 */
int fingerprint_tree(const char *path, uint64_t *ret_fingerprint)
    __attribute__((warn_unused_result));
