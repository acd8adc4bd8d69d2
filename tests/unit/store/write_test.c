/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

/* Owned by caller. */
static char *with_name(const char *before, const struct blob_digest *digest, const char *after)
{
    char name[BLOB_NAME_SIZE];

    return xasprintf("%sblob %s%s", before, blob_name(digest, name), after);
}

static struct store_writer *begin(struct store *store, const struct blob_digest *digest)
{
    struct store_writer *writer = NULL;
    auto_error err = ERROR_INIT;

    assert_success(store_writer_begin(store, digest, &writer, &err), &err);
    return writer;
}

static void add(struct store_writer *writer, const char *text)
{
    auto_error err = ERROR_INIT;

    assert_success(store_writer_add(writer, text, strlen(text), &err), &err);
}

static void writer_publishes_what_came_in_pieces(void **state)
{
    struct blob_digest digest = test_digest("one two");
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct store_writer *writer = begin(store, &digest);
    add(writer, "one");
    add(writer, "");
    assert_int_equal(store_writer_len(writer), 3);
    assert_false(test_has(store, &digest));
    add(writer, " two");
    assert_success(store_writer_commit(writer, &err), &err);
    assert_blob(store, &digest, "one two");
    assert_idle(store);
    auto_free char *file = test_blob_file(&digest, "");
    assert_int_equal(test_stat(file).st_mode & 07777, 0444);
}

static void writer_sets_the_mode_whatever_the_umask(void **state)
{
    (void)state;
    mode_t mask = umask(0077);
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "x");
    umask(mask);
    auto_free char *file = test_blob_file(&digest, "");
    assert_int_equal(test_stat(file).st_mode & 07777, 0444);
}

static void writer_answers_present_for_a_good_blob(void **state)
{
    struct store_writer *writer = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "there");
    assert_int_equal(store_writer_begin(store, &digest, &writer, &err), STORE_PRESENT);
    assert_int_equal(store_writer_begin(store, &blob_empty, &writer, &err), STORE_PRESENT);
    assert_null(writer);
    assert_null(err.text);
}

static void writer_refuses_other_bytes(void **state)
{
    static const struct {
        const char *text, *after;
    } cases[] = {
        {"righ", ": fewer bytes came than that"},
        {"wrong", ": the bytes that came have another SHA-256"},
    };
    struct blob_digest digest = test_digest("right");

    (void)state;
    auto_store *store = test_open_store(1000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        struct store_writer *writer = begin(store, &digest);
        add(writer, cases[i].text);
        assert_int_equal(store_writer_commit(writer, &err), STORE_MISMATCH);
        auto_free char *text = with_name("", &digest, cases[i].after);
        assert_error(&err, ERROR_REFUSED, text);
        assert_false(test_has(store, &digest));
        assert_idle(store);
    }
}

static void writer_refuses_more_bytes(void **state)
{
    struct blob_digest digest = test_digest("right");
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct store_writer *writer = begin(store, &digest);
    add(writer, "rig");
    assert_int_equal(store_writer_add(writer, "hts", 3, &err), STORE_MISMATCH);
    auto_free char *text = with_name("", &digest, ": more bytes came than that");
    assert_error(&err, ERROR_REFUSED, text);
    assert_int_equal(store_writer_len(writer), 3);
    store_writer_abandon(writer);
    store_writer_abandon(NULL);
    assert_idle(store);
}

static void put_refuses_other_bytes_also_of_a_blob_that_is_there(void **state)
{
    struct blob_digest digest = test_digest("right");

    (void)state;
    auto_store *store = test_open_store(1000);
    for (int i = 0; i < 2; i++) {
        auto_error err = ERROR_INIT;
        assert_int_equal(store_put(store, &digest, "wrong", &err), STORE_MISMATCH);
        auto_free char *text = with_name("", &digest, ": the bytes that came have another SHA-256");
        assert_error(&err, ERROR_REFUSED, text);
        test_put(store, "right");
    }
    assert_blob(store, &digest, "right");
}

static void put_never_replaces_a_good_file(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_digest("twice");
    struct store_writer *late = begin(store, &digest);
    add(late, "twice");
    test_put(store, "twice");
    auto_free char *file = test_blob_file(&digest, "");
    ino_t inode = test_stat(file).st_ino;
    auto_error err = ERROR_INIT;
    assert_success(store_writer_commit(late, &err), &err);
    test_put(store, "twice");
    assert_int_equal(test_stat(file).st_ino, inode);
    assert_int_equal(test_stats(store).bytes, 5);
    assert_idle(store);
}

static void put_replaces_a_wrong_file_that_the_index_does_not_know(void **state)
{
    struct blob_digest digest = test_digest("right");

    (void)state;
    auto_store *store = test_open_store(1000);
    auto_free char *file = test_blob_file(&digest, "");
    test_write(file, "wrong");
    test_put(store, "right");
    assert_file(file, "right");
    assert_int_equal(test_stats(store).damaged, 1);
    assert_idle(store);
}

static void put_adopts_a_good_file_that_the_index_does_not_know(void **state)
{
    struct blob_digest digest = test_digest("right");

    (void)state;
    auto_store *store = test_open_store(1000);
    auto_free char *file = test_blob_file(&digest, "");
    test_write(file, "right");
    ino_t inode = test_stat(file).st_ino;
    test_put(store, "right");
    assert_int_equal(test_stat(file).st_ino, inode);
    assert_int_equal(test_stat(file).st_mode & 07777, 0444);
    assert_int_equal(test_stats(store).bytes, 5);
}

static void put_says_what_is_in_its_way(void **state)
{
    struct blob_digest digest = test_digest("x");
    auto_error err = ERROR_INIT;
    char name[BLOB_NAME_SIZE];

    (void)state;
    auto_store *store = test_open_store(1000);
    auto_free char *dir = xasprintf("store/cas/%.2s", blob_name(&digest, name));
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(store_put(store, &digest, "x", &err), -1);
    assert_non_null(strstr(err.text, "cannot store "));
    assert_non_null(strstr(err.text, name));
    assert_non_null(strstr(err.text, ": No such file or directory"));
    assert_idle(store);
}

/* A file may have no more than so many bytes: a disk that is full, as far as write can tell. */
static void put_answers_full_when_the_file_cannot_grow(void **state)
{
    struct rlimit before, tiny;
    auto_free char *data = xcalloc(1, 10000);
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(100000);
    blob_digest_of(data, 10000, &digest);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tiny = (struct rlimit){4096, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    int answer = store_put(store, &digest, data, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(answer, STORE_FULL);
    assert_non_null(strstr(err.text, "/store/tmp/1: File too large"));
    assert_idle(store);
    assert_success(store_put(store, &digest, data, &err), &err);
}

/* No descriptor is left: that says nothing about the blob. */
static void all_answer_busy_without_descriptors(void **state)
{
    struct rlimit before, none;
    struct digest key = {{1}};
    struct store_writer *writer;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    char *path;
    int fd;

    (void)state;
    auto_store *store = test_open_store(1000);
    struct blob_digest digest = test_put(store, "there"), other = test_digest("other");
    assert_success(store_put_entry(store, &key, "v", 1, &err), &err);
    auto_fd int file = open("store/format", O_RDONLY | O_CLOEXEC);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int answers[] = {
        store_open_blob(store, &digest, &fd, &err),
        store_open_blob(store, &blob_empty, &fd, &err),
        store_read_blob(store, &digest, 10, &bytes, &err),
        store_writer_begin(store, &other, &writer, &err),
        store_put(store, &other, "other", &err),
        store_put_file(store, file, &other, &err),
        store_blob_path(store, &digest, true, &path, &err),
        store_get_entry(store, &key, &bytes, &err),
        store_put_entry(store, &key, "v", 1, &err),
    };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        assert_int_equal(answers[i], STORE_BUSY);
    assert_non_null(strstr(err.text, ": Too many open files"));
    assert_true(test_has(store, &digest));
    assert_idle(store);
}

static void put_file_hashes_what_it_stores(void **state)
{
    struct blob_digest digest, expected = test_digest("a file");
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    test_write("file", "a file");
    auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
    assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
    for (int i = 0; i < 2; i++) {
        assert_success(store_put_file(store, fd, &digest, &err), &err);
        assert_true(blob_digest_equal(&digest, &expected));
    }
    assert_blob(store, &digest, "a file");
    assert_int_equal(test_stats(store).bytes, 6);
    assert_idle(store);
}

static void put_file_of_no_bytes_gives_the_empty_blob(void **state)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    test_write("file", "");
    auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
    assert_success(store_put_file(store, fd, &digest, &err), &err);
    assert_true(blob_digest_equal(&digest, &blob_empty));
}

static void put_file_refuses_what_is_no_file_or_too_large(void **state)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(10);
    auto_fd int dir = open(".", O_RDONLY | O_CLOEXEC);
    assert_int_equal(store_put_file(store, dir, &digest, &err), -1);
    assert_error(&err, ERROR_REFUSED, "what is to be stored is not a regular file");
    test_write("file", "eleven byte");
    auto_fd int fd = open("file", O_RDONLY | O_CLOEXEC);
    assert_int_equal(store_put_file(store, fd, &digest, &err), STORE_FULL);
    assert_error(&err, ERROR_FAILURE,
                 "11 bytes are more than the 10 that the store may take; give it a larger "
                 "--store-size");
    assert_idle(store);
}

struct rival {
    pthread_t thread;
    pthread_barrier_t *barrier;
    struct store *store;
};

#define RIVALS 8
#define ROUNDS 20

static void *put_same(void *user)
{
    struct rival *rival = user;

    for (int i = 0; i < ROUNDS; i++) {
        auto_free char *text = xasprintf("round %d", i);
        pthread_barrier_wait(rival->barrier);
        test_put(rival->store, text);
    }
    return NULL;
}

static void writers_of_one_blob_leave_one_file(void **state)
{
    struct rival rivals[RIVALS];
    pthread_barrier_t barrier;

    (void)state;
    auto_store *store = test_open_store(100000);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, RIVALS), 0);
    for (int i = 0; i < RIVALS; i++) {
        rivals[i] = (struct rival){.barrier = &barrier, .store = store};
        assert_int_equal(pthread_create(&rivals[i].thread, NULL, put_same, &rivals[i]), 0);
    }
    for (int i = 0; i < RIVALS; i++)
        pthread_join(rivals[i].thread, NULL);
    pthread_barrier_destroy(&barrier);
    assert_int_equal(test_stats(store).blobs, ROUNDS);
    assert_int_equal(test_stats(store).damaged, 0);
    assert_idle(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(writer_publishes_what_came_in_pieces),
        file_test(writer_sets_the_mode_whatever_the_umask),
        file_test(writer_answers_present_for_a_good_blob),
        file_test(writer_refuses_other_bytes),
        file_test(writer_refuses_more_bytes),
        file_test(put_refuses_other_bytes_also_of_a_blob_that_is_there),
        file_test(put_never_replaces_a_good_file),
        file_test(put_replaces_a_wrong_file_that_the_index_does_not_know),
        file_test(put_adopts_a_good_file_that_the_index_does_not_know),
        file_test(put_says_what_is_in_its_way),
        file_test(put_answers_full_when_the_file_cannot_grow),
        file_test(all_answer_busy_without_descriptors),
        file_test(put_file_hashes_what_it_stores),
        file_test(put_file_of_no_bytes_gives_the_empty_blob),
        file_test(put_file_refuses_what_is_no_file_or_too_large),
        file_test(writers_of_one_blob_leave_one_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
