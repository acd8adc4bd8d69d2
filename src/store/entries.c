/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"

static struct index_key entry_key(const struct digest *key, uint64_t size)
{
    return (struct index_key){*key, size, INDEX_ENTRY};
}

/* What stands after the value: an entry under another's name is wrong, too. */
static void seal(const struct digest *key, const void *value, size_t len, struct digest *ret_seal)
{
    struct hasher hasher;

    hasher_begin(&hasher);
    hasher_add(&hasher, key->bytes, DIGEST_SIZE);
    hasher_add(&hasher, value, len);
    hasher_end(&hasher, ret_seal);
}

/* Under the mutex: the entry's file has its size in the index from now on. */
static void set_entry(struct store *store, const struct index_key *key)
{
    struct index_entry *entry = index_find(&store->index, key);

    if (entry)
        index_set_absent(&store->index, entry);
    index_set_newest(&store->index, index_add(&store->index, key));
}

/* ---- reading ---- */

static bool may_have_entry(struct store *store, const struct index_key *key)
{
    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    bool possible = entry || store->scanning;
    if (entry)
        index_touch(&store->index, entry);
    pthread_mutex_unlock(&store->mutex);
    return possible;
}

/* The file isn't there: if it still isn't, the index forgets it. */
static void forget_entry(struct store *store, const struct index_key *key)
{
    char path[FILE_PATH_SIZE];

    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    if (entry && faccessat(store->dir_fd, file_path(key, path), F_OK, 0) < 0 && errno == ENOENT) {
        index_set_absent(&store->index, entry);
        store->damaged++;
    }
    pthread_mutex_unlock(&store->mutex);
}

/* Found while the index is incomplete. */
static void note_entry(struct store *store, const struct index_key *key, const struct stat *st)
{
    pthread_mutex_lock(&store->mutex);
    if (store->scanning && !index_find(&store->index, key) && is_still_there(store, key, st))
        set_entry(store, key);
    pthread_mutex_unlock(&store->mutex);
}

static int read_file(int fd, size_t size, struct buf *buf, const char *path, struct error *err)
{
    while (buf->len < size) {
        ssize_t got = read(fd, buf->data + buf->len, size - buf->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return answer_errno(err, errno, "cannot read %s", path);
        if (got == 0)
            return 0;
        buf_set_len(buf, buf->len + (size_t)got);
    }
    return 0;
}

static bool is_sealed(const struct digest *key, const struct buf *file)
{
    struct digest expected;

    if (file->len < DIGEST_SIZE)
        return false;
    seal(key, file->data, file->len - DIGEST_SIZE, &expected);
    return memcmp(expected.bytes, file->data + file->len - DIGEST_SIZE, DIGEST_SIZE) == 0;
}

/* Reads the whole file; leaves FILE empty for one that can't be an entry. */
static int load_entry(int fd, const char *path, struct stat *ret_st, struct buf *file,
                      struct error *err)
{
    if (fstat(fd, ret_st) < 0)
        return answer_errno(err, errno, "cannot stat %s", path);
    if (!S_ISREG(ret_st->st_mode) || ret_st->st_size > (off_t)(STORE_ENTRY_MAX + DIGEST_SIZE))
        return 0;
    buf_reserve(file, (size_t)ret_st->st_size);
    return read_file(fd, (size_t)ret_st->st_size, file, path, err);
}

static int answer_unopened(struct store *store, const struct index_key *key, const char *path,
                           int errnum, struct error *err)
{
    struct stat st;

    if (errnum == ENOENT) {
        forget_entry(store, key);
        return STORE_ABSENT;
    }
    if ((errnum == ELOOP || errnum == ENXIO || errnum == EACCES) &&
        fstatat(store->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        condemn(store, key, &st);
        return STORE_ABSENT;
    }
    return answer_errno(err, errnum, "cannot open %s/%s", store->dir, path);
}

int store_get_entry(struct store *store, const struct digest *key, struct buf *value,
                    struct error *err)
{
    struct index_key index_key = entry_key(key, 0);
    char path[FILE_PATH_SIZE];
    auto_buf file = BUF_INIT;
    struct stat st;

    if (!may_have_entry(store, &index_key))
        return STORE_ABSENT;
    file_path(&index_key, path);
    auto_fd int fd = openat(store->dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return answer_unopened(store, &index_key, path, errno, err);
    int answer = load_entry(fd, path, &st, &file, err);
    if (answer != 0)
        return answer;
    if (!is_sealed(key, &file)) {
        condemn(store, &index_key, &st);
        return STORE_ABSENT;
    }
    index_key.size = file.len;
    note_entry(store, &index_key, &st);
    buf_add(value, file.data, file.len - DIGEST_SIZE);
    return 0;
}

/* ---- writing ---- */

/*
 * Gives the file its name. One that has it is exchanged and then removed: a rename over it would
 * make ext4 write the new one to the disk at once (its auto_da_alloc).
 */
static int take_name(struct store *store, const struct temp_file *temp, const char *to)
{
    char from[NUMBERED_PATH_SIZE];

    temp_path(temp->number, from);
    if (renameat2(store->dir_fd, from, store->dir_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST &&
        renameat2(store->dir_fd, from, store->dir_fd, to, RENAME_EXCHANGE) == 0) {
        unlinkat(store->dir_fd, from, 0);
        return 0;
    }
    return renameat(store->dir_fd, from, store->dir_fd, to);
}

static int publish_entry(struct store *store, const struct index_key *key,
                         const struct temp_file *temp, struct error *err)
{
    char path[FILE_PATH_SIZE];
    int answer = 0;

    file_path(key, path);
    pthread_mutex_lock(&store->mutex);
    if (take_name(store, temp, path) == 0)
        set_entry(store, key);
    else
        answer = answer_errno(err, errno, "cannot store %s/%s", store->dir, path);
    pthread_mutex_unlock(&store->mutex);
    return answer == 0 ? temp_sync(store, temp, path, err) : answer;
}

static int write_entry(struct store *store, const struct index_key *key, const struct buf *file,
                       struct error *err)
{
    struct temp_file temp;
    int answer = temp_open(store, file_mode(INDEX_ENTRY), &temp, err);

    if (answer != 0)
        return answer;
    answer = temp_write(store, &temp, file->data, file->len, err);
    if (answer == 0)
        answer = publish_entry(store, key, &temp, err);
    if (answer == 0)
        fd_release(&temp.fd);
    else
        temp_discard(store, &temp);
    return answer;
}

int store_put_entry(struct store *store, const struct digest *key, const void *value, size_t len,
                    struct error *err)
{
    auto_buf file = BUF_INIT;
    struct digest digest;

    if (len > STORE_ENTRY_MAX)
        return error_set(err, ERROR_REFUSED, "an entry of %zu bytes is larger than the %u allowed",
                         len, STORE_ENTRY_MAX);
    seal(key, value, len, &digest);
    buf_reserve(&file, len + DIGEST_SIZE);
    buf_add(&file, value, len);
    buf_add(&file, digest.bytes, DIGEST_SIZE);
    int answer = reserve_room(store, file.len, err);
    if (answer != 0)
        return answer;
    struct index_key index_key = entry_key(key, file.len);
    answer = write_entry(store, &index_key, &file, err);
    release_room(store, file.len);
    return answer;
}

void store_drop_entry(struct store *store, const struct digest *key)
{
    struct index_key index_key = entry_key(key, 0);
    uint64_t number = 0;

    pthread_mutex_lock(&store->mutex);
    bool moved = move_to_gone(store, &index_key, &number) == 0;
    struct index_entry *entry = index_find(&store->index, &index_key);
    if (entry && (moved || errno == ENOENT))
        index_set_absent(&store->index, entry);
    pthread_mutex_unlock(&store->mutex);
    if (moved)
        remove_gone(store, number);
}
