/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <time.h>

/*
 * Reads a time as RFC 3339 has it, "2026-01-31T12:00:00Z" or with "+01:00" in the place of the Z,
 * fractions of a second dropped. False for anything else.
 */
bool helper_time_parse(const char *text, time_t *ret_time);
