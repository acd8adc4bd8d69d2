/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"

/*
 * A disk that is full: so often, and each time for twice as many bytes, something is evicted before
 * the answer is STORE_FULL. What is evicted doesn't always give its bytes back: an action may have
 * links to it.
 */
#define EVICTIONS_MAX 4
#define EVICTION_LEAST (4ull << 20)

/* A name that is taken by a wrong file again and again is taken by someone else's doing. */
#define RENAMES_MAX 4

static bool is_full(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT;
}

/* Whether it is worth to try again after ERRNUM. */
static bool made_room(struct store *store, int errnum, int try, size_t len)
{
    uint64_t least = len > EVICTION_LEAST ? len : EVICTION_LEAST;

    return is_full(errnum) && try < EVICTIONS_MAX && evict_for_disk(store, least << try);
}

int temp_open(struct store *store, mode_t mode, struct temp_file *ret_temp, struct error *err)
{
    struct temp_file temp = {.fd = -1, .number = next_serial(store)};
    char path[NUMBERED_PATH_SIZE];

    temp_path(temp.number, path);
    for (int try = 0;; try++) {
        temp.fd = openat(store->dir_fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (temp.fd >= 0)
            break;
        int errnum = errno;
        if (!made_room(store, errnum, try, 0))
            return answer_errno(err, errnum, "cannot write %s/%s", store->dir, path);
    }
    *ret_temp = temp;
    return 0;
}

void temp_discard(struct store *store, struct temp_file *temp)
{
    char path[NUMBERED_PATH_SIZE];

    unlinkat(store->dir_fd, temp_path(temp->number, path), 0);
    fd_release(&temp->fd);
}

int temp_write(struct store *store, const struct temp_file *temp, const void *data, size_t len,
               struct error *err)
{
    char path[NUMBERED_PATH_SIZE];
    const char *at = data;

    for (int try = 0; len > 0;) {
        ssize_t put = write(temp->fd, at, len);
        if (put >= 0) {
            at += put;
            len -= (size_t)put;
            continue;
        }
        int errnum = errno;
        if (errnum != EINTR && !made_room(store, errnum, try++, len))
            return answer_errno(err, errnum, "cannot write %s/%s", store->dir,
                                temp_path(temp->number, path));
    }
    return 0;
}

int temp_finish(const struct temp_file *temp, mode_t mode, struct stat *ret_st, struct error *err)
{
    char path[NUMBERED_PATH_SIZE];

    /* Mostly the umask leaves the mode as it was asked for. */
    if (fstat(temp->fd, ret_st) < 0 ||
        ((ret_st->st_mode & 07777) != mode && fchmod(temp->fd, mode) < 0))
        return answer_errno(err, errno, "cannot finish %s", temp_path(temp->number, path));
    return 0;
}

/* The directory that PATH, which is "cas/HH/…" or "ac/HH/…", lies in. */
static int open_parent(struct store *store, const char *path)
{
    char dir[FILE_PATH_SIZE];
    size_t len = 0;

    for (int slashes = 0; path[len] && (path[len] != '/' || ++slashes < 2); len++)
        dir[len] = path[len];
    dir[len] = '\0';
    return openat(store->dir_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * The file is synced under its name, and the directory after it: on ext4 the first commits the
 * rename, too, and the second then has nothing to do. A power cut between rename and sync leaves a
 * wrong file under a good name; there is then no index, and it is looked at before it is trusted.
 */
int temp_sync(struct store *store, const struct temp_file *temp, const char *path,
              struct error *err)
{
    if (!store->fsync)
        return 0;
    if (fsync(temp->fd) < 0)
        return answer_errno(err, errno, "cannot sync %s/%s", store->dir, path);
    auto_fd int parent = open_parent(store, path);
    if (parent < 0 || fsync(parent) < 0)
        return answer_errno(err, errno, "cannot sync the directory of %s/%s", store->dir, path);
    return 0;
}

/* Where there is no RENAME_NOREPLACE (NFS), a link doesn't replace anything, either. */
static int rename_to_free_name(struct store *store, const char *from, const char *to)
{
    if (renameat2(store->dir_fd, from, store->dir_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(store->dir_fd, from, store->dir_fd, to, 0) < 0)
        return -1;
    return unlinkat(store->dir_fd, from, 0);
}

/* Looks at the file that has the name. If it is good, it is in TEMP's place from now on. */
static int adopt(struct store *store, struct temp_file *temp, const struct index_key *key,
                 struct stat *ret_st, struct error *err)
{
    int fd = -1;
    int answer = check_named(store, key, &fd, ret_st, err);

    if (answer != 0)
        return answer;
    temp_discard(store, temp);
    temp->fd = fd;
    return 0;
}

/* Renames; or replaces TEMP by the file that is there, if it is good. */
static int take_name(struct store *store, struct temp_file *temp, const struct index_key *key,
                     const char *path, struct stat *ret_st, struct error *err)
{
    char from[NUMBERED_PATH_SIZE];

    temp_path(temp->number, from);
    for (int try = 0, full = 0; try < RENAMES_MAX;) {
        if (rename_to_free_name(store, from, path) == 0)
            return 0;
        int errnum = errno;
        if (made_room(store, errnum, full, 0)) {
            full++;
            continue;
        }
        if (errnum != EEXIST)
            return answer_errno(err, errnum, "cannot store %s/%s", store->dir, path);
        int answer = adopt(store, temp, key, ret_st, err);
        if (answer != STORE_ABSENT)
            return answer;
        try++;
    }
    return error_set(err, ERROR_FAILURE, "cannot store %s/%s: something else is put in its place",
                     store->dir, path);
}

static void publish_in_index(struct store *store, const struct index_key *key,
                             const struct stat *st)
{
    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_add(&store->index, key);
    index_see(&store->index, entry, identity_of(st));
    store->reserved -= key->size;
    index_unpin(&store->index, entry);
    pthread_mutex_unlock(&store->mutex);
}

/* The temporary file gets its name, on the disk too; or it goes. */
static int put_in_place(struct store *store, struct temp_file *temp, const struct index_key *key,
                        struct stat *ret_st, struct error *err)
{
    char path[FILE_PATH_SIZE];

    file_path(key, path);
    int answer = temp_finish(temp, file_mode(key->kind), ret_st, err);
    if (answer == 0)
        answer = take_name(store, temp, key, path, ret_st, err);
    if (answer != 0) {
        temp_discard(store, temp);
        return answer;
    }
    answer = temp_sync(store, temp, path, err);
    if (answer != 0)
        condemn(store, key, ret_st);
    fd_release(&temp->fd);
    return answer;
}

int temp_publish(struct store *store, struct temp_file *temp, const struct index_key *key,
                 struct error *err)
{
    struct stat st;
    int answer = put_in_place(store, temp, key, &st, err);

    if (answer == 0)
        publish_in_index(store, key, &st);
    else
        end_writing(store, key);
    return answer;
}
