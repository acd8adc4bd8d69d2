/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

/* So many entries are put in order while the mutex is held. */
#define PLACED_AT_ONCE 1000

/* What has a name in cas/HH or ac/HH; false for what the store didn't put there. */
static bool parse_blob_name(const char *name, struct index_key *ret_key)
{
    char bare[BLOB_NAME_SIZE];
    struct blob_digest digest;
    bool executable = has_suffix(name, ".x");
    size_t len = strlen(name) - (executable ? 2 : 0);

    if (len >= sizeof(bare))
        return false;
    memcpy(bare, name, len);
    bare[len] = '\0';
    if (!blob_from_name(bare, &digest) || digest.size > INDEX_SIZE_MAX)
        return false;
    *ret_key = blob_key(&digest);
    ret_key->kind = executable ? INDEX_EXECUTABLE : INDEX_BLOB;
    return true;
}

static bool parse_entry_name(const char *name, struct index_key *ret_key)
{
    *ret_key = (struct index_key){.kind = INDEX_ENTRY};
    return digest_from_hex(name, strlen(name), &ret_key->hash);
}

struct place {
    const char *dir;
    bool (*parse_name)(const char *name, struct index_key *ret_key);
};

static const struct place places[] = {{"cas", parse_blob_name}, {"ac", parse_entry_name}};

static bool has_size(const struct index_key *key, const struct stat *st)
{
    return S_ISREG(st->st_mode) && (key->kind == INDEX_ENTRY || (uint64_t)st->st_size == key->size);
}

static void add_scanned(struct store *store, const struct index_key *key,
                        const struct timespec *mtime)
{
    struct index_entry *entry = index_add(&store->index, key);

    if (entry->present)
        return;
    entry->scanned = 1;
    entry->identity = (uint64_t)mtime->tv_sec * 1000000000 + (uint64_t)mtime->tv_nsec;
    index_set_oldest(&store->index, entry);
}

/*
 * Looks under the mutex, so that what is put in the index hasn't been evicted meanwhile. False for
 * a file that has another size than its name says.
 */
static bool insert(struct store *store, struct index_key *key, struct stat *ret_st)
{
    char path[FILE_PATH_SIZE];

    pthread_mutex_lock(&store->mutex);
    bool there = fstatat(store->dir_fd, file_path(key, path), ret_st, AT_SYMLINK_NOFOLLOW) == 0;
    bool right = there && has_size(key, ret_st);
    if (right) {
        if (key->kind == INDEX_ENTRY)
            key->size = (uint64_t)ret_st->st_size;
        add_scanned(store, key, &ret_st->st_mtim);
    }
    pthread_mutex_unlock(&store->mutex);
    return right || !there;
}

static void scan_file(struct store *store, const struct place *place, const char *dir,
                      const char *name)
{
    struct index_key key;
    struct stat st;

    if (place->parse_name(name, &key) && strncmp(name, dir + strlen(place->dir) + 1, 2) == 0 &&
        !insert(store, &key, &st))
        condemn(store, &key, &st);
}

/* A directory that can't be read is one whose files aren't there. */
static void scan_dir(struct store *store, const struct place *place, unsigned byte)
{
    char path[sizeof("cas/HH")];

    snprintf(path, sizeof(path), "%s/%02x", place->dir, byte & 255);
    int fd = openat(store->dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *entry; !store->stopping && (entry = readdir(dir));)
        scan_file(store, place, path, entry->d_name);
    closedir(dir);
}

static int by_mtime(const void *a, const void *b)
{
    uint64_t x = ((const struct index_scanned *)a)->mtime;
    uint64_t y = ((const struct index_scanned *)b)->mtime;

    return (x > y) - (x < y);
}

/* What was found and not used since, in the order of mtime, all of it older than what was used. */
static void order(struct store *store)
{
    size_t count;

    pthread_mutex_lock(&store->mutex);
    auto_free struct index_scanned *list = index_list_scanned(&store->index, &count);
    pthread_mutex_unlock(&store->mutex);
    qsort(list, count, sizeof(*list), by_mtime);
    while (count > 0) {
        pthread_mutex_lock(&store->mutex);
        for (int i = 0; i < PLACED_AT_ONCE && count > 0; i++)
            index_place_scanned(&store->index, &list[--count]);
        pthread_mutex_unlock(&store->mutex);
    }
}

static void *scan(void *user)
{
    struct store *store = user;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        for (unsigned byte = 0; byte < 256; byte++)
            scan_dir(store, &places[i], byte);
    if (store->stopping)
        return NULL;
    order(store);
    evict_excess(store);
    pthread_mutex_lock(&store->mutex);
    store->scanning = false;
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

int scan_start(struct store *store, struct error *err)
{
    store->scanning = true;
    int errnum = pthread_create(&store->scanner, NULL, scan, store);

    if (errnum != 0)
        return error_set_errno(err, errnum, "cannot start a thread");
    store->has_scanner = true;
    return 0;
}

void scan_stop(struct store *store)
{
    store->stopping = true;
    if (store->has_scanner)
        pthread_join(store->scanner, NULL);
}
