/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Layers: directories of hard links to the store's files, of which input roots are made by laying
 * them over each other. They are kept for the next action with the same part, as long as they
 * aren't too many; no action can write to one.
 *
 * A layer keeps its files' bytes on the disk though the store may have evicted them: hence the
 * limit on bytes, too. A file that someone else has changed is noticed by its time or its inode
 * when the layer is used again; the layer is then made anew.
 *
 * All functions may be called by any thread.
 */

#include <stdint.h>

#include "base/digest.h"
#include "rpc/status.h"
#include "server/scratch.h"

struct layers;
struct layer;

struct layers *layers_new(struct scratch *scratch, uint64_t max_nodes, uint64_t max_bytes);

/* None may be in use. NULL is fine. */
void layers_free(struct layers *layers);

/* What a layer is to be. */
struct layer_plan {
    struct digest id; /* of its content and its place */
    uint64_t nodes, bytes;
    /* Fills the empty directory PATH. */
    int (*build)(void *user, const char *path, struct rpc_status *status);
    void *user;
};

/* The layer, if it is there: the caller gives it back. NULL if it isn't. */
struct layer *layers_find(struct layers *layers, const struct digest *id);

/*
 * The layer, built first where it isn't there; one that another thread builds is waited for. The
 * caller gives it back.
 */
int layers_take(struct layers *layers, const struct layer_plan *plan, struct layer **ret_layer,
                struct rpc_status *status) must_check;

void layers_give_back(struct layers *layers, struct layer *layer);

/* Its directory, absolute. */
const char *layer_path(const struct layer *layer);

struct layers_stats {
    uint64_t count, nodes, bytes;
    uint64_t built, reused; /* since the start */
};

void layers_stats(struct layers *layers, struct layers_stats *ret_stats);
