/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Codegen of Cargo's crates by cleaved, where one listens: an action in its sandbox, in which the
 * crate's files lie at their own paths (unit/own_paths.h), with the toolchain that is here; or what
 * the action cache has of the same one.
 *
 * The action gets the package's files, those below OUT_DIR, hollows and proc macros of the crate's
 * dependencies, the static libraries beside them, and what Cargo adds to rustc's environment. After
 * it has run, the dep-info tells what rustc has read: when that names a file or variable which is
 * here and wasn't sent, the result is thrown away, the action is run again with it, and that is
 * remembered for the next time, in the folder of cleave's caches.
 *
 * Whatever keeps a crate from being compiled there is no error: it is compiled here then.
 */

#include "base/buf.h"
#include "base/error.h"
#include "rust/rustc_command.h"
#include "unit/codegen.h"

/* The socket, or "none"; unset: cleaved's own. */
#define SERVED_VARIABLE "CLEAVE_SERVICE"

struct served_crate {
    char *const *argv;                   /* as Cargo gave it: rustc and its arguments */
    const struct rustc_command *command; /* of it */
    const char *crate, *out_dir;
    bool is_linked; /* it leaves link units */
};

/* How it went. */
struct served_result {
    bool cached;
    bool failed;                   /* the action ran, and rustc failed in it */
    struct codegen_result codegen; /* units, below the directory given, and the notices held back */
    struct buf standard_output;
    struct buf standard_error; /* rustc's messages, as it printed them */
    char *why_not;             /* owned; why it isn't done, NULL when nobody listens */
};

#define SERVED_RESULT_INIT                                                                         \
    {                                                                                              \
        false, false, {STRV_INIT, STRV_INIT, STRV_INIT}, BUF_INIT, BUF_INIT, NULL                  \
    }

/*
 * Compiles the crate there. Rustc's files are put where the command line wants them, units into the
 * directory UNIT_DIR, which is there. Returns 0, or 1 when it isn't done and the crate is to be
 * compiled here; fails only when a signal has come.
 */
int served_codegen(const struct served_crate *crate, const char *unit_dir,
                   struct served_result *ret_result, struct error *err) must_check;
void served_result_release(struct served_result *result);
#define auto_served_result __attribute__((cleanup(served_result_release))) struct served_result

/*
 * After the crate has been compiled here although rustc failed there: what it reads besides is sent
 * the next time. That this can't be remembered is no error.
 */
void served_learn(const struct served_crate *crate);

/*
 * Appends what the crate needs to be compiled against: the hollows and proc macros of all its
 * dependencies. Returns 1 where that isn't known: one of them was compiled without cleave.
 */
int served_needs(const struct rustc_command *command, struct strv *paths,
                 struct error *err) must_check;
