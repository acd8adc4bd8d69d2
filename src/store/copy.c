/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/ioctl.h>
#include <linux/fs.h>
#include <unistd.h>

#include "base/memory.h"

#define COPY_CHUNK (128u << 10)

/* Reads what FD has from its start, to the end; into TO, unless that is NULL. */
static int hash_into(struct store *store, int fd, const struct temp_file *to,
                     struct blob_digest *ret_digest, struct error *err)
{
    auto_free char *chunk = xmalloc(COPY_CHUNK);
    struct hasher hasher;
    uint64_t len = 0;

    hasher_begin(&hasher);
    for (;;) {
        ssize_t got = pread(fd, chunk, COPY_CHUNK, (off_t)len);
        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return answer_errno(err, errno, "cannot read the file to be stored");
        int answer = to ? temp_write(store, to, chunk, (size_t)got, err) : 0;
        if (answer != 0)
            return answer;
        hasher_add(&hasher, chunk, (size_t)got);
        len += (uint64_t)got;
    }
    hasher_end(&hasher, &ret_digest->hash);
    ret_digest->size = len;
    return 0;
}

int temp_copy(struct store *store, int fd, const struct temp_file *temp,
              struct blob_digest *ret_digest, struct error *err)
{
    if (ioctl(temp->fd, FICLONE, fd) == 0)
        return hash_into(store, temp->fd, NULL, ret_digest, err);
    return hash_into(store, fd, temp, ret_digest, err);
}

/* The copy and its digest, of a file that stays as it is meanwhile: as ST says. */
static int copy_unchanged(struct store *store, int fd, const struct stat *st,
                          const struct temp_file *temp, struct blob_digest *ret_digest,
                          struct error *err)
{
    struct stat after;
    int answer = temp_copy(store, fd, temp, ret_digest, err);

    if (answer != 0)
        return answer;
    if (fstat(fd, &after) < 0)
        return answer_errno(err, errno, "cannot stat the file to be stored");
    if (ret_digest->size == (uint64_t)st->st_size && after.st_size == st->st_size &&
        identity_of(&after) == identity_of(st))
        return 0;
    error_set(err, ERROR_REFUSED, "the file changed while it was stored");
    return STORE_MISMATCH;
}

/* Room is reserved for the file; it is used, or given back. */
static int put_reserved(struct store *store, int fd, const struct stat *st,
                        struct blob_digest *ret_digest, struct error *err)
{
    struct temp_file temp = {.fd = -1};
    struct blob_digest digest;
    int answer = temp_open(store, file_mode(INDEX_BLOB), &temp, err);

    if (answer == 0)
        answer = copy_unchanged(store, fd, st, &temp, &digest, err);
    if (answer == 0) {
        struct index_key key = blob_key(&digest);
        pin_for_writing(store, &key);
        answer = temp_publish(store, &temp, &key, err);
        if (answer == 0)
            *ret_digest = digest;
        return answer;
    }
    if (temp.fd >= 0)
        temp_discard(store, &temp);
    release_room(store, (uint64_t)st->st_size);
    return answer;
}

int store_put_file(struct store *store, int fd, struct blob_digest *ret_digest, struct error *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return answer_errno(err, errno, "cannot stat the file to be stored");
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_REFUSED, "what is to be stored is not a regular file");
    if (st.st_size == 0) {
        *ret_digest = blob_empty;
        return 0;
    }
    int answer = reserve_room(store, (uint64_t)st.st_size, err);
    return answer == 0 ? put_reserved(store, fd, &st, ret_digest, err) : answer;
}
