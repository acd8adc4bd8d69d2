/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/payload.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"

#define READ_CHUNK (256u << 10)

void payload_release(struct payload *payload)
{
    for (size_t i = 0; i < payload->digests.len; i++) {
        free(payload->items[i].path);
        buf_release(&payload->items[i].bytes);
    }
    free(payload->items);
    digest_set_release(&payload->digests);
    *payload = (struct payload)PAYLOAD_INIT;
}

/* The place for the item of a digest that is new; NULL when it is there. */
static struct payload_item *add(struct payload *payload, const struct blob_digest *digest)
{
    size_t before = payload->digests.len;

    digest_set_add(&payload->digests, digest);
    if (payload->digests.len == before)
        return NULL;
    grow_for_one(payload->items, before, payload->cap);
    payload->items[before] = (struct payload_item){NULL, BUF_INIT};
    return &payload->items[before];
}

void payload_add_bytes(struct payload *payload, struct buf *bytes, struct blob_digest *ret_digest)
{
    blob_digest_of(bytes->data, bytes->len, ret_digest);
    struct payload_item *item = add(payload, ret_digest);
    if (!item) {
        buf_release(bytes);
        return;
    }
    item->bytes = *bytes;
    *bytes = (struct buf)BUF_INIT;
}

/* A pipe or a device has no digest, and might never end. */
static int open_regular(const char *path, int *ret_fd, struct error *err)
{
    auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_REFUSED, "%s is not a regular file", path);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int hash_file(const char *path, struct blob_digest *ret_digest, struct error *err)
{
    auto_free char *chunk = xmalloc(READ_CHUNK);
    auto_fd int fd = -1;
    struct hasher hasher;

    if (open_regular(path, &fd, err) < 0)
        return -1;
    hasher_begin(&hasher);
    for (ret_digest->size = 0;;) {
        ssize_t got = read(fd, chunk, READ_CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read %s", path);
        if (got == 0)
            break;
        hasher_add(&hasher, chunk, (size_t)got);
        ret_digest->size += (uint64_t)got;
    }
    hasher_end(&hasher, &ret_digest->hash);
    return 0;
}

int payload_add_file(struct payload *payload, const char *path, struct blob_digest *ret_digest,
                     struct error *err)
{
    struct blob_digest digest;

    if (hash_file(path, &digest, err) < 0)
        return -1;
    struct payload_item *item = add(payload, &digest);
    if (item)
        item->path = xstrdup(path);
    *ret_digest = digest;
    return 0;
}

/* ---- reading ---- */

int payload_open(const struct payload *payload, size_t place, struct payload_reader *ret_reader,
                 struct error *err)
{
    struct payload_reader reader = {
        .item = &payload->items[place], .digest = payload->digests.items[place], .fd = -1};

    if (reader.item->path && open_regular(reader.item->path, &reader.fd, err) < 0)
        return -1;
    hasher_begin(&reader.hasher);
    *ret_reader = reader;
    return 0;
}

void payload_close(struct payload_reader *reader)
{
    fd_release(&reader->fd);
}

static int changed(const struct payload_reader *reader, struct error *err)
{
    return error_set(
        err, ERROR_FAILURE,
        "%s changed between being hashed and being sent; try again when nothing writes "
        "to it",
        reader->item->path);
}

static int read_file(struct payload_reader *reader, uint64_t offset, size_t len, struct buf *buf,
                     struct error *err)
{
    buf_reserve(buf, len);
    for (size_t done = 0; done < len;) {
        ssize_t got =
            pread(reader->fd, buf->data + buf->len + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read %s", reader->item->path);
        if (got == 0)
            return changed(reader, err);
        done += (size_t)got;
    }
    buf_set_len(buf, buf->len + len);
    return 0;
}

/* Hashes what of the bytes wasn't hashed before. */
static int check(struct payload_reader *reader, uint64_t offset, const char *data, size_t len,
                 struct error *err)
{
    struct digest digest;
    char more;

    assert(offset <= reader->hashed);
    if (offset + len <= reader->hashed)
        return 0;
    size_t known = (size_t)(reader->hashed - offset);
    hasher_add(&reader->hasher, data + known, len - known);
    reader->hashed = offset + len;
    if (reader->hashed < reader->digest.size)
        return 0;
    hasher_end(&reader->hasher, &digest);
    if (!digest_equal(&digest, &reader->digest.hash) ||
        pread(reader->fd, &more, 1, (off_t)reader->digest.size) == 1)
        return changed(reader, err);
    return 0;
}

int payload_read(struct payload_reader *reader, uint64_t offset, size_t len, struct buf *buf,
                 struct error *err)
{
    size_t before = buf->len;

    assert(offset + len <= reader->digest.size);
    if (reader->fd < 0) {
        buf_add(buf, reader->item->bytes.data + offset, len);
        return 0;
    }
    if (read_file(reader, offset, len, buf, err) == 0 &&
        check(reader, offset, buf->data + before, len, err) == 0)
        return 0;
    buf_set_len(buf, before);
    return -1;
}
