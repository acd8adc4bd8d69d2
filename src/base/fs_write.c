/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <linux/fs.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"

#define COPY_CHUNK (1u << 20)

int fs_check_place(const char *path, struct error *err)
{
    struct stat st;

    if (lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
        return 0;
    return error_set(err, ERROR_FAILURE,
                     "%s is a device, pipe or socket, and would be replaced; name a file", path);
}

int fd_write_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        at += put;
        len -= (size_t)put;
    }
    return 0;
}

/* A new file beside PATH. Sets *RET_TEMP to its name, owned by the caller. */
static int open_beside(const char *path, char **ret_temp, struct error *err)
{
    if (fs_check_place(path, err) < 0)
        return -1;
    auto_free char *dir = path_dirname(path);
    char *temp = xasprintf("%s/.cleave-XXXXXX", dir);
    int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0) {
        error_set_errno(err, errno, "cannot write %s", path);
        free(temp);
        return -1;
    }
    *ret_temp = temp;
    return fd;
}

static mode_t current_umask(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return mask;
}

/*
 * rename, but that a file in TO's place is exchanged and then removed: a rename over it would make
 * ext4 write FROM to the disk at once (its auto_da_alloc). That took cleave link 50 ms for a
 * program of 46 MB, and cleave codegen 10 ms for dep-info (`make bench` into an old output).
 */
static int rename_file(const char *from, const char *to)
{
    struct stat st;

    if (lstat(to, &st) == 0 && S_ISREG(st.st_mode) &&
        renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
        return unlink(from);
    return rename(from, to);
}

/* Gives the finished temporary file its name, or removes it when STATUS says it isn't finished. */
static int commit_beside(const char *temp, const char *path, int status, struct error *err)
{
    if (status == 0 && rename_file(temp, path) == 0)
        return 0;
    int errnum = errno;
    unlink(temp);
    return error_set_errno(err, errnum, "cannot write %s", path);
}

static int write_parts(int fd, struct iovec *parts, size_t count)
{
    while (count > 0) {
        ssize_t put = writev(fd, parts, (int)(count < IOV_MAX ? count : IOV_MAX));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        size_t left = (size_t)put;
        for (; count > 0 && left >= parts->iov_len; parts++, count--)
            left -= parts->iov_len;
        if (left > 0) {
            parts->iov_base = (char *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
    return 0;
}

int fs_write_parts(const char *path, struct iovec *parts, size_t count, struct error *err)
{
    auto_free char *temp = NULL;
    int fd = open_beside(path, &temp, err);

    if (fd < 0)
        return -1;
    int status = write_parts(fd, parts, count);
    if (status == 0)
        status = fchmod(fd, 0666 & ~current_umask());
    if (close(fd) < 0)
        status = -1;
    return commit_beside(temp, path, status, err);
}

int fs_write_file(const char *path, const void *data, size_t len, struct error *err)
{
    struct iovec whole = {(void *)(uintptr_t)data, len};

    return fs_write_parts(path, &whole, 1, err);
}

static int copy_bytes(int from, int to)
{
    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    for (;;) {
        ssize_t copied = copy_file_range(from, NULL, to, NULL, COPY_CHUNK, 0);
        if (copied == 0)
            return 0;
        if (copied < 0 && errno != EINTR)
            break;
    }
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return -1;
    auto_free char *chunk = xmalloc(COPY_CHUNK);
    for (;;) {
        ssize_t got = read(from, chunk, COPY_CHUNK);
        if (got == 0)
            return 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || fd_write_all(to, chunk, (size_t)got) < 0)
            return -1;
    }
}

/* With that mode, or where it is NULL with the mode and time of FROM. */
static int copy_file(const char *from, const char *to, const unsigned *mode, struct error *err)
{
    auto_fd int source = open(from, O_RDONLY | O_CLOEXEC);
    auto_free char *temp = NULL;
    struct stat st;

    if (source < 0 || fstat(source, &st) < 0)
        return error_set_errno(err, errno, "cannot open %s", from);
    int target = open_beside(to, &temp, err);
    if (target < 0)
        return -1;
    struct timespec times[2] = {st.st_atim, st.st_mtim};
    int status = copy_bytes(source, target);
    if (status == 0)
        status = fchmod(target, mode ? *mode : st.st_mode & 07777);
    if (status == 0 && !mode)
        status = futimens(target, times);
    if (close(target) < 0)
        status = -1;
    return commit_beside(temp, to, status, err);
}

int fs_copy_file(const char *from, const char *to, struct error *err)
{
    return copy_file(from, to, NULL, err);
}

int fs_copy_anew(const char *from, const char *to, unsigned mode, struct error *err)
{
    return copy_file(from, to, &mode, err);
}

int fs_link_or_copy(const char *from, const char *to, struct error *err)
{
    if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
        return fs_copy_file(from, to, err);
    return error_set_errno(err, errno, "cannot link %s to %s", from, to);
}

static int copy_dir(const char *from, const char *to, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (fs_mkdir_all(to, err) < 0 || fs_list(from, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *source = path_join(from, names.items[i]);
        auto_free char *target = path_join(to, names.items[i]);
        int status =
            fs_is_dir(source) ? copy_dir(source, target, err) : fs_copy_file(source, target, err);
        if (status < 0)
            return -1;
    }
    return 0;
}

/*
 * Puts the directory FROM in the place of the directory or file TO, which ends up in FROM's place.
 * Without RENAME_EXCHANGE the two steps are undone when the second fails.
 */
static int exchange(const char *from, const char *to, struct error *err)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
        return 0;
    auto_free char *aside = xasprintf("%s.old", from);
    if (rename(to, aside) < 0)
        return error_set_errno(err, errno, "cannot replace %s", to);
    if (rename(from, to) == 0)
        return fs_rename(aside, from, err);
    int errnum = errno;
    if (rename(aside, to) < 0)
        return error_set_errno(err, errno, "cannot restore %s from %s", to, aside);
    return error_set_errno(err, errnum, "cannot replace %s", to);
}

/* Whether a directory's rename failed because something stands in its place. */
static bool is_occupied(int errnum)
{
    return errnum == EEXIST || errnum == ENOTEMPTY || errnum == ENOTDIR;
}

static int replace_dir(const char *from, const char *to, struct error *err)
{
    auto_temp_dir beside = TEMP_DIR_INIT;

    if (rename(from, to) == 0)
        return 0;
    if (errno != EXDEV && !is_occupied(errno))
        return error_set_errno(err, errno, "cannot write %s", to);
    auto_free char *parent = path_dirname(to);
    if (temp_dir_create(parent, &beside, err) < 0)
        return -1;
    auto_free char *staged = path_join(beside.path, "new");
    if (rename(from, staged) < 0) {
        if (errno != EXDEV)
            return error_set_errno(err, errno, "cannot write %s", to);
        if (copy_dir(from, staged, err) < 0)
            return -1;
    }
    if (rename(staged, to) == 0)
        return 0;
    if (!is_occupied(errno))
        return error_set_errno(err, errno, "cannot write %s", to);
    return exchange(staged, to, err);
}

int fs_replace(const char *from, const char *to, struct error *err)
{
    auto_free char *place = path_clean(to); /* its directory is the one it lies in */

    if (fs_check_place(to, err) < 0)
        return -1;
    if (fs_is_dir(from))
        return replace_dir(from, place, err);
    if (rename_file(from, to) == 0)
        return 0;
    if (errno == EXDEV)
        return fs_copy_file(from, to, err);
    return error_set_errno(err, errno, "cannot write %s", to);
}
