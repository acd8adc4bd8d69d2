/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

/* What others may do to a file of the store. */
static void truncate_it(const char *path)
{
    test_spoil(path, "goo");
}

static void flip_a_bit(const char *path)
{
    test_spoil(path, "gooe");
}

static void replace_it(const char *path)
{
    test_write("other", "evil");
    assert_int_equal(rename("other", path), 0);
}

static void remove_it(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void link_elsewhere(const char *path)
{
    test_write("elsewhere", "good");
    remove_it(path);
    assert_int_equal(symlink("../../../elsewhere", path), 0);
}

static void put_a_directory_there(const char *path)
{
    remove_it(path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void put_a_pipe_there(const char *path)
{
    remove_it(path);
    assert_int_equal(mkfifo(path, 0444), 0);
}

static void (*const damages[])(const char *path) = {
    truncate_it,           flip_a_bit,       replace_it, remove_it, link_elsewhere,
    put_a_directory_there, put_a_pipe_there,
};

#define DAMAGES (sizeof(damages) / sizeof(damages[0]))

/* The ways to ask for a blob; each returns whether it was there. */
static bool ask_missing(struct store *store, const struct blob_digest *digest)
{
    return test_has(store, digest);
}

static bool ask_open(struct store *store, const struct blob_digest *digest)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;
    int answer = store_open_blob(store, digest, &fd, &err);

    assert_true(answer == 0 || answer == STORE_ABSENT);
    return answer == 0;
}

static bool ask_path(struct store *store, const struct blob_digest *digest)
{
    auto_error err = ERROR_INIT;
    auto_free char *path = NULL;
    int answer = store_blob_path(store, digest, false, &path, &err);

    assert_true(answer == 0 || answer == STORE_ABSENT);
    return answer == 0;
}

static bool ask_writer(struct store *store, const struct blob_digest *digest)
{
    auto_error err = ERROR_INIT;
    struct store_writer *writer = NULL;
    int answer = store_writer_begin(store, digest, &writer, &err);

    assert_true(answer == 0 || answer == STORE_PRESENT);
    store_writer_abandon(writer);
    return answer == STORE_PRESENT;
}

static bool (*const questions[])(struct store *store, const struct blob_digest *digest) = {
    ask_missing, ask_open, ask_path, ask_writer};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void damaged_blob_is_missing_and_heals(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    for (size_t i = 0; i < DAMAGES * QUESTIONS; i++) {
        bool (*ask)(struct store *, const struct blob_digest *) = questions[i % QUESTIONS];
        struct blob_digest digest = test_put(store, "good");
        auto_free char *file = test_blob_file(&digest, "");
        assert_true(ask(store, &digest));
        damages[i / QUESTIONS](file);
        assert_false(ask(store, &digest));
        assert_false(fs_exists(file));
        assert_int_equal(test_stats(store).damaged, i + 1);
        assert_int_equal(test_stats(store).bytes, 0);
    }
    struct blob_digest digest = test_put(store, "good");
    assert_blob(store, &digest, "good");
}

static void damaged_blob_is_seen_after_a_clean_stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < DAMAGES; i++) {
        auto_store *store = test_open_store(1000);
        struct blob_digest digest = test_put(store, "good");
        auto_free char *file = test_blob_file(&digest, "");
        test_close_store(&store);
        damages[i](file);
        store = test_open_store(1000);
        assert_false(test_has(store, &digest));
        assert_int_equal(test_stats(store).damaged, 1);
    }
}

static void damaged_blob_is_seen_after_an_unclean_stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < DAMAGES; i++) {
        auto_store *store = test_open_store(1000);
        struct blob_digest digest = test_put(store, "good");
        auto_free char *file = test_blob_file(&digest, "");
        test_kill_store(&store);
        damages[i](file);
        store = test_open_store(1000);
        assert_false(test_has(store, &digest));
        test_await_scan(store);
        assert_false(test_has(store, &digest));
        test_put(store, "good");
        assert_blob(store, &digest, "good");
    }
}

static void blob_with_another_mtime_or_inode_is_good_when_its_bytes_are(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *file = test_blob_file(&digest, "");
    test_spoil(file, "good");
    assert_true(test_has(store, &digest));
    test_write("other", "good");
    assert_int_equal(rename("other", file), 0);
    assert_true(test_has(store, &digest));
    assert_int_equal(test_stats(store).damaged, 0);
}

static void blob_gets_its_mode_back(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *file = test_blob_file(&digest, "");
    assert_int_equal(chmod(file, 0666), 0);
    assert_true(test_has(store, &digest));
    assert_int_equal(test_stat(file).st_mode & 07777, 0444);
}

static void blob_with_more_links_is_not_hashed_again(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *file = test_blob_file(&digest, "");
    struct timespec mtime = test_stat(file).st_mtim;
    assert_int_equal(link(file, "link"), 0);
    /* Wrong bytes, which only who reads them sees. */
    test_spoil(file, "gooe");
    const struct timespec times[2] = {mtime, mtime};
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
    assert_true(test_has(store, &digest));
}

static void blob_that_is_open_survives_its_removal(void **state)
{
    auto_error err = ERROR_INIT;
    auto_fd int fd = -1;
    char bytes[8];

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "good");
    auto_free char *file = test_blob_file(&digest, "");
    assert_success(store_open_blob(store, &digest, &fd, &err), &err);
    replace_it(file);
    assert_false(test_has(store, &digest));
    assert_int_equal(read(fd, bytes, sizeof(bytes)), 4);
    assert_memory_equal(bytes, "good", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(damaged_blob_is_missing_and_heals),
        file_test(damaged_blob_is_seen_after_a_clean_stop),
        file_test(damaged_blob_is_seen_after_an_unclean_stop),
        file_test(blob_with_another_mtime_or_inode_is_good_when_its_bytes_are),
        file_test(blob_gets_its_mode_back),
        file_test(blob_with_more_links_is_not_hashed_again),
        file_test(blob_that_is_open_survives_its_removal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
