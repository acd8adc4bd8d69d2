/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

static char *path_of(struct store *store, const struct blob_digest *digest, bool executable)
{
    auto_error err = ERROR_INIT;
    char *path = NULL;

    assert_success(store_blob_path(store, digest, executable, &path, &err), &err);
    return path;
}

static void pin_answers_absent_for_what_is_not_there(void **state)
{
    struct blob_digest digest = test_digest("absent");
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    assert_int_equal(store_pin(store, &digest, &err), STORE_ABSENT);
    assert_int_equal(test_stats(store).pinned, 0);
    assert_null(err.text);
}

static void pin_finds_what_the_scan_has_not_come_to(void **state)
{
    struct blob_digest absent = test_digest("absent");
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "there");
    test_kill_store(&store);
    store = test_open_store(1000);
    assert_success(store_pin(store, &digest, &err), &err);
    assert_int_equal(store_pin(store, &absent, &err), STORE_ABSENT);
    store_unpin(store, &digest);
    test_await_scan(store);
    assert_idle(store);
}

static void pin_takes_the_empty_blob(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    assert_success(store_pin(store, &blob_empty, &err), &err);
    auto_free char *path = path_of(store, &blob_empty, false);
    assert_int_equal(test_stat(path).st_size, 0);
    auto_free char *executable = path_of(store, &blob_empty, true);
    assert_int_equal(test_stat(executable).st_mode & 07777, 0555);
    store_unpin(store, &blob_empty);
    assert_idle(store);
}

/* The pin outlives the file: it holds for the next one, too. */
static void pin_holds_while_a_damaged_blob_heals(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(10);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *file = test_blob_file(&digest, "");
    assert_success(store_pin(store, &digest, &err), &err);
    test_spoil(file, "evil");
    assert_false(test_has(store, &digest));
    test_put(store, "good");
    test_put(store, "other");
    test_put(store, "third");
    assert_true(test_has(store, &digest));
    store_unpin(store, &digest);
    assert_idle(store);
}

static void path_is_absolute_and_of_the_right_mode(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "#!/bin/sh\n");
    auto_free char *plain = path_of(store, &digest, false);
    auto_free char *executable = path_of(store, &digest, true);
    auto_free char *again = path_of(store, &digest, true);
    assert_int_equal(plain[0], '/');
    assert_file(plain, "#!/bin/sh\n");
    assert_file(executable, "#!/bin/sh\n");
    assert_string_equal(executable, again);
    assert_int_equal(test_stat(plain).st_mode & 07777, 0444);
    assert_int_equal(test_stat(executable).st_mode & 07777, 0555);
    assert_int_not_equal(test_stat(plain).st_ino, test_stat(executable).st_ino);
    assert_int_equal(test_stats(store).blobs, 1);
    assert_int_equal(test_stats(store).bytes, 20);
    assert_idle(store);
}

static void path_answers_absent(void **state)
{
    struct blob_digest digest = test_digest("absent");
    auto_error err = ERROR_INIT;
    char *path = NULL;

    (void)state;
    auto_store *store = test_open_store(1000);
    assert_int_equal(store_blob_path(store, &digest, false, &path, &err), STORE_ABSENT);
    assert_int_equal(store_blob_path(store, &digest, true, &path, &err), STORE_ABSENT);
    assert_null(path);
}

static void path_has_no_room_for_a_copy(void **state)
{
    auto_error err = ERROR_INIT;
    char *path = NULL;

    (void)state;
    auto_store *store = test_open_store(9);
    struct blob_digest digest = test_put(store, "12345");
    assert_success(store_pin(store, &digest, &err), &err);
    assert_int_equal(store_blob_path(store, &digest, true, &path, &err), STORE_FULL);
    assert_error(&err, ERROR_FAILURE,
                 "there is no room for 5 bytes: running actions and uploads need all but little of "
                 "the 9 that the store may take; give it a larger --store-size");
    store_unpin(store, &digest);
    assert_idle(store);
}

static void damaged_copy_is_made_again(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *path = path_of(store, &digest, true);
    test_spoil(path, "evil");
    auto_free char *again = path_of(store, &digest, true);
    assert_file(again, "good");
    assert_int_equal(chmod(path, 0444), 0);
    auto_free char *third = path_of(store, &digest, true);
    assert_int_equal(test_stat(third).st_mode & 07777, 0555);
    assert_int_equal(test_stats(store).damaged, 1);
    assert_int_equal(test_stats(store).bytes, 8);
}

static void copy_is_known_after_a_stop(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *path = path_of(store, &digest, true);
    ino_t inode = test_stat(path).st_ino;
    test_close_store(&store);
    store = test_open_store(1000);
    auto_free char *second = path_of(store, &digest, true);
    assert_int_equal(test_stat(second).st_ino, inode);
    test_kill_store(&store);
    store = test_open_store(1000);
    test_await_scan(store);
    assert_int_equal(test_stats(store).bytes, 8);
    auto_free char *third = path_of(store, &digest, true);
    assert_int_equal(test_stat(third).st_ino, inode);
}

/* Links the file until the file system says that there are enough, or there are COUNT more. */
static int link_often(const char *path, int count)
{
    int made = 0;

    for (; made < count; made++) {
        auto_free char *name = xasprintf("links/%ld-%d", (long)test_stat(path).st_ino, made);
        if (link(path, name) < 0)
            break;
    }
    return made;
}

static void inode_with_many_links_is_replaced(void **state)
{
    const long max = pathconf(".", _PC_LINK_MAX);

    (void)state;
    if (max > 70000) /* XFS has none to speak of */
        skip();
    const int most = max <= 127 ? 32000 : (int)max;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    assert_int_equal(mkdir("links", 0700), 0);
    auto_free char *path = path_of(store, &digest, false);
    ino_t inode = test_stat(path).st_ino;
    link_often(path, most - most / 16 - 1);
    auto_free char *same = path_of(store, &digest, false);
    assert_int_equal(test_stat(same).st_ino, inode);
    assert_int_equal(link(path, "last"), 0);
    auto_free char *fresh = path_of(store, &digest, false);
    assert_int_not_equal(test_stat(fresh).st_ino, inode);
    assert_int_equal(test_stat(fresh).st_nlink, 1);
    assert_int_equal(test_stat(fresh).st_mode & 07777, 0444);
    assert_file("last", "good");
    assert_true(test_has(store, &digest));
    assert_int_equal(test_stats(store).damaged, 0);
    assert_int_equal(test_stats(store).bytes, 4);
    assert_idle(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(pin_answers_absent_for_what_is_not_there),
        file_test(pin_finds_what_the_scan_has_not_come_to),
        file_test(pin_takes_the_empty_blob),
        file_test(pin_holds_while_a_damaged_blob_heals),
        file_test(path_is_absolute_and_of_the_right_mode),
        file_test(path_answers_absent),
        file_test(path_has_no_room_for_a_copy),
        file_test(damaged_copy_is_made_again),
        file_test(copy_is_known_after_a_stop),
        file_test(inode_with_many_links_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
