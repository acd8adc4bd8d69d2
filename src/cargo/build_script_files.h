/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The answers of a build script, as files in a directory DIR:
 *
 *   DIR/out/         OUT_DIR
 *   DIR/env          NAME=VALUE lines for rustc's environment: OUT_DIR, then each rustc-env
 *   DIR/rustc-args   --cfg=… and --check-cfg=…, one argument a line
 *   DIR/rustc-libs   -L[KIND=]PATH and -l[KIND[:MODIFIERS]=]NAME, one argument a line
 *   DIR/link-args    TARGET<TAB>ARG lines; TARGET is one of all, bins, bin:NAME, tests, examples,
 *                    benches, cdylib, or search, whose ARG is the [KIND=]PATH of a -L
 *   DIR/dep-env      DEP_LINKS_KEY=VALUE lines, for the build scripts of dependents
 *   DIR/warnings     one a line
 */

#include "base/error.h"
#include "base/strv.h"
#include "cargo/build_script_output.h"

#define BUILD_SCRIPT_OUT "out"
#define BUILD_SCRIPT_DEP_ENV "dep-env"

/*
 * Makes DIR, without answers: those of an earlier run are removed. A directory that holds anything
 * else is refused. Sets *RET_CREATED to the topmost directory that was made; NULL: none was, owned
 * by caller.
 */
int build_script_dir_prepare(const char *dir, char **ret_created, struct error *err) must_check;

/* Removes the answers in DIR, and what preparing has made. */
void build_script_dir_discard(const char *dir, const char *created);

/*
 * Writes all files but OUT_DIR. OUT_DIR is what rustc is told of it; LINKS, which may be NULL, the
 * library that the package links.
 */
int build_script_files_write(const char *dir, const struct build_script_output *output,
                             const char *out_dir, const char *links, struct error *err) must_check;

/*
 * "TARGET=DIR": appends to ARGS what the script whose answers are in DIR has for the link of a
 * target, which is one of
 *
 *   bin:NAME, test, example, bench, cdylib, lib   of the script's own package
 *   dep, cdylib-dep                               that depends on it; the latter a cdylib
 *
 * Cargo's targets, not rustc's crate types: the unit tests of a program are bin:NAME.
 *
 * RUN_DIR, which may be NULL, is the directory of what is linked, from the working directory:
 * search directories below the latter that hold shared libraries are found from there when it runs.
 */
int build_script_link_args(const char *request, const char *run_dir, struct strv *args,
                           struct error *err) must_check;
