/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

static void assert_open_fails(const char *dir, enum error_kind kind, const char *text)
{
    const struct store_options options = {.dir = dir, .size_limit = 1000};
    struct store *store = NULL;
    auto_error err = ERROR_INIT;

    assert_int_equal(store_open(&options, &store, &err), -1);
    assert_null(store);
    assert_error(&err, kind, text);
}

static char *absolute(const char *name)
{
    auto_error err = ERROR_INIT;
    auto_free char *cwd = NULL;

    assert_success(fs_getcwd(&cwd, &err), &err);
    return xasprintf("%s/%s", cwd, name);
}

static void store_is_private_and_has_its_directories(void **state)
{
    static const char *const paths[] = {"store/cas/00", "store/cas/ff", "store/ac/a0", "store/tmp",
                                        "store/gone"};

    (void)state;
    auto_store *store = test_open_store(1000);
    assert_int_equal(test_stats(store).limit, 1000);
    assert_int_equal(test_stat("store").st_mode & 07777, 0700);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_true(fs_is_dir(paths[i]));
    assert_file("store/format", "cleave store 1\n");
}

static void store_becomes_private(void **state)
{
    (void)state;
    assert_int_equal(mkdir("store", 0755), 0);
    auto_store *store = test_open_store(1000);
    assert_int_equal(test_stats(store).limit, 1000);
    assert_int_equal(test_stat("store").st_mode & 07777, 0700);
}

static void store_keeps_blobs_and_entries_over_a_clean_stop(void **state)
{
    struct digest key = {{1}};
    auto_buf value = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "blob");
    assert_success(store_put_entry(store, &key, "value", 5, &err), &err);
    test_close_store(&store);
    assert_true(fs_exists("store/index"));

    store = test_open_store(1000);
    assert_false(fs_exists("store/index"));
    struct store_stats stats = test_stats(store);
    assert_false(stats.scanning);
    assert_int_equal(stats.blobs, 1);
    assert_int_equal(stats.entries, 1);
    assert_int_equal(stats.bytes, 4 + 5 + DIGEST_SIZE);
    assert_int_equal(stats.limit, 1000);
    assert_blob(store, &digest, "blob");
    assert_success(store_get_entry(store, &key, &value, &err), &err);
    assert_buf(&value, "value");
}

static void store_with_a_damaged_index_is_scanned(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "blob");
    test_close_store(&store);
    test_write("store/index", "cleavidx, or so");

    store = test_open_store(1000);
    assert_true(test_has(store, &digest));
    test_await_scan(store);
    assert_int_equal(test_stats(store).blobs, 1);
}

static void store_evicts_at_open_what_a_smaller_limit_has_no_room_for(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest old = test_put(store, "old one");
    struct blob_digest new = test_put(store, "new one");
    test_close_store(&store);

    store = test_open_store(10);
    assert_false(test_has(store, &old));
    assert_true(test_has(store, &new));
    assert_int_equal(test_stats(store).evicted, 1);
}

static void store_removes_what_an_unclean_stop_left(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    test_kill_store(&store);
    test_write("store/tmp/12", "half a blob");
    test_write("store/gone/3", "evicted");
    assert_int_equal(mkdir("store/gone/4", 0700), 0);
    test_write("store/gone/4/file", "x");

    store = test_open_store(1000);
    assert_int_equal(test_count_entries("store/tmp"), 0);
    assert_int_equal(test_count_entries("store/gone"), 0);
}

static void store_that_is_open_is_refused(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    auto_free char *dir = absolute("store");
    auto_free char *text = xasprintf("the store %s is open in another process (%ld); stop that one "
                                     "or name another directory",
                                     dir, (long)getpid());
    assert_open_fails("store", ERROR_FAILURE, text);
    test_close_store(&store);
    store = test_open_store(1000);
}

static void store_of_another_format_is_refused(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    test_close_store(&store);
    test_write("store/format", "cleave store 10\n");
    auto_free char *dir = absolute("store");
    auto_free char *text =
        xasprintf("the store %s has a format that this version doesn't know; use the version that "
                  "made it, remove it, or name another directory",
                  dir);
    assert_open_fails("store", ERROR_REFUSED, text);
}

static void store_is_not_made_among_other_files(void **state)
{
    (void)state;
    assert_int_equal(mkdir("home", 0755), 0);
    test_write("home/letter", "Dear");
    auto_free char *dir = absolute("home");
    auto_free char *text =
        xasprintf("%s is not a store and not empty (there is letter); name a directory that is "
                  "empty or new",
                  dir);
    assert_open_fails("home", ERROR_REFUSED, text);
    assert_int_equal(test_stat("home").st_mode & 07777, 0755);
    assert_int_equal(test_count_entries("home"), 1);
}

static void store_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    test_write("file", "");
    auto_free char *dir = absolute("file/store");
    auto_free char *text =
        xasprintf("cannot make the store: cannot create the directory %s: Not a directory", dir);
    assert_open_fails("file/store", ERROR_FAILURE, text);
}

/* In a mount namespace of its own. False where that isn't allowed. */
static bool mount_read_only(const char *dir)
{
    return unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount(dir, dir, NULL, MS_BIND, NULL) == 0 &&
           mount(NULL, dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0;
}

static void store_that_is_read_only_is_an_error(void **state)
{
    const struct store_options options = {.dir = "ro", .size_limit = 1000};
    struct store *store = NULL;
    auto_error err = ERROR_INIT;
    int status = -1;

    (void)state;
    auto_free char *dir = absolute("ro");
    auto_free char *text = xasprintf("cannot write in the store %s; it must be on a file system "
                                     "that is writable: Read-only file system",
                                     dir);
    assert_int_equal(mkdir("ro", 0700), 0);
    pid_t child = fork();
    if (child == 0) {
        if (!mount_read_only(dir))
            _exit(77);
        bool right = store_open(&options, &store, &err) == -1 && strcmp(err.text, text) == 0;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void store_of_another_user_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("other", 0700), 0);
    /* For root, but not for the root of a user namespace that has no other users. */
    if (chown("other", 12345, 12345) < 0)
        skip();
    auto_free char *dir = absolute("other");
    auto_free char *text = xasprintf(
        "the store %s belongs to another user (12345); name a directory of your own", dir);
    assert_open_fails("other", ERROR_FAILURE, text);
}

static void store_close_takes_none(void **state)
{
    (void)state;
    store_close(NULL);
}

static void store_finds_the_empty_blob_everywhere(void **state)
{
    bool missing = true;
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;
    char byte;

    (void)state;
    auto_store *store = test_open_store(1000);
    assert_success(store_find_missing(store, &blob_empty, 1, &missing, &err), &err);
    assert_false(missing);
    assert_blob(store, &blob_empty, "");
    assert_success(store_open_blob(store, &blob_empty, &fd, &err), &err);
    assert_int_equal(read(fd, &byte, 1), 0);
    assert_success(store_put(store, &blob_empty, NULL, &err), &err);
    assert_int_equal(test_stats(store).blobs, 0);
}

static void store_finds_missing_one_by_one(void **state)
{
    bool missing[3] = {false, true, false};
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "there");
    struct blob_digest digests[] = {test_digest("not there"), digest, digest};
    digests[2].size++; /* the hash of one that is there, and a wrong size */
    assert_success(store_find_missing(store, digests, 3, missing, &err), &err);
    assert_true(missing[0]);
    assert_false(missing[1]);
    assert_true(missing[2]);
}

static void store_read_refuses_what_is_larger_than_the_cap(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    char name[BLOB_NAME_SIZE];

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "12345");
    assert_int_equal(store_read_blob(store, &digest, 4, &bytes, &err), -1);
    auto_free char *text =
        xasprintf("blob %s is larger than the 4 bytes allowed", blob_name(&digest, name));
    assert_error(&err, ERROR_REFUSED, text);
    assert_buf(&bytes, "");
}

static void store_read_appends(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "blob");
    buf_add_str(&bytes, "a ");
    assert_success(store_read_blob(store, &digest, 4, &bytes, &err), &err);
    assert_buf(&bytes, "a blob");
    struct blob_digest absent = test_digest("absent");
    assert_int_equal(store_read_blob(store, &absent, 100, &bytes, &err), STORE_ABSENT);
    assert_null(err.text);
    assert_buf(&bytes, "a blob");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(store_is_private_and_has_its_directories),
        file_test(store_becomes_private),
        file_test(store_keeps_blobs_and_entries_over_a_clean_stop),
        file_test(store_with_a_damaged_index_is_scanned),
        file_test(store_evicts_at_open_what_a_smaller_limit_has_no_room_for),
        file_test(store_removes_what_an_unclean_stop_left),
        file_test(store_that_is_open_is_refused),
        file_test(store_of_another_format_is_refused),
        file_test(store_is_not_made_among_other_files),
        file_test(store_that_cannot_be_made_is_an_error),
        file_test(store_that_is_read_only_is_an_error),
        file_test(store_of_another_user_is_refused),
        file_test(store_close_takes_none),
        file_test(store_finds_the_empty_blob_everywhere),
        file_test(store_finds_missing_one_by_one),
        file_test(store_read_refuses_what_is_larger_than_the_cap),
        file_test(store_read_appends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
