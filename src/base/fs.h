/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file system: looking at files, reading them, making and removing directories. What writes
 * files is in fs_write.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

void fd_release(int *fd); /* closes it, unless it is -1, and leaves -1 */
#define auto_fd __attribute__((cleanup(fd_release)))

bool fs_exists(const char *path); /* follows links; false also when it can't be known */
bool fs_is_dir(const char *path);
bool fs_is_file(const char *path); /* a regular file, links followed */

/* Appends the file's bytes to BUF; a file of more than CAP bytes is refused. */
int fs_read_file(const char *path, size_t cap, struct buf *buf, struct error *err) must_check;

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
