/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"

#define PID_SIZE 16

/*
 * What pathconf answers for file systems that it doesn't know, and what is taken in its place: the
 * least of those in use (ext3).
 */
#define LINKS_UNKNOWN 127
#define LINKS_LEAST 32000

int answer_errno(struct error *err, int errnum, const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    error_set_errno(err, errnum, "%s", len < 0 ? format : text);
    free(len < 0 ? NULL : text);
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FULL;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return STORE_BUSY;
    default:
        return -1;
    }
}

uint64_t next_serial(struct store *store)
{
    return atomic_fetch_add(&store->serial, 1) + 1;
}

char *temp_path(uint64_t number, char path[NUMBERED_PATH_SIZE])
{
    snprintf(path, NUMBERED_PATH_SIZE, "tmp/%" PRIu64, number);
    return path;
}

char *gone_path(uint64_t number, char path[NUMBERED_PATH_SIZE])
{
    snprintf(path, NUMBERED_PATH_SIZE, "gone/%" PRIu64, number);
    return path;
}

char *file_path(const struct index_key *key, char path[FILE_PATH_SIZE])
{
    static const struct {
        const char *dir, *suffix;
    } places[INDEX_KINDS] = {
        [INDEX_BLOB] = {"cas", ""},
        [INDEX_EXECUTABLE] = {"cas", ".x"},
        [INDEX_ENTRY] = {"ac", ""},
    };
    const struct blob_digest digest = {key->hash, key->size};
    char name[BLOB_NAME_SIZE];

    blob_name(&digest, name);
    if (key->kind == INDEX_ENTRY)
        name[2 * DIGEST_SIZE] = '\0';
    snprintf(path, FILE_PATH_SIZE, "%s/%.2s/%s%s", places[key->kind].dir, name, name,
             places[key->kind].suffix);
    return path;
}

mode_t file_mode(enum index_kind kind)
{
    static const mode_t modes[INDEX_KINDS] = {
        [INDEX_BLOB] = 0444, [INDEX_EXECUTABLE] = 0555, [INDEX_ENTRY] = 0600};

    return modes[kind];
}

static int open_dir(struct store *store, struct error *err)
{
    struct stat st;

    if (fs_mkdir_all(store->dir, err) < 0)
        return error_prefix(err, "cannot make the store");
    store->dir_fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->dir_fd < 0 || fstat(store->dir_fd, &st) < 0)
        return error_set_errno(err, errno, "cannot open the store %s", store->dir);
    if (st.st_uid != geteuid())
        return error_set(err, ERROR_FAILURE,
                         "the store %s belongs to another user (%u); name a directory of your own",
                         store->dir, (unsigned)st.st_uid);
    return 0;
}

static int make_private(struct store *store, struct error *err)
{
    if (fchmod(store->dir_fd, 0700) < 0)
        return error_set_errno(err, errno, "cannot make the store %s private", store->dir);
    return 0;
}

static int refuse_locked(struct store *store, struct error *err)
{
    char pid[PID_SIZE] = "?";
    ssize_t len = pread(store->lock_fd, pid, sizeof(pid) - 1, 0);

    pid[len > 0 ? len : 0] = '\0';
    return error_set(err, ERROR_FAILURE,
                     "the store %s is open in another process (%s); stop that one or name another "
                     "directory",
                     store->dir, pid);
}

static int take_lock(struct store *store, struct error *err)
{
    char pid[PID_SIZE];

    store->lock_fd = openat(store->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock_fd < 0)
        return error_set_errno(err, errno,
                               "cannot write in the store %s; it must be on a file system that is "
                               "writable",
                               store->dir);
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK
                   ? refuse_locked(store, err)
                   : error_set_errno(err, errno, "cannot lock the store %s", store->dir);
    /* Only to name the process to who finds the store locked. */
    int len = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    if (ftruncate(store->lock_fd, 0) < 0 || pwrite(store->lock_fd, pid, (size_t)len, 0) != len)
        return error_set_errno(err, errno, "cannot write in the store %s", store->dir);
    return 0;
}

int store_check_new(const char *dir, struct error *err)
{
    static const char *const expected[] = {"lock", "format.new", "lost+found"};
    auto_strv names = STRV_INIT;

    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        bool known = false;
        for (size_t j = 0; j < sizeof(expected) / sizeof(expected[0]); j++)
            known = known || strcmp(names.items[i], expected[j]) == 0;
        if (!known)
            return error_set(err, ERROR_REFUSED,
                             "%s is not a store and not empty (there is %s); name a directory that "
                             "is empty or new",
                             dir, names.items[i]);
    }
    return 0;
}

/* Before anything is changed there. */
static int check_unused(const struct store *store, struct error *err)
{
    if (faccessat(store->dir_fd, "format", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    return store_check_new(store->dir, err);
}

static int write_format(struct store *store, struct error *err)
{
    auto_fd int fd =
        openat(store->dir_fd, "format.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || fd_write_all(fd, STORE_FORMAT, strlen(STORE_FORMAT)) < 0 ||
        renameat(store->dir_fd, "format.new", store->dir_fd, "format") < 0)
        return error_set_errno(err, errno, "cannot write in the store %s", store->dir);
    store->is_new = true;
    return 0;
}

static int check_format(struct store *store, struct error *err)
{
    char text[sizeof(STORE_FORMAT) + 1] = "";
    auto_fd int fd = openat(store->dir_fd, "format", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno == ENOENT)
        return write_format(store, err);
    if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
        return error_set_errno(err, errno, "cannot read %s/format", store->dir);
    if (strcmp(text, STORE_FORMAT) != 0)
        return error_set(
            err, ERROR_REFUSED,
            "the store %s has a format that this version doesn't know; use the version "
            "that made it, remove it, or name another directory",
            store->dir);
    return 0;
}

static int make_dir(struct store *store, const char *path, struct error *err)
{
    if (mkdirat(store->dir_fd, path, 0700) < 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot create the directory %s/%s", store->dir, path);
    return 0;
}

static int make_dirs(struct store *store, struct error *err)
{
    static const char *const dirs[] = {"cas", "ac", "tmp", "gone"};
    static const char *const hashed[] = {"cas", "ac"};
    char path[sizeof("cas/HH")];

    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
        if (make_dir(store, dirs[i], err) < 0)
            return -1;
    for (size_t i = 0; i < sizeof(hashed) / sizeof(hashed[0]); i++)
        for (unsigned byte = 0; byte < 256; byte++) {
            snprintf(path, sizeof(path), "%s/%02x", hashed[i], byte & 255);
            if (make_dir(store, path, err) < 0)
                return -1;
        }
    return 0;
}

/* What a process that had the store open before had begun to write, or to remove. */
static int empty_dir(struct store *store, const char *name, struct error *err)
{
    auto_strv names = STRV_INIT;
    auto_free char *dir = path_join(store->dir, name);

    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(dir, names.items[i]);
        if (fs_remove_all(path, err) < 0)
            return -1;
    }
    return 0;
}

static nlink_t find_links_max(int fd)
{
    long max = fpathconf(fd, _PC_LINK_MAX);

    if (max <= LINKS_UNKNOWN)
        max = LINKS_LEAST;
    /* Some room: others may make links between a look at the inode and the link itself. */
    return (nlink_t)(max - max / 16);
}

int layout_open(struct store *store, const char *dir, struct error *err)
{
    store->dir_fd = -1;
    store->lock_fd = -1;
    /* Absolute, so that the paths of blobs hold for every process and directory. */
    if (dir[0] == '/') {
        store->dir = path_clean(dir);
    } else {
        auto_free char *cwd = NULL;
        if (fs_getcwd(&cwd, err) < 0)
            return -1;
        auto_free char *joined = path_join(cwd, dir);
        store->dir = path_clean(joined);
    }
    if (open_dir(store, err) < 0 || check_unused(store, err) < 0 || take_lock(store, err) < 0 ||
        check_format(store, err) < 0 || make_private(store, err) < 0 || make_dirs(store, err) < 0 ||
        empty_dir(store, "tmp", err) < 0 || empty_dir(store, "gone", err) < 0)
        return -1;
    store->links_max = find_links_max(store->dir_fd);
    return 0;
}

void layout_close(struct store *store)
{
    fd_release(&store->lock_fd);
    fd_release(&store->dir_fd);
    free(store->dir);
}
