/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hollow rlibs and dylibs (metadata without code) and link rlibs (code without metadata). They are
 * made from the files of one rustc run, so that all of them name the same crate hash.
 *
 * A hollow rlib's members: lib.rmeta, the marker, and for each bundled +whole-archive library of
 * the crate a stand-in under that library's name: an archive, wrapped as rustc wraps the real one,
 * in which a "bundled" marker is the only member. rustc wants to extract it (and crashes when a
 * staticlib can't have it), cleave knows it by the marker. Where rustc finds those libraries by
 * lib.rmeta-link, that is there too, as rustc made it: without it rustc leaves them out silently.
 */

#include <stddef.h>

#include "base/error.h"

/*
 * Writes a hollow of IN to OUT: a rlib from a .rmeta file or any rlib with metadata, a dylib from
 * a dylib or from rustc's own metadata object (section .rustc). OUT appears whole or not at all.
 * The same crate gives the same bytes, whichever of its files is IN, but that from a bare .rmeta
 * the stand-ins and lib.rmeta-link are missing, since it doesn't say what was bundled.
 */
int hollow_write(const char *in, const char *out, struct error *err) must_check;

/*
 * Writes the link rlib of the real rlib IN to OUT: the same members with the marker in the place
 * of lib.rmeta, rustc's own index. A rlib whose objects aren't ELF is copied.
 */
int link_rlib_write(const char *in, const char *out, struct error *err) must_check;
