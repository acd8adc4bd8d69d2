/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Digests of files that were hashed before, remembered by device, inode, size, mtime and ctime in
 * $XDG_CACHE_HOME/cleave/digests (else $HOME/.cache/cleave/digests). Without such a folder
 * nothing is remembered. A file that changed so lately that it could change again within the same
 * time stamp isn't remembered.
 */

#include "base/digest.h"
#include "rust/crate_file.h"

/* The file's digest: its marker's, a remembered one, or computed and then remembered. */
void digest_cache_of(const struct crate_file *file, struct digest *ret_digest);
