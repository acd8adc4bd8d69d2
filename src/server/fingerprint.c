/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/fingerprint.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reapi/limits.h"

/* The directories that are open: from the root to where we are. */
struct walk {
    DIR *stack[LIMIT_TREE_DEPTH + 1];
    size_t depth;
    uint64_t sum;
};

/* splitmix64's finalizer: each bit of the value changes half of the result's. */
static uint64_t mix(uint64_t value)
{
    value ^= value >> 30;
    value *= 0xbf58476d1ce4e5b9;
    value ^= value >> 27;
    value *= 0x94d049bb133111eb;
    return value ^ value >> 31;
}

static uint64_t number_of(const struct stat *st)
{
    uint64_t number = mix(st->st_ino);

    if (S_ISDIR(st->st_mode))
        return number;
    number = mix(number + (uint64_t)st->st_mtim.tv_sec);
    number = mix(number + (uint64_t)st->st_mtim.tv_nsec);
    number = mix(number + (uint64_t)st->st_size);
    return mix(number + st->st_mode);
}

static int enter(struct walk *walk, int parent, const char *name)
{
    if (walk->depth == sizeof(walk->stack) / sizeof(walk->stack[0]))
        return -1;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    walk->stack[walk->depth++] = dir;
    return 0;
}

/* The order in which a directory names its entries doesn't matter: they are summed. */
static int look_at(struct walk *walk, DIR *dir, const char *name)
{
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    walk->sum += number_of(&st);
    return S_ISDIR(st.st_mode) ? enter(walk, dirfd(dir), name) : 0;
}

static int walk_all(struct walk *walk)
{
    while (walk->depth > 0) {
        DIR *dir = walk->stack[walk->depth - 1];
        struct dirent *entry = readdir(dir);
        if (!entry) {
            closedir(dir);
            walk->depth--;
        } else if (look_at(walk, dir, entry->d_name) < 0) {
            return -1;
        }
    }
    return 0;
}

int fingerprint_tree(const char *path, uint64_t *ret_fingerprint)
{
    struct walk walk = {.depth = 0};
    int result = enter(&walk, AT_FDCWD, path);

    if (result == 0)
        result = walk_all(&walk);
    while (walk.depth > 0)
        closedir(walk.stack[--walk.depth]);
    if (result == 0)
        *ret_fingerprint = walk.sum;
    return result;
}
