/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service ContentAddressableStorage. All instances share the blobs.
 *
 * BatchUpdateBlobs and BatchReadBlobs answer for each blob. A blob to read that doesn't fit in the
 * answer is RESOURCE_EXHAUSTED (the client may ask again) or, if it is too large to fit in any,
 * INVALID_ARGUMENT.
 *
 * GetTree sends each directory once, as its bytes are, the root first, in as many answers as it
 * takes; each but the last has a page_token, with which another call goes on after it. Directories
 * that are missing are left out, but for the root: NOT_FOUND.
 */

#include "rpc/server.h"

rpc_unary_fn cas_find_missing;
rpc_unary_fn cas_batch_update;
rpc_unary_fn cas_batch_read;
extern const struct rpc_stream cas_get_tree;
