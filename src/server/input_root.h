/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Input roots as layers (input_layers.h): which ones a root consists of is remembered, so that a
 * root that was seen before asks nothing of the store.
 */

#include <stddef.h>

#include "rpc/status.h"
#include "server/input_layers.h"
#include "store/store.h"

/* Layers of one root; looking for a name in the root looks in many of them. */
#define INPUT_LAYERS_MAX 24

/* A directory with so many files isn't made anew for each root that it is in. */
#define INPUT_LAYER_LEAST 128

struct input_roots;

struct input_roots *input_roots_new(struct store *store, struct layers *layers);
void input_roots_free(struct input_roots *roots); /* NULL is fine */

struct input_root {
    struct layer *layers[INPUT_LAYERS_MAX + 1];
    size_t count;
};

/*
 * The layers of the input root, built where they aren't there, until they are given back. Fails as
 * input_tree_read does.
 */
int input_roots_take(struct input_roots *roots, const struct blob_digest *digest,
                     struct input_root *ret_root, struct rpc_status *status) must_check;
void input_roots_give_back(struct input_roots *roots, struct input_root *root);
