/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Static libraries. Codegen against hollow rlibs leaves an archive with markers where the
 * dependencies' members belong; the skeleton has markers for std's too. Assembling replaces each
 * marker by the members it stands for and gives the bytes rustc would have written, symbol index
 * included: it is composed from the archives' own indexes. Only the members of bundled libraries,
 * whose index some other program made, are read for their symbols.
 */

#include <stddef.h>

#include "base/error.h"
#include "rust/marker.h"

/*
 * Writes to OUT the archive IN with every run of members that is, name by name and byte by byte,
 * the content of a rlib of the sysroot replaced by a "sysroot" marker. LIB_DIR is that of the
 * rlibs, LIB_PATH the same below the sysroot ("lib/rustlib/TARGET/lib"). Members that are only a
 * part of a rlib's content stay.
 */
int staticlib_skeleton(const char *in, const char *lib_dir, const char *lib_path, const char *out,
                       struct error *err) must_check;

/* Sets *RET_LIST to the markers of a skeleton, in order. */
int staticlib_markers(const char *skeleton, struct marker_list *ret_list,
                      struct error *err) must_check;

/*
 * Writes the static library OUT: the SKELETON, with FILES[i] (a real or link rlib) for its i-th
 * marker. There must be one for each; the files' digests are the caller's to check.
 */
int staticlib_assemble(const char *skeleton, const char *const *files, size_t count,
                       const char *out, struct error *err) must_check;
