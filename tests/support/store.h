/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of the store share. The store is the directory "store" of the test's own. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store.h"
#include "support/test.h"

#define auto_store __attribute__((cleanup(test_close_store))) struct store

static inline void test_close_store(struct store **store)
{
    store_close(*store);
    *store = NULL;
}

static inline struct store *test_open_store(uint64_t size_limit)
{
    const struct store_options options = {.dir = "store", .size_limit = size_limit};
    struct store *store = NULL;
    auto_error err = ERROR_INIT;

    assert_success(store_open(&options, &store, &err), &err);
    return store;
}

/* Closes the store as if the process had been killed: the index isn't saved. */
static inline void test_kill_store(struct store **store)
{
    test_close_store(store);
    assert_int_equal(unlink("store/index"), 0);
}

static inline void test_await_scan(struct store *store)
{
    struct store_stats stats;

    for (store_stats(store, &stats); stats.scanning; store_stats(store, &stats))
        usleep(1000);
}

static inline struct store_stats test_stats(struct store *store)
{
    struct store_stats stats;

    store_stats(store, &stats);
    return stats;
}

static inline struct blob_digest test_digest(const char *text)
{
    struct blob_digest digest;

    blob_digest_of(text, strlen(text), &digest);
    return digest;
}

static inline struct blob_digest test_put(struct store *store, const char *text)
{
    struct blob_digest digest = test_digest(text);
    auto_error err = ERROR_INIT;

    assert_success(store_put(store, &digest, text, &err), &err);
    return digest;
}

static inline bool test_has(struct store *store, const struct blob_digest *digest)
{
    bool missing = false;
    auto_error err = ERROR_INIT;

    assert_success(store_find_missing(store, digest, 1, &missing, &err), &err);
    return !missing;
}

/* "store/cas/HH/HASH-SIZE" with SUFFIX after it. Owned by caller. */
static inline char *test_blob_file(const struct blob_digest *digest, const char *suffix)
{
    char name[BLOB_NAME_SIZE];

    blob_name(digest, name);
    return xasprintf("store/cas/%.2s/%s%s", name, name, suffix);
}

/* What others may do to the store: other bytes in the same inode, one second later. */
static inline void test_spoil(const char *path, const char *text)
{
    struct stat st = test_stat(path);
    struct timespec times[2] = {st.st_atim, {st.st_mtim.tv_sec + 1, st.st_mtim.tv_nsec}};
    FILE *file;

    assert_int_equal(chmod(path, 0644), 0);
    assert_non_null(file = fopen(path, "w"));
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, st.st_mode & 07777), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Nothing is being written or removed, and all room is given back. */
static inline void assert_idle(struct store *store)
{
    assert_int_equal(test_count_entries("store/tmp"), 0);
    assert_int_equal(test_count_entries("store/gone"), 0);
    assert_int_equal(test_stats(store).pinned, 0);
}

static inline void assert_blob(struct store *store, const struct blob_digest *digest,
                               const char *expected)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;

    assert_success(store_read_blob(store, digest, 1 << 20, &bytes, &err), &err);
    assert_buf(&bytes, expected);
}
