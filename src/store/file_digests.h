/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Digests of files of this machine, so that one that hasn't changed is not read again: remembered
 * by device, inode, size, mtime and ctime, in memory and in a file, across starts. A file that
 * changed so lately that it could change again within the same time stamp isn't remembered.
 *
 * The file is a list of records (file_digests.c), each with a check of its own: one that is
 * damaged, or the last when it wasn't written whole, is passed over. All functions may be called by
 * any thread.
 */

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "store/blob.h"

/* Of more files than that all are forgotten. */
#define FILE_DIGESTS_MAX 200000

/* A file is remembered when it hasn't changed for so long. */
#define FILE_DIGESTS_SETTLED_SECONDS 2

struct file_digests;

/* Reads what is remembered at PATH, which is made when there is something to remember. One process
 * at a time may have it open. */
int file_digests_open(const char *path, struct file_digests **ret_digests,
                      struct error *err) must_check;
void file_digests_close(struct file_digests *digests); /* NULL is fine */

/* The digest of a regular file that stat(2) says this of, if it is remembered. */
bool file_digests_find(struct file_digests *digests, const struct stat *st,
                       struct blob_digest *ret_digest);

/* Remembers it, NOW being the time (CLOCK_REALTIME). That it can't be kept is no error: the file
 * will be read again. */
void file_digests_add(struct file_digests *digests, const struct stat *st, time_t now,
                      const struct blob_digest *digest);
