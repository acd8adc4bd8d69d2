/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Paths as text: no function here asks the file system. Paths are bytes, not UTF-8. */

#include <stdbool.h>

/* The part after the last '/', inside PATH. */
const char *path_basename(const char *path);

/* The part before the last '/': "." for a bare name, "/" for a file in the root. Owned by caller.
 */
char *path_dirname(const char *path);

/* DIR/NAME; NAME alone when it is absolute or DIR is "" or ".". Owned by caller. */
char *path_join(const char *dir, const char *name);

/*
 * What stands between the directory DIR and a name in it: "" when DIR is empty or ends with '/',
 * else "/". (path_join drops "." and this doesn't: for names that must be spelled as rustc does.)
 */
const char *path_separator(const char *dir);

/* PATH without ".", doubled and trailing '/'; ".." stays. Owned by caller. */
char *path_clean(const char *path);

/*
 * What follows DIR and its slashes in PATH, inside PATH; "" when they are the same; NULL when PATH
 * isn't below DIR. Both are compared as text.
 */
const char *path_below(const char *path, const char *dir);

/* Whether PATH is relative and stays where it starts: not empty, no "..", no leading '/'. */
bool path_is_inside(const char *path);

/*
 * TO as it is seen from the directory FROM, by ".." and names; both are relative to one place, and
 * plain (no "." or ".." in them). Owned by caller.
 */
char *path_relative(const char *from, const char *to);

bool has_prefix(const char *s, const char *prefix);
bool has_suffix(const char *s, const char *suffix);

/* What follows PREFIX in S, or NULL. */
const char *after_prefix(const char *s, const char *prefix);
