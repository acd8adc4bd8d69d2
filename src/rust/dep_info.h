/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Dep-info files (--emit=dep-info), which rustc writes as make rules
 * (rustc_interface/src/passes.rs, write_out_deps):
 *
 *   TARGET: SOURCE SOURCE        one for each of rustc's output files, by kind
 *   SOURCE:                      one for each source file
 *   # env-dep:NAME=VALUE         an environment variable the source reads; no "=" when unset
 *   # checksum:…                 with -Zchecksum-hash-algorithm
 *
 * Spaces are written as "\ " in sources, and in targets not at all.
 */

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

#define DEP_INFO_CAP (256u << 20)

/*
 * Appends TEXT, a dep-info file, to OUT with the directory FROM of its targets replaced by TO,
 * both as rustc_command_output_dir spells them ("" for none, and "." is not the same). Every
 * other byte stays, so that the result is what rustc writes when TO is its output directory. A
 * file that isn't dep-info is refused, and OUT then left as it was.
 */
int dep_info_retarget(const char *text, size_t len, const char *from, const char *to,
                      struct buf *out, struct error *err) must_check;

/*
 * Appends what TEXT, a dep-info file, says that rustc has read: FILES as rustc spells them, and the
 * NAMES of variables, set or not. A file that isn't dep-info is refused.
 */
int dep_info_reads(const char *text, struct strv *files, struct strv *names,
                   struct error *err) must_check;
