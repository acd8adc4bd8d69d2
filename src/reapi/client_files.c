/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "reapi/client_cas.h"
#include "reapi/client_private.h"

/* Up to this size a blob goes through memory, and may come in a batch. */
#define SMALL (1u << 20)

/* Files that have one digest are a list, from `first` over `next`. */
struct downloads {
    struct client *client;
    const struct client_file *files;
    size_t count;
    struct digest_set digests;
    size_t *first; /* by place in digests */
    size_t *next;  /* by place in files; NONE ends the list */
    struct client_moved *moved;
};

#define NONE SIZE_MAX

/* ---- one file ---- */

/* A new file beside PATH, under a temporary name, owned by the caller. */
static int open_beside(const char *path, char **ret_temp, int *ret_fd, struct error *err)
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
    *ret_fd = fd;
    return 0;
}

static mode_t mode_of(bool executable)
{
    mode_t mask = umask(0);

    umask(mask);
    return (executable ? 0777 : 0666) & ~mask;
}

static int commit(const struct client_file *file, const char *temp, int fd, struct error *err)
{
    if (fchmod(fd, mode_of(file->executable)) == 0 && rename(temp, file->path) == 0)
        return 0;
    return error_set_errno(err, errno, "cannot write %s", file->path);
}

/* Writes the file from BYTES, or where they are NULL from the service. */
static int write_file(struct downloads *downloads, const struct client_file *file,
                      const struct buf *bytes, struct error *err)
{
    auto_free char *temp = NULL;
    auto_fd int fd = -1;
    int result = 0;

    if (open_beside(file->path, &temp, &fd, err) < 0)
        return -1;
    if (!bytes)
        result = client_read_to_file(downloads->client, &file->digest, fd, err);
    else if (fd_write_all(fd, bytes->data, bytes->len) < 0)
        result = error_set_errno(err, errno, "cannot write %s", file->path);
    if (result == 0)
        result = commit(file, temp, fd, err);
    if (result != 0)
        unlink(temp);
    return result;
}

/* ---- all files ---- */

static int write_list(struct downloads *downloads, size_t place, const struct buf *bytes,
                      struct error *err)
{
    for (size_t i = downloads->first[place]; i != NONE; i = downloads->next[i]) {
        int result = write_file(downloads, &downloads->files[i], bytes, err);
        if (result != 0)
            return result;
    }
    if (downloads->moved) {
        downloads->moved->blobs++;
        downloads->moved->bytes += downloads->digests.items[place].size;
    }
    return 0;
}

static int take(void *user, const struct blob_digest *digest, const struct buf *bytes,
                struct error *err)
{
    struct downloads *downloads = user;
    size_t place = 0;

    return digest_set_find(&downloads->digests, digest, &place)
               ? write_list(downloads, place, bytes, err)
               : 0;
}

static void make_lists(struct downloads *downloads)
{
    for (size_t i = downloads->count; i-- > 0;) {
        size_t before = downloads->digests.len, place = before;
        digest_set_add(&downloads->digests, &downloads->files[i].digest);
        digest_set_find(&downloads->digests, &downloads->files[i].digest, &place);
        downloads->next[i] = place == before ? NONE : downloads->first[place];
        downloads->first[place] = i;
    }
}

static int download_large(struct downloads *downloads, struct error *err)
{
    for (size_t i = 0; i < downloads->digests.len; i++) {
        if (downloads->digests.items[i].size <= SMALL)
            continue;
        int result = write_list(downloads, i, NULL, err);
        if (result != 0)
            return result;
    }
    return 0;
}

static int download_small(struct downloads *downloads, struct error *err)
{
    auto_digest_set small = DIGEST_SET_INIT;

    for (size_t i = 0; i < downloads->digests.len; i++)
        if (downloads->digests.items[i].size <= SMALL)
            digest_set_add(&small, &downloads->digests.items[i]);
    return client_read_blobs(downloads->client, &small, SMALL, take, downloads, err);
}

int client_download(struct client *client, const struct client_file *files, size_t count,
                    struct client_moved *moved, struct error *err)
{
    struct downloads downloads = {.client = client,
                                  .files = files,
                                  .count = count,
                                  .digests = DIGEST_SET_INIT,
                                  .first = xcalloc(count + 1, sizeof(size_t)),
                                  .next = xcalloc(count + 1, sizeof(size_t)),
                                  .moved = moved};

    make_lists(&downloads);
    int result = download_small(&downloads, err);
    if (result == 0)
        result = download_large(&downloads, err);
    digest_set_release(&downloads.digests);
    free(downloads.first);
    free(downloads.next);
    return result;
}

/* ---- to where bytes can't be taken back ---- */

static int copy_out(int from, int to, struct error *err)
{
    auto_free char *chunk = xmalloc(SMALL);

    for (;;) {
        ssize_t got = read(from, chunk, SMALL);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "cannot read a temporary file");
        if (got == 0)
            return 0;
        if (fd_write_all(to, chunk, (size_t)got) < 0)
            return error_set_errno(err, errno, "cannot write what was downloaded");
    }
}

/* A file without a name, on the disk: a blob may be larger than the memory. */
static int open_nameless(int *ret_fd, struct error *err)
{
    const char *dir = getenv("TMPDIR");
    auto_free char *path = xasprintf("%s/cleave-XXXXXX", dir && *dir ? dir : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(err, errno, "cannot make a temporary file %s", path);
    unlink(path);
    *ret_fd = fd;
    return 0;
}

int client_emit_blob(struct client *client, const struct blob_digest *digest, int fd,
                     struct error *err)
{
    auto_fd int temp = -1;

    if (open_nameless(&temp, err) < 0)
        return -1;
    int result = client_read_to_file(client, digest, temp, err);
    if (result != 0)
        return result;
    if (lseek(temp, 0, SEEK_SET) < 0)
        return error_set_errno(err, errno, "cannot read a temporary file");
    return copy_out(temp, fd, err);
}
