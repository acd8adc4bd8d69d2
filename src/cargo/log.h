/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What became of each rustc run of a build: a line in the file that $CLEAVE_LOG names, and for
 * `cleave cargo` their sum.
 *
 *   split CRATE TYPE            codegen with hollow rlibs, then link
 *   lto CRATE TYPE              codegen with real rlibs, then link
 *   library CRATE TYPE          nothing to link; a hollow rlib was made
 *   rustc CRATE TYPE REASON     run as rustc would
 *
 * and, where cleaved listens, one more:
 *
 *   hit CRATE TYPE              its codegen was in the action cache
 *   ran CRATE TYPE              its codegen was run by cleaved
 *   here CRATE TYPE REASON      it was compiled here all the same
 */

#include "base/buf.h"
#include "base/error.h"

#define LOG_VARIABLE "CLEAVE_LOG"
#define LOG_SIZE_CAP (64u << 20)

enum outcome {
    OUTCOME_SPLIT,
    OUTCOME_LTO,
    OUTCOME_LIBRARY,
    OUTCOME_RUSTC,
    OUTCOME_HIT,
    OUTCOME_RAN,
    OUTCOME_HERE,
};

/* Appends a line to $CLEAVE_LOG, where that is set. REASON: of OUTCOME_RUSTC and OUTCOME_HERE. */
int log_append(enum outcome outcome, const char *crate, const char *type, const char *reason,
               struct error *err) must_check;

/* Appends the sum of the log file's lines from OFFSET on, one line without newline. */
int log_summary(const char *path, size_t offset, struct buf *text, struct error *err) must_check;
