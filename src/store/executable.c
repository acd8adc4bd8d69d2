/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/memory.h"

/* A new inode with the blob's bytes, checked, for which room is reserved. */
static int copy_blob(struct store *store, int from, const struct index_key *key,
                     struct temp_file *ret_temp, struct error *err)
{
    struct blob_digest digest;
    struct temp_file temp;
    char path[FILE_PATH_SIZE];
    int answer = temp_open(store, file_mode(key->kind), &temp, err);

    if (answer != 0)
        return answer;
    answer = temp_copy(store, from, &temp, &digest, err);
    if (answer == 0 && !digest_equal(&digest.hash, &key->hash))
        answer = error_set(err, ERROR_FAILURE, "%s/%s changed while it was copied", store->dir,
                           file_path(key, path));
    if (answer == 0)
        *ret_temp = temp;
    else
        temp_discard(store, &temp);
    return answer;
}

static int make_executable(struct store *store, const struct index_key *key, int blob,
                           struct error *err)
{
    struct temp_file temp;
    int answer = begin_writing(store, key, err);

    if (answer != 0)
        return answer;
    answer = copy_blob(store, blob, key, &temp, err);
    if (answer == 0)
        return temp_publish(store, &temp, key, err);
    end_writing(store, key);
    return answer;
}

/* The empty blob is in no store, until someone wants a path of it. */
static int make_empty(struct store *store, const struct index_key *key, struct error *err)
{
    struct temp_file temp;
    int answer = begin_writing(store, key, err);

    if (answer != 0)
        return answer;
    answer = temp_open(store, file_mode(key->kind), &temp, err);
    if (answer == 0)
        return temp_publish(store, &temp, key, err);
    end_writing(store, key);
    return answer;
}

/* The file is not there: makes it of what is. */
static int make_file(struct store *store, const struct blob_digest *digest,
                     const struct index_key *key, struct error *err)
{
    struct index_key blob = blob_key(digest);
    auto_fd int fd = -1;

    if (blob_digest_equal(digest, &blob_empty))
        return make_empty(store, key, err);
    if (key->kind == INDEX_BLOB)
        return STORE_ABSENT;
    int answer = check_open(store, &blob, &fd, err);
    return answer == 0 ? make_executable(store, key, fd, err) : answer;
}

/*
 * Puts a new inode in the place of one with too many links; those live on. Under the mutex, so that
 * nobody takes the one for the other while a wrong file is dropped.
 */
static int replace_inode(struct store *store, const struct index_key *key, struct temp_file *temp,
                         struct error *err)
{
    char from[NUMBERED_PATH_SIZE];
    char to[FILE_PATH_SIZE];
    struct stat st;
    int answer = temp_finish(temp, file_mode(key->kind), &st, err);

    if (answer != 0)
        return answer;
    temp_path(temp->number, from);
    file_path(key, to);
    pthread_mutex_lock(&store->mutex);
    struct index_entry *entry = index_find(&store->index, key);
    if (renameat(store->dir_fd, from, store->dir_fd, to) < 0)
        answer = answer_errno(err, errno, "cannot store %s/%s", store->dir, to);
    else
        index_see(&store->index, entry, identity_of(&st));
    pthread_mutex_unlock(&store->mutex);
    return answer;
}

static int renew_inode(struct store *store, const struct index_key *key, struct error *err)
{
    struct temp_file temp = {.fd = -1};
    auto_fd int fd = -1;
    int answer = check_open(store, key, &fd, err);

    if (answer != 0)
        return answer;
    answer = begin_writing(store, key, err);
    if (answer != 0)
        return answer;
    answer = copy_blob(store, fd, key, &temp, err);
    if (answer == 0)
        answer = replace_inode(store, key, &temp, err);
    if (answer == 0)
        fd_release(&temp.fd);
    else if (temp.fd >= 0)
        temp_discard(store, &temp);
    end_writing(store, key);
    return answer;
}

int store_blob_path(struct store *store, const struct blob_digest *digest, bool executable,
                    char **ret_path, struct error *err)
{
    struct index_key key = blob_key(digest);
    char path[FILE_PATH_SIZE];
    struct stat st = {.st_nlink = 1};

    if (executable)
        key.kind = INDEX_EXECUTABLE;
    int answer = check_stat(store, &key, &st, err);
    if (answer == STORE_ABSENT)
        answer = make_file(store, digest, &key, err);
    else if (answer == 0 && st.st_nlink > store->links_max)
        answer = renew_inode(store, &key, err);
    if (answer == 0)
        *ret_path = xasprintf("%s/%s", store->dir, file_path(&key, path));
    return answer;
}
