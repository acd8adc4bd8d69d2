/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/file_digests.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"

#define FIRST_SLOTS 1024 /* a power of two */
#define CHECK_SIZE 8

/* All a file is known by, in numbers of this machine: the file is of no use to another one. */
struct identity {
    uint64_t device, inode, size;
    int64_t mtime, mtime_ns, ctime, ctime_ns;
};

/* As it lies in the file. The check is the start of the digest of what precedes it. */
struct record {
    struct identity identity;
    struct digest hash;
    uint8_t check[CHECK_SIZE];
};

#define FILE_CAP (2ull * FILE_DIGESTS_MAX * sizeof(struct record))

struct file_digests {
    char *path;
    pthread_mutex_t lock;
    struct record *records;
    size_t len, cap;
    uint32_t *slots; /* an index into records, plus 1; 0: none */
    size_t slot_count;
    int fd; /* -1 until there is something to write */
};

static struct identity identity_of(const struct stat *st)
{
    struct identity identity;

    memset(&identity, 0, sizeof(identity));
    identity.device = st->st_dev;
    identity.inode = st->st_ino;
    identity.size = (uint64_t)st->st_size;
    identity.mtime = st->st_mtim.tv_sec;
    identity.mtime_ns = st->st_mtim.tv_nsec;
    identity.ctime = st->st_ctim.tv_sec;
    identity.ctime_ns = st->st_ctim.tv_nsec;
    return identity;
}

static void check_of(const struct record *record, uint8_t check[CHECK_SIZE])
{
    struct digest digest;

    digest_of(record, offsetof(struct record, check), &digest);
    memcpy(check, digest.bytes, CHECK_SIZE);
}

/* ---- the table ---- */

/* The slot of the identity, or the free one where it would be. */
static uint32_t *slot_of(const struct file_digests *digests, const struct identity *identity)
{
    uint64_t at = (identity->inode * 0x9e3779b97f4a7c15u) ^
                  ((uint64_t)identity->ctime_ns * 0xff51afd7ed558ccdu) ^ identity->device;

    for (at ^= at >> 32;; at++) {
        uint32_t *slot = &digests->slots[at & (digests->slot_count - 1)];
        if (*slot == 0 ||
            memcmp(&digests->records[*slot - 1].identity, identity, sizeof(*identity)) == 0)
            return slot;
    }
}

static void make_slots(struct file_digests *digests, size_t count)
{
    free(digests->slots);
    digests->slots = xcalloc(count, sizeof(*digests->slots));
    digests->slot_count = count;
    for (size_t i = 0; i < digests->len; i++)
        *slot_of(digests, &digests->records[i].identity) = (uint32_t)i + 1;
}

/* In place of what is remembered of the same identity. */
static void insert(struct file_digests *digests, const struct record *record)
{
    uint32_t *slot = slot_of(digests, &record->identity);

    if (*slot != 0) {
        digests->records[*slot - 1] = *record;
        return;
    }
    grow_for_one(digests->records, digests->len, digests->cap);
    digests->records[digests->len++] = *record;
    *slot = (uint32_t)digests->len;
    if (digests->len > digests->slot_count / 2)
        make_slots(digests, 2 * digests->slot_count);
}

static void forget_all(struct file_digests *digests)
{
    digests->len = 0;
    make_slots(digests, FIRST_SLOTS);
    fd_release(&digests->fd);
    unlink(digests->path);
}

/* ---- the file ---- */

static void load(struct file_digests *digests, const struct buf *bytes)
{
    for (size_t at = 0; at + sizeof(struct record) <= bytes->len; at += sizeof(struct record)) {
        struct record record;
        uint8_t check[CHECK_SIZE];
        memcpy(&record, bytes->data + at, sizeof(record));
        check_of(&record, check);
        if (memcmp(check, record.check, CHECK_SIZE) == 0 && digests->len < FILE_DIGESTS_MAX)
            insert(digests, &record);
    }
}

/* What would put the records that follow out of step is cut off. */
static int open_file(struct file_digests *digests, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    struct stat st;

    if (stat(digests->path, &st) < 0 && errno == ENOENT)
        return 0;
    if (fs_read_file(digests->path, FILE_CAP, &bytes, err) < 0)
        return -1;
    load(digests, &bytes);
    off_t whole = (off_t)(bytes.len - bytes.len % sizeof(struct record));
    if ((size_t)whole != bytes.len && truncate(digests->path, whole) < 0)
        return error_set_errno(err, errno, "cannot write %s", digests->path);
    return 0;
}

static void append(struct file_digests *digests, const struct record *record)
{
    if (digests->fd < 0)
        digests->fd =
            open(digests->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (digests->fd < 0)
        return;
    if (write(digests->fd, record, sizeof(*record)) != (ssize_t)sizeof(*record))
        forget_all(digests);
}

/* ---- what others call ---- */

int file_digests_open(const char *path, struct file_digests **ret_digests, struct error *err)
{
    struct file_digests *digests = xcalloc(1, sizeof(*digests));

    digests->path = xstrdup(path);
    digests->fd = -1;
    pthread_mutex_init(&digests->lock, NULL);
    make_slots(digests, FIRST_SLOTS);
    if (open_file(digests, err) < 0) {
        file_digests_close(digests);
        return -1;
    }
    *ret_digests = digests;
    return 0;
}

void file_digests_close(struct file_digests *digests)
{
    if (!digests)
        return;
    fd_release(&digests->fd);
    pthread_mutex_destroy(&digests->lock);
    free(digests->records);
    free(digests->slots);
    free(digests->path);
    free(digests);
}

bool file_digests_find(struct file_digests *digests, const struct stat *st,
                       struct blob_digest *ret_digest)
{
    const struct identity identity = identity_of(st);

    pthread_mutex_lock(&digests->lock);
    uint32_t slot = *slot_of(digests, &identity);
    if (slot != 0)
        *ret_digest = (struct blob_digest){digests->records[slot - 1].hash, identity.size};
    pthread_mutex_unlock(&digests->lock);
    return slot != 0;
}

void file_digests_add(struct file_digests *digests, const struct stat *st, time_t now,
                      const struct blob_digest *digest)
{
    struct record record = {identity_of(st), digest->hash, {0}};

    if (now - st->st_ctim.tv_sec <= FILE_DIGESTS_SETTLED_SECONDS)
        return;
    check_of(&record, record.check);
    pthread_mutex_lock(&digests->lock);
    if (digests->len == FILE_DIGESTS_MAX)
        forget_all(digests);
    insert(digests, &record);
    append(digests, &record);
    pthread_mutex_unlock(&digests->lock);
}
