/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Build files of the workspace's members, each in the member's own folder:
 *
 *   NAME, NAME__cdylib, …     the library, with one target for each further crate type
 *   BIN                       each program whose features are there (BIN__bin where the library
 *                             or another target has the name)
 *   NAME_unit_test            the tests in the library, and BIN_unit_test those in a program
 *   TEST                      each file of tests/
 *   EXAMPLE                   each example, tagged manual
 *
 * Where dev-dependencies change what the package is compiled with, its programs are there a second
 * time, as BIN__test, for the tests.
 */

#include "cargo/generate_output.h"
#include "cargo/generate_places.h"

/* Adds all to *OUTPUT. ROOT is the Bazel workspace, RULES the repository of the rules. */
int members_add(const struct places *places, const char *root, const char *rules,
                struct output *output, struct error *err) must_check;
