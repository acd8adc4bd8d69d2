/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"

#define HASH_CHUNK (128u << 10)

struct index_key blob_key(const struct blob_digest *digest)
{
    return (struct index_key){digest->hash, digest->size, INDEX_BLOB};
}

/* The finalizer of splitmix64: each bit of VALUE changes half of the result's. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

/* Not ctime, which changes with every hard link. */
uint64_t identity_of(const struct stat *st)
{
    uint64_t mtime = (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;
    uint64_t identity = mix(mix(st->st_ino) + mtime);

    return identity ? identity : 1;
}

static bool has_shape(const struct index_key *key, const struct stat *st)
{
    return S_ISREG(st->st_mode) && (uint64_t)st->st_size == key->size;
}

static bool has_mode(const struct index_key *key, const struct stat *st)
{
    return (st->st_mode & 07777) == file_mode(key->kind);
}

/*
 * Whether the index, or while it is incomplete the disk, may have the file; its identity, 0 when
 * that isn't known.
 */
static bool look_up(struct store *store, const struct index_key *key, uint64_t *ret_identity)
{
    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    bool present = entry && entry->present;
    bool possible = present || store->scanning;
    if (present)
        index_touch(&store->index, entry);
    *ret_identity = present ? entry->identity : 0;
    pthread_mutex_unlock(&store->mutex);
    return possible;
}

bool is_still_there(struct store *store, const struct index_key *key, const struct stat *st)
{
    char path[FILE_PATH_SIZE];
    struct stat now;

    return fstatat(store->dir_fd, file_path(key, path), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
           now.st_ino == st->st_ino && now.st_dev == st->st_dev;
}

/*
 * The file was seen, and its bytes are right. One that the index doesn't know may have been evicted
 * meanwhile, or the scan just hasn't come to it.
 */
static void record(struct store *store, const struct index_key *key, const struct stat *st)
{
    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    if ((entry && entry->present) || is_still_there(store, key, st))
        index_see(&store->index, index_add(&store->index, key), identity_of(st));
    pthread_mutex_unlock(&store->mutex);
}

/* The file wasn't there a moment ago. If it still isn't, the index forgets it. */
static void forget(struct store *store, const struct index_key *key)
{
    char path[FILE_PATH_SIZE];
    struct stat st;

    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    if (entry && entry->present &&
        fstatat(store->dir_fd, file_path(key, path), &st, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno == ENOENT) {
        index_set_absent(&store->index, entry);
        store->damaged++;
    }
    pthread_mutex_unlock(&store->mutex);
}

int move_to_gone(struct store *store, const struct index_key *key, uint64_t *ret_number)
{
    char path[FILE_PATH_SIZE];
    char gone[NUMBERED_PATH_SIZE];
    uint64_t number = next_serial(store);

    if (renameat(store->dir_fd, file_path(key, path), store->dir_fd, gone_path(number, gone)) < 0)
        return -1;
    *ret_number = number;
    return 0;
}

void remove_gone(struct store *store, uint64_t number)
{
    char gone[NUMBERED_PATH_SIZE];

    /* What can't be unlinked, a directory, stays until the next open. */
    unlinkat(store->dir_fd, gone_path(number, gone), 0);
}

void condemn(struct store *store, const struct index_key *key, const struct stat *st)
{
    uint64_t number = 0;
    bool moved = false;

    pthread_mutex_lock(&store->mutex);
    if (is_still_there(store, key, st))
        moved = move_to_gone(store, key, &number) == 0;
    if (moved) {
        struct index_entry *entry = index_find(&store->index, key);
        if (entry)
            index_set_absent(&store->index, entry);
        store->damaged++;
    }
    pthread_mutex_unlock(&store->mutex);
    if (moved)
        remove_gone(store, number);
}

/* Hashes the file from its start; its offset stays. Returns 0, STORE_BUSY or -1. */
static int hash_file(int fd, const struct index_key *key, struct digest *ret_digest,
                     struct error *err)
{
    auto_free char *chunk = xmalloc(HASH_CHUNK);
    char path[FILE_PATH_SIZE];
    struct hasher hasher;
    off_t at = 0;

    hasher_begin(&hasher);
    for (;;) {
        ssize_t got = pread(fd, chunk, HASH_CHUNK, at);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return answer_errno(err, errno, "cannot read %s", file_path(key, path));
        hasher_add(&hasher, chunk, (size_t)got);
        at += got;
    }
    hasher_end(&hasher, ret_digest);
    return 0;
}

/* Whether the open file's bytes are right; records it if so, and else drops the file. */
static int check_bytes(struct store *store, const struct index_key *key, int fd, struct stat *st,
                       struct error *err)
{
    struct digest digest;
    struct stat after;
    char path[FILE_PATH_SIZE];

    int answer = hash_file(fd, key, &digest, err);
    if (answer != 0)
        return answer;
    bool restored = has_mode(key, st) || fchmod(fd, file_mode(key->kind)) == 0;
    if (fstat(fd, &after) < 0)
        return error_set_errno(err, errno, "cannot stat %s", file_path(key, path));
    if (!restored || !digest_equal(&digest, &key->hash) || identity_of(&after) != identity_of(st)) {
        condemn(store, key, st);
        return STORE_ABSENT;
    }
    record(store, key, &after);
    *st = after;
    return 0;
}

static int check_fd(struct store *store, const struct index_key *key, int fd, uint64_t identity,
                    struct stat *ret_st, struct error *err)
{
    char path[FILE_PATH_SIZE];

    if (fstat(fd, ret_st) < 0)
        return error_set_errno(err, errno, "cannot stat %s", file_path(key, path));
    if (!has_shape(key, ret_st)) {
        condemn(store, key, ret_st);
        return STORE_ABSENT;
    }
    if (identity == identity_of(ret_st) && has_mode(key, ret_st))
        return 0;
    return check_bytes(store, key, fd, ret_st, err);
}

/* What can't be opened isn't a file of ours any more, or there is a reason to wait. */
static int answer_unopened(struct store *store, const struct index_key *key, int errnum,
                           struct error *err)
{
    char path[FILE_PATH_SIZE];
    struct stat st;

    if (errnum == ENOENT) {
        forget(store, key);
        return STORE_ABSENT;
    }
    if ((errnum == ELOOP || errnum == ENXIO || errnum == EACCES) &&
        fstatat(store->dir_fd, file_path(key, path), &st, AT_SYMLINK_NOFOLLOW) == 0) {
        condemn(store, key, &st);
        return STORE_ABSENT;
    }
    return answer_errno(err, errnum, "cannot open %s/%s", store->dir, file_path(key, path));
}

/* IDENTITY is the one that is known to be right. *RET_FD is open only when the answer is 0. */
static int open_and_check(struct store *store, const struct index_key *key, uint64_t identity,
                          int *ret_fd, struct stat *ret_st, struct error *err)
{
    char path[FILE_PATH_SIZE];
    /* Not waiting for a pipe's writer, if someone put one there. */
    auto_fd int fd =
        openat(store->dir_fd, file_path(key, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return answer_unopened(store, key, errno, err);
    int answer = check_fd(store, key, fd, identity, ret_st, err);
    if (answer != 0)
        return answer;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int check_open(struct store *store, const struct index_key *key, int *ret_fd, struct error *err)
{
    struct stat st;
    uint64_t identity;

    if (!look_up(store, key, &identity))
        return STORE_ABSENT;
    return open_and_check(store, key, identity, ret_fd, &st, err);
}

int check_stat(struct store *store, const struct index_key *key, struct stat *ret_st,
               struct error *err)
{
    char path[FILE_PATH_SIZE];
    uint64_t identity;
    auto_fd int fd = -1;

    if (!look_up(store, key, &identity))
        return STORE_ABSENT;
    if (identity != 0 &&
        fstatat(store->dir_fd, file_path(key, path), ret_st, AT_SYMLINK_NOFOLLOW) == 0 &&
        has_shape(key, ret_st) && has_mode(key, ret_st) && identity_of(ret_st) == identity)
        return 0;
    return open_and_check(store, key, identity, &fd, ret_st, err);
}

int check_named(struct store *store, const struct index_key *key, int *ret_fd, struct stat *ret_st,
                struct error *err)
{
    return open_and_check(store, key, 0, ret_fd, ret_st, err);
}
