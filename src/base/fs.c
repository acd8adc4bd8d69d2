/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

#define READ_CHUNK (1u << 16)
#define REMOVE_MAX_OPEN 32

void fd_release(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool fs_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool fs_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int fs_read_file(const char *path, size_t cap, struct buf *buf, struct error *err)
{
    auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t start = buf->len;

    if (fd < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    for (;;) {
        buf_reserve(buf, READ_CHUNK);
        ssize_t got = read(fd, buf->data + buf->len, READ_CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set_errno(err, errno, "cannot read %s", path);
            break;
        }
        if (got == 0)
            return 0;
        buf_set_len(buf, buf->len + (size_t)got);
        if (buf->len - start > cap) {
            error_set(err, ERROR_REFUSED, "%s is larger than %zu bytes", path, cap);
            break;
        }
    }
    buf_set_len(buf, start);
    return -1;
}

int mapping_open(const char *path, struct mapping *ret_mapping, struct error *err)
{
    auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct mapping mapping = MAPPING_INIT;

    if (fd < 0 || fstat(fd, &mapping.stat) < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    if (!S_ISREG(mapping.stat.st_mode))
        return error_set(err, ERROR_REFUSED, "%s is not a regular file", path);
    mapping.len = (size_t)mapping.stat.st_size;
    mapping.data = (const unsigned char *)"";
    if (mapping.len > 0) {
        void *data = mmap(NULL, mapping.len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            return error_set_errno(err, errno, "cannot map %s", path);
        mapping.data = data;
    }
    *ret_mapping = mapping;
    return 0;
}

void mapping_release(struct mapping *mapping)
{
    if (mapping->len > 0)
        munmap((void *)(uintptr_t)mapping->data, mapping->len);
    *mapping = (struct mapping)MAPPING_INIT;
}

/* Returns 0 when the directory is there, or an errno value. */
static int make_dir(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    int errnum = errno;
    return errnum == EEXIST && fs_is_dir(path) ? 0 : errnum;
}

int fs_mkdir_all(const char *path, struct error *err)
{
    auto_free char *parent = path_dirname(path);
    int errnum = make_dir(path);

    if (errnum == ENOENT && path[0] != '\0' && strcmp(parent, path) != 0) {
        if (fs_mkdir_all(parent, err) < 0)
            return -1;
        errnum = make_dir(path);
    }
    if (errnum != 0)
        return error_set_errno(err, errnum, "cannot create the directory %s", path);
    return 0;
}

int fs_rename(const char *from, const char *to, struct error *err)
{
    if (rename(from, to) < 0)
        return error_set_errno(err, errno, "cannot rename %s to %s", from, to);
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (type == FTW_DNR)
        chmod(path, 0700);
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int fs_remove_all(const char *path, struct error *err)
{
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return error_set_errno(err, errno, "cannot remove %s", path);
    if (rmdir(path) == 0) /* a temporary directory is mostly empty in the end */
        return 0;
    if (nftw(path, remove_entry, REMOVE_MAX_OPEN, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return error_set_errno(err, errno, "cannot remove %s", path);
    return 0;
}

int fs_list(const char *path, struct strv *names, struct error *err)
{
    DIR *dir = opendir(path);

    if (!dir)
        return error_set_errno(err, errno, "cannot read the directory %s", path);
    for (struct dirent *entry; errno = 0, (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_push(names, entry->d_name);
    int errnum = errno;
    closedir(dir);
    if (errnum != 0)
        return error_set_errno(err, errnum, "cannot read the directory %s", path);
    strv_sort(names);
    return 0;
}

int fs_getcwd(char **ret_path, struct error *err)
{
    char *path = getcwd(NULL, 0);

    if (!path)
        return error_set_errno(err, errno, "cannot find the working directory");
    *ret_path = path;
    return 0;
}

char *fs_canonical(const char *path)
{
    char *canonical = realpath(path, NULL);

    return canonical ? canonical : xstrdup(path);
}

int temp_dir_create(const char *dir, struct temp_dir *ret_temp, struct error *err)
{
    char *path = xasprintf("%s/.cleave-XXXXXX", dir);

    if (!mkdtemp(path)) {
        error_set_errno(err, errno, "cannot create a directory in %s", dir);
        free(path);
        return -1;
    }
    ret_temp->path = path;
    return 0;
}

void temp_dir_release(struct temp_dir *temp)
{
    auto_error err = ERROR_INIT;

    /* What can't be removed stays behind; the caller's own result counts more. */
    if (temp->path && fs_remove_all(temp->path, &err) < 0)
        error_release(&err);
    free(temp->path);
    temp->path = NULL;
}
