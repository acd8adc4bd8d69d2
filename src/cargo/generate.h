/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Build files for the crates of a Cargo.lock. Cargo says what there is (generate_cargo.h), the
 * manifests what a person wants otherwise (generate_overrides.h); out of these comes a graph
 * (generate_graph.h), each package in it gets its place (generate_places.h) and its rules
 * (generate_foreign.h, generate_members.h), and only then is anything written
 * (generate_output.h).
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"

struct generate_request {
    const char *manifest; /* a Cargo.toml of the workspace */
    const char *dir;      /* where foreign crates go, in a Bazel workspace */
    const char *triple;   /* NULL: rustc's host */
    const char *rules;    /* the repository of the rules: "@cleave" */
    bool members;         /* whether members get build files */
};

/*
 * Writes, and appends to RET_TAKEN the build files that a person has taken over, which stay as
 * they are.
 */
int generate_write(const struct generate_request *request, struct strv *ret_taken,
                   struct error *err) must_check;

/* Writes nothing, and appends to RET_STALE the files and folders that generate_write would write.
 */
int generate_check(const struct generate_request *request, struct strv *ret_stale,
                   struct strv *ret_taken, struct error *err) must_check;
