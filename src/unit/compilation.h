/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One run of rustc under cleave: its command line checked and changed, so that outputs are private
 * until they are published, dependencies are of one form, and the linker is the capture.
 */

#include "base/error.h"
#include "base/fs.h"
#include "base/process.h"
#include "base/strv.h"
#include "rust/rustc_command.h"
#include "rust/rustc_rewrite.h"
#include "unit/capture.h"
#include "unit/codegen.h"
#include "unit/outputs.h"

struct compilation {
    const struct codegen *codegen; /* what was asked for; borrowed */
    struct rustc_command command;
    struct rustc_rewrite rewrite;
    struct outputs outputs;
    struct temp_dir base; /* private, beside what is to be written */
    struct synthesized where;
    struct strv env;
    char *cwd;
    char *base_path;          /* of base; absolute */
    char *private_dir;        /* where.private_dir */
    char *out_dir;            /* where.out_dir */
    char *linker;             /* as the user names it */
    bool keep_private;        /* set before preparing: nothing is to be published */
    process_tick_fn *on_tick; /* sees what is written while rustc runs; or NULL */
};

#define COMPILATION_INIT                                                                           \
    {                                                                                              \
        .command = RUSTC_COMMAND_INIT, .rewrite = RUSTC_REWRITE_INIT, .env = STRV_INIT             \
    }

/*
 * Prepares the run. PLACE is what will be written in the end: the private directory is made beside
 * it; NULL: beside rustc's own output. What is done otherwise than asked is told in WARNINGS.
 */
int compilation_prepare(struct compilation *compilation, const struct codegen *codegen,
                        const char *place, struct strv *warnings, struct error *err) must_check;
void compilation_release(struct compilation *compilation);

/*
 * Runs rustc. ON_STDERR gets its lines and USER, on_tick USER; standard output is passed on.
 * rustc's failure is an ERROR_CHILD.
 */
int compilation_run(struct compilation *compilation, process_line_fn *on_stderr, void *user,
                    struct error *err) must_check;

/* Passes a line of rustc's on, with the user's paths in the place of private ones. */
int compilation_pass_on(struct compilation *compilation, enum codegen_stream stream,
                        const char *line, size_t len, struct error *err) must_check;
