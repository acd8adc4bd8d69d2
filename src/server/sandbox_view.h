/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an action sees of the file system: a new root, made in the process's own mount namespace. */

#include <stddef.h>

#include "base/error.h"
#include "proto/runner.pb-c.h"

struct view_places {
    int run_dir; /* O_PATH */
    int *layers; /* O_PATH, uppermost first */
    size_t layer_count;
    const Runner__Request *request; /* borrowed */
    int *bound;                     /* O_PATH, in the order of request->bound */
    size_t bound_count;
};

#define VIEW_PLACES_INIT                                                                           \
    {                                                                                              \
        -1, NULL, 0, NULL, NULL, 0                                                                 \
    }

/* Opens the request's places, while they can be reached. */
int view_places_open(const Runner__Request *request, struct view_places *ret_places,
                     struct error *err) must_check;
void view_places_release(struct view_places *places);

/*
 * Makes the new root of the machine's directories and the places, and makes it the process's root.
 * Nothing else can be reached by a path then. The caller has the capabilities of a user namespace
 * that owns its mount namespace.
 */
int view_enter(const Runner__Config *config, const struct view_places *places,
               struct error *err) must_check;
