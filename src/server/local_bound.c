/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/local_inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

#define READ_CHUNK (256u << 10)

struct walk {
    struct file_digests *digests;
    struct hasher hasher;
    size_t entries;
};

/* Each name ends with a NUL, and each kind says what follows: no two trees give one text. */
static void add_text(struct walk *walk, char kind, const char *text)
{
    hasher_add(&walk->hasher, &kind, 1);
    hasher_add(&walk->hasher, text, strlen(text) + 1);
}

static int hash_file(const char *path, int fd, struct blob_digest *ret_digest, struct error *err)
{
    auto_free char *chunk = xmalloc(READ_CHUNK);
    struct hasher hasher;
    ssize_t got;

    hasher_begin(&hasher);
    ret_digest->size = 0;
    while ((got = read(fd, chunk, READ_CHUNK)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        hasher_add(&hasher, chunk, (size_t)got);
        ret_digest->size += (uint64_t)got;
    }
    if (got < 0)
        return error_set_errno(err, errno, "cannot read %s", path);
    hasher_end(&hasher, &ret_digest->hash);
    return 0;
}

static int add_file(struct walk *walk, const char *path, const struct stat *st, struct error *err)
{
    struct blob_digest digest;

    if (!file_digests_find(walk->digests, st, &digest)) {
        auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        struct stat opened;
        if (fd < 0 || fstat(fd, &opened) < 0)
            return error_set_errno(err, errno, "cannot open %s", path);
        if (hash_file(path, fd, &digest, err) < 0)
            return -1;
        file_digests_add(walk->digests, &opened, time(NULL), &digest);
    }
    hasher_add(&walk->hasher, digest.hash.bytes, DIGEST_SIZE);
    return 0;
}

static int add_link(struct walk *walk, const char *path, struct error *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof(target) - 1);

    if (len < 0)
        return error_set_errno(err, errno, "cannot read the link %s", path);
    target[len] = '\0';
    add_text(walk, '>', target);
    return 0;
}

static int add_dir(struct walk *walk, const char *dir, unsigned depth, struct error *err);

/* What is neither file, directory nor link is there for no action's sake. */
static int add_entry(struct walk *walk, const char *path, const char *name, unsigned depth,
                     struct error *err)
{
    struct stat st;

    if (++walk->entries > LOCAL_BOUND_MAX)
        return error_set(err, ERROR_REFUSED, "there are more than %d entries, up to %s",
                         LOCAL_BOUND_MAX, path);
    if (lstat(path, &st) < 0)
        return error_set_errno(err, errno, "cannot look at %s", path);
    if (S_ISDIR(st.st_mode)) {
        add_text(walk, 'd', name);
        return add_dir(walk, path, depth + 1, err);
    }
    if (S_ISLNK(st.st_mode)) {
        add_text(walk, 'l', name);
        return add_link(walk, path, err);
    }
    if (!S_ISREG(st.st_mode))
        return 0;
    add_text(walk, st.st_mode & 0111 ? 'x' : 'f', name);
    return add_file(walk, path, &st, err);
}

static int add_dir(struct walk *walk, const char *dir, unsigned depth, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (depth > LOCAL_BOUND_DEPTH)
        return error_set(err, ERROR_REFUSED, "%s lies deeper than %d directories", dir,
                         LOCAL_BOUND_DEPTH);
    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(dir, names.items[i]);
        if (add_entry(walk, path, names.items[i], depth, err) < 0)
            return -1;
    }
    add_text(walk, '.', "");
    return 0;
}

int local_bound_digest(struct file_digests *digests, char *const *dirs, size_t count,
                       struct digest *ret_digest, struct error *err)
{
    struct walk walk = {.digests = digests};

    hasher_begin(&walk.hasher);
    for (size_t i = 0; i < count; i++) {
        walk.entries = 0;
        add_text(&walk, 'b', dirs[i]);
        if (add_dir(&walk, dirs[i], 1, err) < 0)
            return -1;
    }
    hasher_end(&walk.hasher, ret_digest);
    return 0;
}
