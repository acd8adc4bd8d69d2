/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

static void set_mtime(const struct blob_digest *digest, time_t seconds)
{
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    auto_free char *file = test_blob_file(digest, "");

    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

static void scan_finds_all(void **state)
{
    struct digest key = {{1}};
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(100000);
    for (int i = 0; i < 500; i++) {
        auto_free char *text = xasprintf("blob %03d", i);
        test_put(store, text);
    }
    assert_success(store_put_entry(store, &key, "value", 5, &err), &err);
    test_kill_store(&store);

    store = test_open_store(100000);
    test_await_scan(store);
    struct store_stats stats = test_stats(store);
    assert_int_equal(stats.blobs, 500);
    assert_int_equal(stats.entries, 1);
    assert_int_equal(stats.bytes, 500 * 8 + 5 + DIGEST_SIZE);
    assert_int_equal(stats.damaged, 0);
    struct blob_digest digest = test_digest("blob 250");
    assert_blob(store, &digest, "blob 250");
}

static void scan_orders_by_mtime_what_was_not_used(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest middle = test_put(store, "middle"), oldest = test_put(store, "oldest"),
                       newest = test_put(store, "newest"), used = test_put(store, "__used");
    set_mtime(&used, 1000);
    set_mtime(&oldest, 2000);
    set_mtime(&middle, 3000);
    set_mtime(&newest, 4000);
    test_kill_store(&store);

    store = test_open_store(24);
    assert_true(test_has(store, &used));
    test_await_scan(store);
    struct blob_digest last = test_put(store, "____last");
    assert_false(test_has(store, &oldest));
    assert_false(test_has(store, &middle));
    assert_true(test_has(store, &newest));
    assert_true(test_has(store, &used));
    assert_true(test_has(store, &last));
}

static void scan_evicts_what_is_above_the_limit(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest old = test_put(store, "old"), new = test_put(store, "new");
    set_mtime(&old, 1000);
    test_kill_store(&store);
    store = test_open_store(5);
    test_await_scan(store);
    assert_int_equal(test_stats(store).bytes, 3);
    assert_false(test_has(store, &old));
    assert_true(test_has(store, &new));
    assert_idle(store);
}

static void scan_drops_files_of_the_wrong_size_and_leaves_foreign_ones(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *file = test_blob_file(&digest, "");
    test_kill_store(&store);
    test_spoil(file, "goo");
    test_write("store/cas/00/README", "a person's");
    auto_free char *elsewhere = xasprintf("store/cas/00/%s", file + sizeof("store/cas/HH/") - 1);
    test_write(elsewhere, "good");

    store = test_open_store(1000);
    test_await_scan(store);
    assert_int_equal(test_stats(store).blobs, 0);
    assert_int_equal(test_stats(store).damaged, 1);
    assert_false(fs_exists(file));
    assert_file("store/cas/00/README", "a person's");
}

static void scan_that_was_stopped_is_done_by_the_next(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    test_kill_store(&store);
    store = test_open_store(1000);
    test_close_store(&store);
    store = test_open_store(1000);
    assert_true(test_has(store, &digest));
    test_await_scan(store);
    assert_int_equal(test_stats(store).blobs, 1);
    assert_blob(store, &digest, "good");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(scan_finds_all),
        file_test(scan_orders_by_mtime_what_was_not_used),
        file_test(scan_evicts_what_is_above_the_limit),
        file_test(scan_drops_files_of_the_wrong_size_and_leaves_foreign_ones),
        file_test(scan_that_was_stopped_is_done_by_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
