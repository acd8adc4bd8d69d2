/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is sent to cleaved with a crate, and what it reads besides. */

#include "base/error.h"
#include "base/strv.h"
#include "cargo/package_files.h"
#include "cargo/served.h"

struct served_inputs {
    struct package_files tree;
    struct strv environment; /* NAME=VALUE */
    struct strv extra_files; /* of these, what this crate reads besides, as was found out */
    struct strv extra_names; /* the names of variables likewise */
    char *memory;            /* the file that keeps both; NULL where there is no cache folder */
};

#define SERVED_INPUTS_INIT                                                                         \
    {                                                                                              \
        PACKAGE_FILES_INIT, STRV_INIT, STRV_INIT, STRV_INIT, NULL                                  \
    }

/* Lists everything. Returns 1 where a dependency isn't known (served_needs). */
int served_inputs_collect(const struct served_crate *crate, const char *cwd,
                          struct served_inputs *ret_inputs, struct error *err) must_check;
void served_inputs_release(struct served_inputs *inputs);
#define auto_served_inputs __attribute__((cleanup(served_inputs_release))) struct served_inputs

/*
 * Adds what the dep-info names and what wasn't sent, and remembers it. Returns how many files and
 * variables that were. Refuses a file that isn't here.
 */
int served_inputs_learn(struct served_inputs *inputs, const char *dep_info, const char *cwd,
                        struct error *err) must_check;
