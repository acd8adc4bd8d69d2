/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Foreign crates: their copies and build files, and the aliases through which members see them. */

#include "cargo/generate_output.h"
#include "cargo/generate_places.h"

/* Adds all to *OUTPUT. ROOT is the Bazel workspace, RULES the repository of the rules. */
int foreign_add(const struct places *places, const char *root, const char *rules,
                struct output *output, struct error *err) must_check;
