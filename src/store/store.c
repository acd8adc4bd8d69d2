/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "store/index_file.h"

static bool load_index(struct store *store)
{
    auto_free char *path = path_join(store->dir, "index");
    auto_mapping file = MAPPING_INIT;
    auto_error err = ERROR_INIT;

    return mapping_open(path, &file, &err) == 0 && index_decode(file.data, file.len, &store->index);
}

/* So that, if the process dies, the next one sees that nobody has saved what it knew. */
static int remove_index(struct store *store, struct error *err)
{
    if (unlinkat(store->dir_fd, "index", 0) == 0)
        return fsync(store->dir_fd) == 0
                   ? 0
                   : error_set_errno(err, errno, "cannot sync the store %s", store->dir);
    if (errno == ENOENT)
        return 0;
    return error_set_errno(err, errno, "cannot remove %s/index", store->dir);
}

static int open_index(struct store *store, struct error *err)
{
    bool complete = load_index(store) || store->is_new;

    if (remove_index(store, err) < 0)
        return -1;
    if (!complete)
        return scan_start(store, err);
    evict_excess(store); /* the limit may be smaller than it was */
    return 0;
}

static void store_free(struct store *store)
{
    index_release(&store->index);
    pthread_mutex_destroy(&store->mutex);
    layout_close(store);
    free(store);
}

int store_open(const struct store_options *options, struct store **ret_store, struct error *err)
{
    struct store *store = xcalloc(1, sizeof(*store));

    store->size_limit = options->size_limit < INDEX_SIZE_MAX ? options->size_limit : INDEX_SIZE_MAX;
    store->fsync = options->fsync;
    pthread_mutex_init(&store->mutex, NULL);
    index_init(&store->index);
    if (layout_open(store, options->dir, err) < 0 || open_index(store, err) < 0) {
        store_free(store);
        return -1;
    }
    *ret_store = store;
    return 0;
}

/* Without it the next start scans; that is all that is lost when it can't be written. */
static void save_index(struct store *store)
{
    auto_free char *path = path_join(store->dir, "index");
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;

    index_encode(&store->index, &bytes);
    if (fs_write_file(path, bytes.data, bytes.len, &err) < 0)
        error_release(&err);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    scan_stop(store);
    if (!store->scanning)
        save_index(store);
    store_free(store);
}

const char *store_directory(const struct store *store)
{
    return store->dir;
}

void store_stats(struct store *store, struct store_stats *ret_stats)
{
    pthread_mutex_lock(&store->mutex);
    *ret_stats = (struct store_stats){
        .blobs = store->index.present[INDEX_BLOB],
        .entries = store->index.present[INDEX_ENTRY],
        .bytes = store->index.bytes,
        .limit = store->size_limit,
        .pinned = store->index.pinned,
        .evicted = store->evicted,
        .damaged = store->damaged,
        .scanning = store->scanning,
    };
    pthread_mutex_unlock(&store->mutex);
}
