/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file system. Files that others will read appear whole or not at all: they are written under
 * a temporary name beside their place and renamed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

bool fs_exists(const char *path); /* follows links; false also when it can't be known */
bool fs_is_dir(const char *path);
bool fs_is_file(const char *path); /* a regular file, links followed */

/* Appends the file's bytes to BUF; a file of more than CAP bytes is refused. */
int fs_read_file(const char *path, size_t cap, struct buf *buf, struct error *err) must_check;

/* Writes the file under a temporary name and renames it into place. */
int fs_write_file(const char *path, const void *data, size_t len, struct error *err) must_check;

/* As fs_write_file, with the bytes in COUNT parts, one after the other. The list is used up. */
int fs_write_parts(const char *path, struct iovec *parts, size_t count,
                   struct error *err) must_check;

/* A file seen as memory, read-only; an empty file has len 0 and data that isn't NULL. */
struct mapping {
    const unsigned char *data;
    size_t len;
    struct stat stat;
};

#define MAPPING_INIT                                                                               \
    {                                                                                              \
        NULL, 0,                                                                                   \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

int mapping_open(const char *path, struct mapping *ret_mapping, struct error *err) must_check;
void mapping_release(struct mapping *mapping);
#define auto_mapping __attribute__((cleanup(mapping_release))) struct mapping

int fs_mkdir_all(const char *path, struct error *err) must_check; /* mode 0777 less the umask */
int fs_rename(const char *from, const char *to, struct error *err) must_check;

/* Removes a file, link or whole tree; that there is none is no error. Links aren't followed. */
int fs_remove_all(const char *path, struct error *err) must_check;

/* A hard link, or where that isn't possible a copy with the same mode and time. TO must not exist.
 */
int fs_link_or_copy(const char *from, const char *to, struct error *err) must_check;

/* A copy with the same mode and time (a reflink where the file system has them), atomically. */
int fs_copy_file(const char *from, const char *to, struct error *err) must_check;

/*
 * Moves the file or directory FROM to TO and replaces what is there: a rename, or between file
 * systems a copy that appears whole (FROM then stays).
 */
int fs_replace(const char *from, const char *to, struct error *err) must_check;

/* Appends the names in the directory, sorted by bytes, without "." and "..". */
int fs_list(const char *path, struct strv *names, struct error *err) must_check;

/* The absolute path of the working directory. Owned by caller. */
int fs_getcwd(char **ret_path, struct error *err) must_check;

/* realpath(3), or a copy of PATH when it can't be resolved. Owned by caller. */
char *fs_canonical(const char *path);

/*
 * A private directory (mode 0700), named DIR/.cleave-XXXXXX, that is removed with all that is in
 * it when the struct is released.
 */
struct temp_dir {
    char *path; /* owned; NULL when there is none */
};

#define TEMP_DIR_INIT                                                                              \
    {                                                                                              \
        NULL                                                                                       \
    }

int temp_dir_create(const char *dir, struct temp_dir *ret_temp, struct error *err) must_check;
void temp_dir_release(struct temp_dir *temp);
#define auto_temp_dir __attribute__((cleanup(temp_dir_release))) struct temp_dir
