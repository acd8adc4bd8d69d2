/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `cleave generate` makes, before anything is written: copies of crates in one folder, and
 * build files elsewhere. It is compared with what is there, or written; a file that is right
 * already isn't touched, and one that a person has taken over (it lacks the mark) is left alone.
 */

#include "base/error.h"
#include "base/strv.h"
#include "cargo/generate_vendor.h"

struct output_file {
    char *path;
    char *text;
};

struct output {
    char *vendor_dir; /* the folder of the copies; all generated ones in it are ours */
    struct vendored *vendored;
    size_t vendored_len;
    size_t vendored_cap;
    struct output_file *files;
    size_t file_len;
    size_t file_cap;
};

#define OUTPUT_INIT                                                                                \
    {                                                                                              \
        NULL, NULL, 0, 0, NULL, 0, 0                                                               \
    }

void output_release(struct output *output);
#define auto_output __attribute__((cleanup(output_release))) struct output

/* Adds a build file; takes TEXT over. */
void output_add_file(struct output *output, const char *path, char *text);

/* Adds a copy and takes over all that is in *VENDORED. */
void output_add_vendored(struct output *output, const struct vendored *vendored);

/* Appends to RET_STALE what isn't as it would be made, and to RET_TAKEN what a person has taken
 * over. Changes nothing. */
int output_check(const struct output *output, struct strv *ret_stale, struct strv *ret_taken,
                 struct error *err) must_check;

/* Writes what output_check calls stale, and removes copies of crates that are no longer needed. */
int output_write(const struct output *output, struct strv *ret_taken, struct error *err) must_check;
