/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words of a driver's answer with the blanks of the line that it was asked for in place of the
 * names. Filled with the names of another line of the same shape, they are the driver's answer to
 * that line.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "unit/driver_line.h"

enum driver_place {
    PLACE_COMMAND,     /* all names stand in it */
    PLACE_GCC_OPTIONS, /* search directories do */
    PLACE_SETTING,     /* no name does */
};

/*
 * Appends the pattern of the words. Returns false where it can't be known which word is which
 * name: they don't stand in their order, or stand elsewhere too. What was appended has blanks for
 * output and temporary file alone then, and holds for the same names only. No word may have a
 * control character.
 */
bool driver_pattern_make(const struct driver_line *line, const struct strv *words,
                         enum driver_place place, struct strv *pattern);

/* Appends the words with the line's names. Returns false where the pattern can't be the line's. */
bool driver_pattern_fill(const struct driver_line *line, const struct strv *pattern,
                         struct strv *words);
