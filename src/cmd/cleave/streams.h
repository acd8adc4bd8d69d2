/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands that run rustc have in common: its output goes to ours, its status is ours. */

#include "base/error.h"
#include "base/options.h"
#include "base/strv.h"
#include "unit/codegen.h"

/* A codegen_write_fn that writes to our standard output and error. */
int write_stream(void *user, enum codegen_stream stream, const char *data, size_t len,
                 struct error *err);

void print_warnings(const struct strv *warnings);

/* Takes the values of --slot. */
int set_slots(const struct strv *names, struct codegen *codegen, struct error *err) must_check;

/*
 * Adds the variables in the files of --env-file to our environment, which rustc gets. Called before
 * anything of the environment is looked at.
 */
int add_env_files(const struct strv *files, struct error *err) must_check;

/*
 * Puts the values of --status-file for each {KEY} in the variables of our environment. Called after
 * add_env_files.
 */
int stamp_env(const struct strv *files, struct error *err) must_check;

/* Takes rustc and its arguments from behind "--". */
void set_rustc(struct codegen *codegen, const struct arguments *arguments);

/*
 * A child's failure becomes *RET_STATUS, and is no error of ours: rustc has said why. Returns the
 * STATUS that is left.
 */
int pass_on_status(int status, int *ret_status, struct error *err) must_check;

/*
 * Runs codegen with rustc's output passed on and warnings printed; adds to *NOTICES rustc's notices
 * of what is still to be linked. A question to rustc (--print, -vV) is passed to it as it is.
 */
int run_codegen(struct codegen *codegen, struct strv *notices, int *ret_status,
                struct error *err) must_check;
