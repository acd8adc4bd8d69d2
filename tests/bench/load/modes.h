/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the program can do with a server. Each mode takes its words, measures, and says how long. */

#include <stddef.h>
#include <stdint.h>

#include "client.h"

struct work {
    struct client *client;
    uint64_t seed; /* of blobs and actions: those of another seed aren't there yet */
    char **words;  /* after the mode's name; as many as it wants, at least */
};

/* What was done in those times. */
struct outcome {
    struct times times;
    size_t things; /* blobs, actions */
    uint64_t bytes;
};

typedef void mode_fn(const struct work *work, struct outcome *ret_outcome);

/* cas.c; COUNT SIZE IN_FLIGHT, and CHUNK for `write`. */
mode_fn mode_write, mode_read, mode_inputs, mode_batch_write, mode_batch_read;

/* execute.c; COUNT IN_FLIGHT FILES PROGRAM ARGUMENT…, and COUNT PROGRAM ARGUMENT… for `spawn`. */
mode_fn mode_execute, mode_spawn;

/* fill.c; SERVER DIR COUNT. */
mode_fn mode_fill;

/* Stores the items, by a call each. */
void cas_put(struct client *client, const struct buf *items, size_t count);

/* A number that isn't 0, or the program ends. */
uint64_t parse_number(const char *text);
