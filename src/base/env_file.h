/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files of environment variables, one NAME=VALUE a line. A value is everything after the first '=',
 * as it stands; a name is not empty and has no blanks or control characters. Empty lines count for
 * nothing.
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"

#define ENV_FILE_CAP (16u << 20)

/* Whether NAME=VALUE has a name that a variable may have. */
bool env_item_is_valid(const char *item);

/* Appends the lines of the file to ITEMS. A line that is no NAME=VALUE is refused by its number. */
int env_file_read(const char *path, struct strv *items, struct error *err) must_check;

/* Sets each NAME=VALUE of ITEMS in a list of environment strings. */
void env_set_items(struct strv *env, const struct strv *items);
