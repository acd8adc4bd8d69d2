/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files that carry a crate, made without rustc: their metadata has rustc's header and, behind it,
 * the text that the test gives, so that equal texts are equal crates.
 */

#include "base/buf.h"
#include "base/digest.h"

void test_write_metadata(const char *path, const char *text);
void test_write_hollow_rlib(const char *path, const char *text);

/* A real rlib: the metadata, an object, and the member "libbundled.a" with the text. */
void test_write_rlib(const char *path, const char *text);
void test_write_link_rlib(const char *path, const char *text);

void test_write_dylib(const char *path, const char *text);
void test_write_hollow_dylib(const char *path, const char *text);

/*
 * What rustc keeps in the member lib.rmeta-link, as an object with that in its section: the member
 * "a.o" as its own, and the NULL-terminated list of bundled libraries, in which "" is a native
 * library that isn't bundled. Without a list it is as it was before 1.99.
 */
void test_rmeta_link(const char *const *bundled, struct buf *member);

/* The digest of the crate, whichever kind of file it is in. */
struct digest test_digest(const char *text);
