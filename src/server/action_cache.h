/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service ActionCache, and the cache itself for those who run actions.
 *
 * Any result is taken that is well-formed, whatever its exit code, and whether or not its blobs are
 * there by now: what counts is whether they are when it is asked for. A result whose blobs aren't
 * all there isn't found, and is found again once they are. What is inlined in it when it comes
 * becomes blobs; it is inlined again where a client asks. Each result that is answered has
 * execution_metadata, if need be an empty one: some clients refuse others.
 */

#include "base/error.h"
#include "proto/reapi.pb-c.h"
#include "rpc/server.h"
#include "store/store.h"

/*
 * The result of the action, complete, with nothing inlined. Owned by caller
 * (reapi__action_result__free_unpacked). Returns 0, STORE_ABSENT or STORE_BUSY.
 */
int action_cache_lookup(struct store *store, const char *instance, const struct blob_digest *action,
                        Reapi__ActionResult **ret_result, struct error *err) must_check;

/* The same for those who go on without it, whatever the reason: NULL. */
Reapi__ActionResult *action_cache_find(struct store *store, const char *instance,
                                       const struct blob_digest *action);

/*
 * Keeps the result, without what is inlined in stdout_raw and stderr_raw where there is a digest of
 * it; RESULT itself stays as it is. Returns 0, STORE_FULL or STORE_BUSY.
 */
int action_cache_put(struct store *store, const char *instance, const struct blob_digest *action,
                     const Reapi__ActionResult *result, struct error *err) must_check;

/* The same for those to whom the failure means only that the action will be run again. */
void action_cache_keep(struct store *store, const char *instance, const struct blob_digest *action,
                       const Reapi__ActionResult *result);

rpc_unary_fn action_cache_get;
rpc_unary_fn action_cache_update;
