/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is to be run: an Action and its Command, read from the store and checked, so that what works
 * on it needs no check.
 *
 * Platform properties: OSFamily and ISA (or Arch), where they are given, must be this machine's;
 * all others are for the client to know (a container-image, a pool) and are passed over.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "proto/reapi.pb-c.h"
#include "rpc/status.h"
#include "store/store.h"

/* What an output may be: the older fields of Command say it. */
enum output_kind {
    OUTPUT_ANY,
    OUTPUT_FILE,      /* or a link */
    OUTPUT_DIRECTORY, /* or a link */
};

struct output {
    const char *path; /* as the client wrote it, relative to the working directory */
    enum output_kind kind;
};

struct action {
    Reapi__Action *message;
    Reapi__Command *command; /* arguments, working_directory */
    struct blob_digest input_root;
    unsigned timeout_seconds;
    struct strv environment; /* NAME=VALUE */
    struct output *outputs;
    size_t output_count;
    struct strv
        parents; /* the directories that outputs lie in, relative to the input root, sorted */
};

#define ACTION_INIT                                                                                \
    {                                                                                              \
        .environment = STRV_INIT, .parents = STRV_INIT                                             \
    }

/*
 * Reads the Action message alone. Returns NULL with FAILED_PRECONDITION where it isn't there, with
 * INVALID_ARGUMENT where it is no such message. The caller frees it
 * (reapi__action__free_unpacked with NULL).
 */
Reapi__Action *action_message_read(struct store *store, const struct blob_digest *digest,
                                   struct rpc_status *status) must_check;

/*
 * Reads the action. Fails with FAILED_PRECONDITION for blobs that aren't there, or for a platform
 * that this machine isn't; with INVALID_ARGUMENT for what can't be run as it is.
 */
int action_read(struct store *store, const struct blob_digest *digest, struct action *ret_action,
                struct rpc_status *status) must_check;
void action_release(struct action *action);
#define auto_action __attribute__((cleanup(action_release))) struct action
