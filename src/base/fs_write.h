/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Putting files in place. Files that others will read appear whole or not at all: they are written
 * under a temporary name beside their place and renamed. What is there is replaced, but for
 * devices, pipes and sockets: a rename would take /dev/null from everyone, so they are refused.
 */

#include <stddef.h>
#include <sys/uio.h>

#include "base/error.h"

/* What all of these look at first: whether something is at PATH that must not be replaced. */
int fs_check_place(const char *path, struct error *err) must_check;

/* Writes all of it to an open file, pipe or terminal. Returns -1 with errno set on failure. */
int fd_write_all(int fd, const void *data, size_t len) must_check;

/* Writes the file under a temporary name and renames it into place. */
int fs_write_file(const char *path, const void *data, size_t len, struct error *err) must_check;

/* As fs_write_file, with the bytes in COUNT parts, one after the other. The list is used up. */
int fs_write_parts(const char *path, struct iovec *parts, size_t count,
                   struct error *err) must_check;

/* A hard link, or where that isn't possible a copy with the same mode and time. TO must not exist.
 */
int fs_link_or_copy(const char *from, const char *to, struct error *err) must_check;

/* A copy with the same mode and time (a reflink where the file system has them), atomically. */
int fs_copy_file(const char *from, const char *to, struct error *err) must_check;

/* The same with another mode, and the time of now. */
int fs_copy_anew(const char *from, const char *to, unsigned mode, struct error *err) must_check;

/*
 * Moves the file or directory FROM to TO and replaces what is there: a rename, or between file
 * systems a copy that appears whole (FROM then stays).
 */
int fs_replace(const char *from, const char *to, struct error *err) must_check;
