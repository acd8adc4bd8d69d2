/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/digest_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cache.h"
#include "base/fs.h"
#include "base/memory.h"

/* About 10,000 entries; a larger file is started anew. */
#define CACHE_FILE_CAP (1u << 20)
#define SETTLED_SECONDS 2

static char *cache_path(void)
{
    auto_error err = ERROR_INIT;
    auto_free char *dir = cache_folder(environ);

    return dir && fs_mkdir_all(dir, &err) == 0 ? xasprintf("%s/digests", dir) : NULL;
}

/* One line: the identity, a space, the digest, a newline. */
static char *identity_of(const struct stat *st)
{
    return xasprintf("%llx %llx %llx %lld.%09ld %lld.%09ld ", (unsigned long long)st->st_dev,
                     (unsigned long long)st->st_ino, (unsigned long long)st->st_size,
                     (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                     (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

/* Whether the file at PATH can be trusted: a regular file that nobody else can write. */
static bool is_private(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & 022) == 0;
}

static bool find(const char *path, const char *identity, struct digest *ret_digest)
{
    auto_buf text = BUF_INIT;
    auto_error err = ERROR_INIT;

    if (!is_private(path) || fs_read_file(path, 2 * CACHE_FILE_CAP, &text, &err) < 0)
        return false;
    const char *at = strstr(text.data, identity);
    if (!at || (at != text.data && at[-1] != '\n'))
        return false;
    const char *hex = at + strlen(identity);
    return digest_from_hex(hex, strcspn(hex, "\n"), ret_digest);
}

static void remember(const char *path, const char *identity, const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];
    struct stat st;
    auto_free char *line = xasprintf("%s%s\n", identity, digest_hex(digest, hex));

    if (stat(path, &st) == 0 && st.st_size > CACHE_FILE_CAP)
        unlink(path);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    /* One write of a short line: others that append at the same time don't mix with it. */
    if (write(fd, line, strlen(line)) < 0)
        unlink(path);
    close(fd);
}

void digest_cache_of(const struct crate_file *file, struct digest *ret_digest)
{
    auto_free char *path = file->has_marker ? NULL : cache_path();
    auto_free char *identity = path ? identity_of(&file->mapping.stat) : NULL;

    if (path && find(path, identity, ret_digest))
        return;
    crate_file_digest(file, ret_digest);
    if (path && time(NULL) - file->mapping.stat.st_ctim.tv_sec > SETTLED_SECONDS)
        remember(path, identity, ret_digest);
}
