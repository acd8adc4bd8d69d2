/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/thread.h"

/* So many directories wait for their removal; who discards more waits with them. */
#define WAITING_MAX 4096

#define NUMBER_SIZE 21

static const char *const kind_names[SCRATCH_KINDS] = {
    [SCRATCH_RUN] = "runs",
    [SCRATCH_TREE] = "trees",
};

struct scratch {
    char *dir;
    int gone; /* the directory gone/ */
    pthread_t remover;
    bool has_remover;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    uint64_t serial;   /* the last number used */
    uint64_t *waiting; /* names in gone/, the next to be removed last */
    size_t len, cap;
    bool closing;
};

/* ---- numbers ---- */

static uint64_t next_number(struct scratch *scratch)
{
    pthread_mutex_lock(&scratch->mutex);
    uint64_t number = ++scratch->serial;
    pthread_mutex_unlock(&scratch->mutex);
    return number;
}

static void add_waiting(struct scratch *scratch, uint64_t number)
{
    pthread_mutex_lock(&scratch->mutex);
    grow_for_one(scratch->waiting, scratch->len, scratch->cap);
    scratch->waiting[scratch->len++] = number;
    pthread_cond_broadcast(&scratch->changed);
    pthread_mutex_unlock(&scratch->mutex);
}

/* ---- removal ---- */

static bool is_directory(int dir, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/*
 * A directory in a directory is moved up and removed later, so that it doesn't matter how deep they
 * are. An action may have taken our right to write in its own.
 */
static void remove_entry(struct scratch *scratch, int dir, const struct dirent *entry)
{
    char name[NUMBER_SIZE];

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return;
    if (!is_directory(dir, entry)) {
        unlinkat(dir, entry->d_name, 0);
        return;
    }
    if (unlinkat(dir, entry->d_name, AT_REMOVEDIR) == 0)
        return;
    uint64_t number = next_number(scratch);
    snprintf(name, sizeof(name), "%" PRIu64, number);
    if (fchmodat(dir, entry->d_name, 0700, 0) == 0 &&
        renameat(dir, entry->d_name, scratch->gone, name) == 0)
        add_waiting(scratch, number);
}

static void remove_gone(struct scratch *scratch, uint64_t number)
{
    char name[NUMBER_SIZE];

    snprintf(name, sizeof(name), "%" PRIu64, number);
    int fd = openat(scratch->gone, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        fd_release(&fd);
        return;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        remove_entry(scratch, fd, entry);
    closedir(dir);
    unlinkat(scratch->gone, name, AT_REMOVEDIR);
}

static void *remove_what_waits(void *user)
{
    struct scratch *scratch = user;

    pthread_mutex_lock(&scratch->mutex);
    while (scratch->len > 0 || !scratch->closing) {
        if (scratch->len == 0) {
            pthread_cond_wait(&scratch->changed, &scratch->mutex);
            continue;
        }
        uint64_t number = scratch->waiting[--scratch->len];
        pthread_cond_broadcast(&scratch->changed);
        pthread_mutex_unlock(&scratch->mutex);
        remove_gone(scratch, number);
        pthread_mutex_lock(&scratch->mutex);
    }
    pthread_mutex_unlock(&scratch->mutex);
    return NULL;
}

/* Moves DIR/NAME, if it is there, to gone/. */
static void move_to_gone(struct scratch *scratch, const char *path)
{
    uint64_t number = next_number(scratch);
    auto_free char *to = xasprintf("%s/gone/%" PRIu64, scratch->dir, number);

    if (rename(path, to) == 0)
        add_waiting(scratch, number);
}

/* ---- open and close ---- */

/* What is in gone/ from an earlier time. Names that aren't ours stay. */
static int collect_gone(struct scratch *scratch, const char *gone, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (fs_list(gone, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        char *end;
        uint64_t number = strtoull(names.items[i], &end, 10);
        if (*end || number == UINT64_MAX)
            continue;
        if (number > scratch->serial)
            scratch->serial = number;
        add_waiting(scratch, number);
    }
    return 0;
}

static int make_places(struct scratch *scratch, struct error *err)
{
    auto_free char *gone = path_join(scratch->dir, "gone");

    if (fs_mkdir_all(gone, err) < 0 || collect_gone(scratch, gone, err) < 0)
        return -1;
    scratch->gone = open(gone, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (scratch->gone < 0)
        return error_set_errno(err, errno, "cannot open %s", gone);
    for (size_t i = 0; i < SCRATCH_KINDS; i++) {
        auto_free char *path = path_join(scratch->dir, kind_names[i]);
        move_to_gone(scratch, path);
        if (fs_mkdir_all(path, err) < 0)
            return -1;
    }
    return 0;
}

int scratch_open(const char *dir, struct scratch **ret_scratch, struct error *err)
{
    struct scratch *scratch = xcalloc(1, sizeof(*scratch));

    pthread_mutex_init(&scratch->mutex, NULL);
    pthread_cond_init(&scratch->changed, NULL);
    scratch->gone = -1;
    int result = fs_mkdir_all(dir, err);
    scratch->dir = fs_canonical(dir);
    if (result == 0)
        result = make_places(scratch, err);
    if (result == 0)
        result = thread_start(&scratch->remover, remove_what_waits, scratch, err);
    scratch->has_remover = result == 0;
    if (result == 0)
        *ret_scratch = scratch;
    else
        scratch_close(scratch);
    return result;
}

void scratch_close(struct scratch *scratch)
{
    if (!scratch)
        return;
    pthread_mutex_lock(&scratch->mutex);
    scratch->closing = true;
    pthread_cond_broadcast(&scratch->changed);
    pthread_mutex_unlock(&scratch->mutex);
    if (scratch->has_remover)
        pthread_join(scratch->remover, NULL);
    fd_release(&scratch->gone);
    pthread_cond_destroy(&scratch->changed);
    pthread_mutex_destroy(&scratch->mutex);
    free(scratch->waiting);
    free(scratch->dir);
    free(scratch);
}

const char *scratch_dir(const struct scratch *scratch)
{
    return scratch->dir;
}

/* ---- use ---- */

int scratch_make(struct scratch *scratch, enum scratch_kind kind, char **ret_path,
                 struct error *err)
{
    char *path = xasprintf("%s/%s/%" PRIu64, scratch->dir, kind_names[kind], next_number(scratch));

    if (mkdir(path, 0755) < 0) {
        error_set_errno(err, errno, "cannot make %s", path);
        free(path);
        return -1;
    }
    *ret_path = path;
    return 0;
}

void scratch_discard(struct scratch *scratch, char *path)
{
    if (!path)
        return;
    move_to_gone(scratch, path);
    free(path);
    pthread_mutex_lock(&scratch->mutex);
    while (scratch->len > WAITING_MAX && !scratch->closing)
        pthread_cond_wait(&scratch->changed, &scratch->mutex);
    pthread_mutex_unlock(&scratch->mutex);
}
