/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ActionResult messages: checking those that clients send, and what is inlined in them. */

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/reapi.pb-c.h"
#include "rpc/status.h"
#include "store/store.h"

/*
 * INVALID_ARGUMENT unless all digests are well-formed, each output has the digest that it needs,
 * and each path is relative and no longer than LIMIT_PATH; also for a result that is too long to be
 * answered (LIMIT_RESULT_OUT).
 */
int action_result_check(const Reapi__ActionResult *result, struct rpc_status *status) must_check;

/*
 * Makes blobs of what is inlined: stdout, stderr, the files' contents. Contents that aren't those
 * of their digest are INVALID_ARGUMENT.
 */
int action_result_settle(struct store *store, Reapi__ActionResult *result,
                         struct rpc_status *status) must_check;

/* Inlines small blobs as long as the result stays below LIMIT_RESULT_OUT. */
struct inliner {
    struct store *store;
    size_t left; /* bytes */
};

struct inliner inliner_for(struct store *store, const Reapi__ActionResult *result);

/* Does nothing where the blob isn't given (NULL), is too large, or can't be read. */
void inliner_add(struct inliner *inliner, const Reapi__Digest *blob, ProtobufCBinaryData *bytes);

/* The contents of the result's output files of these paths, as far as LIMIT_INLINE_FILES goes. */
void inliner_add_files(struct inliner *inliner, char *const *paths, size_t count,
                       Reapi__ActionResult *result);
