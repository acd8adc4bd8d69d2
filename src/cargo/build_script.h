/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Running a build script as Cargo does, and keeping its answers as files
 * (build_script_files.h says which).
 *
 * Where the directory of the answers is given by a relative path, what is left there is the same
 * wherever the working directory, the "root", lies: the script, whose own working directory is its
 * package's, sees absolute paths; in its answers the root becomes /proc/self/cwd, which is where
 * rustc and the linker run; compilers that it calls are told to call the root "."; and OUT_DIR is
 * checked (build_script_tree.h). With an absolute path nothing of this is done.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

/* How paths below the root are called in answers. */
#define BUILD_SCRIPT_ROOT "/proc/self/cwd"

struct build_script {
    char *const *argv; /* the script's program and its arguments, NULL-terminated */
    const char *dir;   /* gets the answers; isn't there, is empty, or holds earlier answers */
    const char *label; /* what messages call the package; NULL: its name, or the program's */
    const char *manifest_dir; /* the package; NULL: the working directory */
    const char *cwd;          /* where the script runs; NULL: the package */
    const char *package;      /* its name, version and the library it links; each may be NULL */
    const char *version;
    const char *links;
    const char *target;    /* NULL: the host */
    const char *host;      /* NULL: rustc is asked */
    const char *rustc;     /* NULL: $RUSTC, else "rustc" */
    const char *profile;   /* "debug" or "release"; NULL: debug */
    const char *opt_level; /* NULL: by the profile, as are the next two */
    const char *debug;     /* "true" or "false" */
    struct strv features;
    struct strv rustflags;
    struct strv deps;      /* the answers of other scripts, whose metadata this one sees */
    struct strv env_files; /* set variables last, */
    struct strv env;       /* and NAME=VALUE even after that */
    struct strv discards;  /* patterns of file names: what in OUT_DIR matches one is removed */
};

#define BUILD_SCRIPT_INIT                                                                          \
    {                                                                                              \
        .features = STRV_INIT, .rustflags = STRV_INIT, .deps = STRV_INIT, .env_files = STRV_INIT,  \
        .env = STRV_INIT, .discards = STRV_INIT                                                    \
    }

void build_script_release(struct build_script *script);
#define auto_build_script __attribute__((cleanup(build_script_release))) struct build_script

/* The most that is kept of what a script prints on one stream. */
#define BUILD_SCRIPT_OUTPUT_CAP (64u << 20)

/* What there is to show when it failed. */
struct build_script_report {
    struct buf out;
    struct buf err; /* what goes over the cap is left out */
    struct strv warnings;
    struct strv errors;
};

#define BUILD_SCRIPT_REPORT_INIT                                                                   \
    {                                                                                              \
        BUF_INIT, BUF_INIT, STRV_INIT, STRV_INIT                                                   \
    }

void build_script_report_release(struct build_script_report *report);
#define auto_build_script_report                                                                   \
    __attribute__((cleanup(build_script_report_release))) struct build_script_report

/*
 * Runs the script. On failure, which a directive cargo::error is too, nothing is left in its
 * directory. The report is set in any case.
 */
int build_script_run(const struct build_script *script, struct build_script_report *ret_report,
                     struct error *err) must_check;
