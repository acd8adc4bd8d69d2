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

/* Blobs of ten bytes each. */
static struct blob_digest put_ten(struct store *store, int number)
{
    char text[11];

    snprintf(text, sizeof(text), "%010d", number);
    return test_put(store, text);
}

static void eviction_takes_the_least_lately_used(void **state)
{
    (void)state;
    auto_store *store = test_open_store(30);
    struct blob_digest one = put_ten(store, 1), two = put_ten(store, 2), three = put_ten(store, 3);
    assert_true(test_has(store, &one)); /* which is a use */
    struct blob_digest four = put_ten(store, 4);
    assert_false(test_has(store, &two));
    assert_true(test_has(store, &one));
    assert_true(test_has(store, &three));
    assert_true(test_has(store, &four));
    assert_int_equal(test_stats(store).evicted, 1);
    assert_int_equal(test_stats(store).bytes, 30);
    auto_free char *file = test_blob_file(&two, "");
    assert_false(fs_exists(file));
    assert_idle(store);
}

static void eviction_counts_every_kind_of_use(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_free char *path = NULL;
    int fd;

    (void)state;
    auto_store *store = test_open_store(60);
    struct blob_digest used[] = {put_ten(store, 0), put_ten(store, 1), put_ten(store, 2),
                                 put_ten(store, 3), put_ten(store, 4)};
    struct blob_digest unused = put_ten(store, 5);
    assert_success(store_open_blob(store, &used[0], &fd, &err), &err);
    close(fd);
    assert_success(store_read_blob(store, &used[1], 10, &bytes, &err), &err);
    assert_success(store_pin(store, &used[2], &err), &err);
    store_unpin(store, &used[2]);
    assert_success(store_blob_path(store, &used[3], false, &path, &err), &err);
    put_ten(store, 4);
    put_ten(store, 6);
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
        assert_true(test_has(store, &used[i]));
    assert_false(test_has(store, &unused));
}

static void eviction_makes_room_for_all_that_comes(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    for (int i = 0; i < 100; i++)
        put_ten(store, i);
    auto_free char *large = xcalloc(1, 996);
    memset(large, 'l', 995);
    struct blob_digest digest = test_put(store, large);
    assert_true(test_has(store, &digest));
    assert_int_equal(test_stats(store).evicted, 100);
    assert_int_equal(test_stats(store).bytes, 995);
    assert_idle(store);
}

static void eviction_never_takes_what_is_pinned(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(30);
    struct blob_digest one = put_ten(store, 1), two = put_ten(store, 2);
    assert_success(store_pin(store, &one, &err), &err);
    assert_success(store_pin(store, &one, &err), &err);
    assert_int_equal(test_stats(store).pinned, 1);
    for (int i = 3; i < 10; i++)
        put_ten(store, i);
    assert_true(test_has(store, &one));
    assert_false(test_has(store, &two));
    store_unpin(store, &one);
    put_ten(store, 10);
    put_ten(store, 11);
    put_ten(store, 12);
    assert_true(test_has(store, &one));
    store_unpin(store, &one);
    assert_int_equal(test_stats(store).pinned, 0);
    put_ten(store, 13);
    put_ten(store, 14);
    put_ten(store, 15);
    assert_false(test_has(store, &one));
}

static void store_is_full_when_all_is_pinned(void **state)
{
    struct blob_digest four = test_digest("0000000004");
    auto_error err = ERROR_INIT;
    char name[BLOB_NAME_SIZE];

    (void)state;
    auto_store *store = test_open_store(30);
    struct blob_digest pinned[] = {put_ten(store, 1), put_ten(store, 2), put_ten(store, 3)};
    for (int i = 0; i < 3; i++)
        assert_success(store_pin(store, &pinned[i], &err), &err);
    assert_int_equal(store_put(store, &four, "0000000004", &err), STORE_FULL);
    auto_free char *text = xasprintf(
        "cannot store blob %s: there is no room for 10 bytes: running actions and uploads need all "
        "but little of the 30 that the store may take; give it a larger --store-size",
        blob_name(&four, name));
    assert_error(&err, ERROR_FAILURE, text);
    for (int i = 0; i < 3; i++)
        store_unpin(store, &pinned[i]);
    put_ten(store, 4);
    assert_int_equal(test_stats(store).bytes, 30);
    assert_idle(store);
}

static void store_is_full_for_a_blob_above_the_limit(void **state)
{
    struct blob_digest digest = test_digest("four");
    struct store_writer *writer = NULL;
    auto_error err = ERROR_INIT;
    char name[BLOB_NAME_SIZE];

    (void)state;
    auto_store *store = test_open_store(3);
    assert_int_equal(store_writer_begin(store, &digest, &writer, &err), STORE_FULL);
    auto_free char *text = xasprintf("cannot store blob %s: 4 bytes are more than the 3 that the "
                                     "store may take; give it a larger --store-size",
                                     blob_name(&digest, name));
    assert_error(&err, ERROR_FAILURE, text);
    digest.size = UINT64_MAX;
    assert_int_equal(store_writer_begin(store, &digest, &writer, &err), STORE_FULL);
    assert_null(writer);
}

static void writer_reserves_its_room_at_once(void **state)
{
    struct blob_digest first = test_digest("0000000001"), second = test_digest("0000000002");
    struct store_writer *writer = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(19);
    struct blob_digest old = test_put(store, "old bytes!");
    assert_success(store_writer_begin(store, &first, &writer, &err), &err);
    assert_false(test_has(store, &old));
    assert_int_equal(store_put(store, &second, "0000000002", &err), STORE_FULL);
    store_writer_abandon(writer);
    put_ten(store, 2);
    assert_idle(store);
}

static void executable_copies_count_and_go_with_their_blobs(void **state)
{
    auto_error err = ERROR_INIT;
    auto_free char *path = NULL;

    (void)state;
    auto_store *store = test_open_store(30);
    struct blob_digest one = put_ten(store, 1);
    assert_success(store_pin(store, &one, &err), &err);
    assert_success(store_blob_path(store, &one, true, &path, &err), &err);
    assert_int_equal(test_stats(store).bytes, 20);
    put_ten(store, 2);
    put_ten(store, 3);
    put_ten(store, 4);
    assert_true(fs_exists(path)); /* pinned as well */
    store_unpin(store, &one);
    put_ten(store, 5);
    put_ten(store, 6);
    assert_false(test_has(store, &one));
    assert_false(fs_exists(path));
    assert_int_equal(test_stats(store).bytes, 30);
    assert_idle(store);
}

static void entries_of_the_action_cache_count_and_are_evicted(void **state)
{
    struct digest key = {{1}};
    auto_buf value = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(DIGEST_SIZE + 28);
    assert_success(store_put_entry(store, &key, "12345678", 8, &err), &err);
    assert_int_equal(test_stats(store).bytes, DIGEST_SIZE + 8);
    struct blob_digest one = put_ten(store, 1), two = put_ten(store, 2);
    assert_success(store_get_entry(store, &key, &value, &err), &err);
    struct blob_digest three = put_ten(store, 3);
    assert_false(test_has(store, &one));
    assert_true(test_has(store, &two));
    assert_true(test_has(store, &three));
    put_ten(store, 4);
    put_ten(store, 5);
    assert_int_equal(store_get_entry(store, &key, &value, &err), STORE_ABSENT);
    assert_int_equal(test_stats(store).entries, 0);
    assert_int_equal(store_put_entry(store, &key, value.data, 50, &err), STORE_FULL);
    assert_error(&err, ERROR_FAILURE,
                 "82 bytes are more than the 60 that the store may take; give it a larger "
                 "--store-size");
}

/* ---- a disk that is full, on a file system of one MiB ---- */

#define PIECE 100000

static struct blob_digest put_piece(struct store *store, char fill, int *ret_answer,
                                    struct error *err)
{
    auto_free char *data = xmalloc(PIECE);
    struct blob_digest digest;

    memset(data, fill, PIECE);
    blob_digest_of(data, PIECE, &digest);
    *ret_answer = store_put(store, &digest, data, err);
    return digest;
}

static bool write_text(const char *path, const char *text)
{
    auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Who isn't root becomes it in a namespace of its own: a tmpfs is for users it knows. */
static bool unshare_mounts(void)
{
    auto_free char *uids = xasprintf("0 %u 1", geteuid());
    auto_free char *gids = xasprintf("0 %u 1", getegid());

    if (geteuid() == 0)
        return unshare(CLONE_NEWNS) == 0;
    return unshare(CLONE_NEWNS | CLONE_NEWUSER) == 0 && write_text("/proc/self/uid_map", uids) &&
           write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/gid_map", gids);
}

static bool mount_small(void)
{
    return unshare_mounts() && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mkdir("small", 0700) == 0 &&
           mount("tmpfs", "small", "tmpfs", 0, "size=1m,mode=0700") == 0 && chdir("small") == 0;
}

/* Runs in a child, and says by its exit status whether all was right. */
static int evict_for_a_full_disk(void)
{
    struct store *store = test_open_store(100u << 20);
    auto_error err = ERROR_INIT;
    int answer = 0;
    int failed = 0;

    for (char fill = 'a'; fill <= 'z'; fill++) {
        struct blob_digest digest = put_piece(store, fill, &answer, &err);
        failed += answer != 0 || !test_has(store, &digest);
    }
    failed += test_stats(store).evicted < 10;
    store_close(store);
    return failed;
}

static int fill_with_what_is_pinned(void)
{
    struct store *store = test_open_store(100u << 20);
    auto_error err = ERROR_INIT;
    int answer = 0;
    int failed = 0;

    for (char fill = 'a'; answer == 0 && fill <= 'z'; fill++) {
        struct blob_digest digest = put_piece(store, fill, &answer, &err);
        failed += answer == 0 && store_pin(store, &digest, &err) != 0;
    }
    failed += answer != STORE_FULL || !strstr(err.text, ": No space left on device");
    failed += test_stats(store).evicted != 0;
    failed += test_count_entries("store/tmp") != 0;
    return failed;
}

static void assert_on_small_disk(int (*run)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(mount_small() ? run() : 77);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void eviction_makes_room_on_a_full_disk(void **state)
{
    (void)state;
    assert_on_small_disk(evict_for_a_full_disk);
}

static void store_is_full_on_a_full_disk_where_all_is_pinned(void **state)
{
    (void)state;
    assert_on_small_disk(fill_with_what_is_pinned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(eviction_takes_the_least_lately_used),
        file_test(eviction_counts_every_kind_of_use),
        file_test(eviction_makes_room_for_all_that_comes),
        file_test(eviction_never_takes_what_is_pinned),
        file_test(store_is_full_when_all_is_pinned),
        file_test(store_is_full_for_a_blob_above_the_limit),
        file_test(writer_reserves_its_room_at_once),
        file_test(executable_copies_count_and_go_with_their_blobs),
        file_test(entries_of_the_action_cache_count_and_are_evicted),
        file_test(eviction_makes_room_on_a_full_disk),
        file_test(store_is_full_on_a_full_disk_where_all_is_pinned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
