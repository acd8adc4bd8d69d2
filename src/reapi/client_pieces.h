/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Work in pieces, several of them at a time: each by a thread with a client of its own, over the
 * one connection.
 */

#include <stddef.h>

#include "reapi/client.h"

/* Pieces at a time: enough to keep a service at work while others wait for its answers. */
#define CLIENT_PIECES 4

/* Does the piece of that number. Called by several threads at a time. */
typedef int client_piece_fn(void *user, struct client *client, size_t piece, struct error *err);

/*
 * Does pieces 0 to COUNT - 1, which are begun in that order. The first that answers something else
 * than 0 ends all, with its answer and its error: no other begins, and calls under way are
 * cancelled.
 */
int client_do_pieces(struct client *client, size_t count, client_piece_fn *run, void *user,
                     struct error *err) must_check;
