/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/store_internal.h"

int store_find_missing(struct store *store, const struct blob_digest *digests, size_t count,
                       bool *ret_missing, struct error *err)
{
    struct stat st;

    for (size_t i = 0; i < count; i++) {
        struct index_key key = blob_key(&digests[i]);
        int answer =
            blob_digest_equal(&digests[i], &blob_empty) ? 0 : check_stat(store, &key, &st, err);
        if (answer != 0 && answer != STORE_ABSENT)
            return answer;
        ret_missing[i] = answer == STORE_ABSENT;
    }
    return 0;
}

/* A file of its own, that nobody else has: what is written to it is in no other. */
static int open_empty(int *ret_fd, struct error *err)
{
    int fd = memfd_create("empty", MFD_CLOEXEC);

    if (fd < 0)
        return answer_errno(err, errno, "cannot make an empty file");
    *ret_fd = fd;
    return 0;
}

int store_open_blob(struct store *store, const struct blob_digest *digest, int *ret_fd,
                    struct error *err)
{
    struct index_key key = blob_key(digest);

    if (blob_digest_equal(digest, &blob_empty))
        return open_empty(ret_fd, err);
    return check_open(store, &key, ret_fd, err);
}

static int read_all(int fd, const struct blob_digest *digest, struct buf *buf, struct error *err)
{
    size_t start = buf->len;
    size_t size = (size_t)digest->size;
    char name[BLOB_NAME_SIZE];

    buf_reserve(buf, size);
    while (buf->len - start < size) {
        ssize_t got = read(fd, buf->data + buf->len, size - (buf->len - start));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            buf_set_len(buf, start);
            return got < 0
                       ? answer_errno(err, errno, "cannot read blob %s", blob_name(digest, name))
                       : error_set(err, ERROR_FAILURE, "blob %s became shorter while it was read",
                                   blob_name(digest, name));
        }
        buf_set_len(buf, buf->len + (size_t)got);
    }
    return 0;
}

int store_read_blob(struct store *store, const struct blob_digest *digest, uint64_t cap,
                    struct buf *buf, struct error *err)
{
    struct index_key key = blob_key(digest);
    char name[BLOB_NAME_SIZE];
    auto_fd int fd = -1;

    if (digest->size > cap)
        return error_set(err, ERROR_REFUSED, "blob %s is larger than the %" PRIu64 " bytes allowed",
                         blob_name(digest, name), cap);
    if (blob_digest_equal(digest, &blob_empty))
        return 0;
    int answer = check_open(store, &key, &fd, err);
    return answer == 0 ? read_all(fd, digest, buf, err) : answer;
}
