/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A Run of local.sock as an action of the API, and its result as a Ran. */

#include "base/error.h"
#include "local/protocol.h"
#include "proto/reapi.pb-c.h"
#include "store/file_digests.h"
#include "store/store.h"

/*
 * Puts the action and all it needs into the store: command, input root, and as its salt the digest
 * of what is bound. Refuses a request that can't be run as it is, by name.
 */
int local_action_store(struct store *store, struct file_digests *digests, const Local__Run *run,
                       struct blob_digest *ret_action, struct error *err) must_check;

/* Appends the packed Reply for the action's result, whose blobs are in the store. */
int local_action_reply(struct store *store, const Local__Run *run,
                       const Reapi__ActionResult *result, bool cached, struct buf *reply,
                       struct error *err) must_check;
