/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers of bytes as people write them: "20GiB". */

#include <stdint.h>

#include "base/error.h"

/*
 * Reads a whole number and its unit: B, KiB, MiB, GiB, TiB. WHAT is what the error calls it
 * ("--store-size"). 0, a number without a unit, and one that is too large are refused.
 */
int size_parse(const char *what, const char *text, uint64_t *ret_size,
               struct error *err) must_check;

/* "17 B", "3.5 GiB": at most three digits, and the unit. Owned by caller. */
char *size_text(uint64_t size);
