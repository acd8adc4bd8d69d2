/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* A store with many small blobs, as if they had been written through its server. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/blob.h"

#include "modes.h"

#define NAME_MAX_SIZE (BLOB_NAME_SIZE + 32)

/* Where a server keeps blobs, below its directory: DIR/HH/NAME, HH being the hash's first digits.
 */
struct layout {
    const char *server, *dir;
    void (*name)(const struct blob_digest *digest, char name[NAME_MAX_SIZE]);
    mode_t mode;
};

static void name_with_size(const struct blob_digest *digest, char name[NAME_MAX_SIZE])
{
    blob_name(digest, name);
}

/* What is 1 here is a random number there. */
static void name_with_number(const struct blob_digest *digest, char name[NAME_MAX_SIZE])
{
    char hex[DIGEST_HEX_SIZE];

    snprintf(name, NAME_MAX_SIZE, "%s-1.v1", digest_hex(&digest->hash, hex));
}

static const struct layout layouts[] = {
    {"cleaved", "cas", name_with_size, 0444},
    {"bazel-remote", "cas.v2", name_with_number, 0664},
};

static const struct layout *find_layout(const char *server)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (strcmp(layouts[i].server, server) == 0)
            return &layouts[i];
    fail("it isn't known how %s keeps its blobs", server);
}

static void make_dirs(const struct layout *layout, int dir)
{
    mkdirat(dir, layout->dir, 0755);
    for (unsigned byte = 0; byte < 256; byte++) {
        auto_free char *path = xasprintf("%s/%02x", layout->dir, byte);
        mkdirat(dir, path, 0755);
    }
}

static void make_blob(const struct layout *layout, int dir, uint64_t number)
{
    auto_free char *content = xasprintf("blob %" PRIu64 "\n", number);
    struct blob_digest digest;
    char name[NAME_MAX_SIZE];

    blob_digest_of(content, strlen(content), &digest);
    layout->name(&digest, name);
    auto_free char *path = xasprintf("%s/%.2s/%s", layout->dir, name, name);
    int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, layout->mode);
    if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content) || close(fd) != 0)
        fail("cannot write %s", path);
}

void mode_fill(const struct work *work, struct outcome *ret_outcome)
{
    const struct layout *layout = find_layout(work->words[0]);
    uint64_t count = parse_number(work->words[2]);
    int dir = open(work->words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    double since = seconds_now();

    if (dir < 0)
        fail("cannot open %s", work->words[1]);
    make_dirs(layout, dir);
    for (uint64_t i = 0; i < count; i++)
        make_blob(layout, dir, i);
    close(dir);
    ret_outcome->times.seconds = seconds_now() - since;
    ret_outcome->things = (size_t)count;
}
