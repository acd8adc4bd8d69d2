/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The store under many threads and a limit that is far too small: whatever is read is right, what
 * is pinned stays, and in the end all room is given back.
 */
#include "store/store.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

#define WORKERS 6
#define BLOBS 64
#define BLOB_MAX 4000
#define LIMIT 60000
#define STEPS 3000 /* of each worker */
#define SCANS 15

struct blob {
    struct blob_digest digest;
    char *text;
};

struct ground {
    struct store *store;
    struct blob blobs[BLOBS];
    bool spoiled; /* others change the store's files */
    unsigned steps;
    atomic_ulong wrong; /* answers */
    atomic_ulong reads; /* that gave a blob */
};

struct worker {
    pthread_t thread;
    struct ground *ground;
    unsigned random;
};

static void judge(struct ground *ground, bool right)
{
    if (!right)
        atomic_fetch_add(&ground->wrong, 1);
}

static void put(struct ground *ground, const struct blob *blob)
{
    auto_error err = ERROR_INIT;
    int answer = store_put(ground->store, &blob->digest, blob->text, &err);

    judge(ground, answer == 0 || answer == STORE_FULL);
}

static void put_slowly(struct ground *ground, const struct blob *blob)
{
    struct store_writer *writer = NULL;
    auto_error err = ERROR_INIT;
    size_t half = blob->digest.size / 2;

    if (store_writer_begin(ground->store, &blob->digest, &writer, &err) != 0)
        return;
    int first = store_writer_add(writer, blob->text, half, &err);
    sched_yield();
    int second = store_writer_add(writer, blob->text + half, blob->digest.size - half, &err);
    judge(ground, first == 0 && second == 0 && store_writer_commit(writer, &err) == 0);
}

static void get(struct ground *ground, const struct blob *blob)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    int answer = store_read_blob(ground->store, &blob->digest, BLOB_MAX, &bytes, &err);

    judge(ground, answer == STORE_ABSENT || (answer == 0 && bytes.len == blob->digest.size &&
                                             memcmp(bytes.data, blob->text, bytes.len) == 0));
    if (answer == 0)
        atomic_fetch_add(&ground->reads, 1);
}

/* As an action does it: what is pinned has a path, and keeps it. */
static void use(struct ground *ground, const struct blob *blob, bool executable)
{
    auto_free char *path = NULL;
    auto_error err = ERROR_INIT;

    if (store_pin(ground->store, &blob->digest, &err) != 0)
        return;
    int answer = store_blob_path(ground->store, &blob->digest, executable, &path, &err);
    if (ground->spoiled) {
        judge(ground, answer == 0 || answer == STORE_ABSENT || answer == STORE_FULL);
    } else if (answer == 0) {
        struct stat st;
        sched_yield();
        judge(ground, stat(path, &st) == 0 && (uint64_t)st.st_size == blob->digest.size);
    } else {
        judge(ground, executable && answer == STORE_FULL);
    }
    store_unpin(ground->store, &blob->digest);
}

static void find(struct ground *ground)
{
    struct blob_digest digests[BLOBS];
    bool missing[BLOBS];
    auto_error err = ERROR_INIT;

    for (int i = 0; i < BLOBS; i++)
        digests[i] = ground->blobs[i].digest;
    judge(ground, store_find_missing(ground->store, digests, BLOBS, missing, &err) == 0);
}

static void use_entry(struct ground *ground, const struct blob *blob)
{
    auto_buf value = BUF_INIT;
    auto_error err = ERROR_INIT;
    int answer = store_get_entry(ground->store, &blob->digest.hash, &value, &err);

    judge(ground, answer == STORE_ABSENT || (answer == 0 && strcmp(value.data, blob->text) == 0));
    answer =
        store_put_entry(ground->store, &blob->digest.hash, blob->text, blob->digest.size, &err);
    judge(ground, answer == 0 || answer == STORE_FULL);
    if (blob->digest.size % 3 == 0)
        store_drop_entry(ground->store, &blob->digest.hash);
}

/* What others do: a wrong file is put in the place of a good one. */
static void spoil(const struct blob *blob, unsigned number)
{
    auto_free char *path = test_blob_file(&blob->digest, "");
    auto_free char *wrong = xasprintf("wrong-%u", number);
    auto_error err = ERROR_INIT;

    if (fs_exists(path)) {
        test_write(wrong, blob->text + 1);
        if (rename(wrong, path) < 0)
            error_set(&err, ERROR_FAILURE, "not this time");
    }
}

static void step(struct worker *worker, unsigned number)
{
    struct ground *ground = worker->ground;
    const struct blob *blob = &ground->blobs[(unsigned)rand_r(&worker->random) % BLOBS];

    switch (number % 8) {
    case 0:
        put_slowly(ground, blob);
        break;
    case 1:
        use(ground, blob, false);
        break;
    case 2:
        use(ground, blob, true);
        break;
    case 3:
        use_entry(ground, blob);
        break;
    case 4:
        if (number % 64 == 4)
            find(ground);
        break;
    case 5:
        get(ground, blob);
        break;
    default:
        put(ground, blob);
        get(ground, blob);
    }
}

static void *work(void *user)
{
    struct worker *worker = user;

    unsigned first = (unsigned)rand_r(&worker->random) % STEPS;

    for (unsigned i = 0; i < worker->ground->steps; i++)
        step(worker, first + i);
    return NULL;
}

static void *work_and_spoil(void *user)
{
    struct worker *worker = user;
    struct ground *ground = worker->ground;

    for (unsigned i = 0; i < ground->steps; i++) {
        const struct blob *blob = &ground->blobs[(unsigned)rand_r(&worker->random) % BLOBS];
        put(ground, blob);
        spoil(blob, i);
        get(ground, blob);
    }
    return NULL;
}

static void make_blobs(struct ground *ground)
{
    unsigned random = 1;

    for (int i = 0; i < BLOBS; i++) {
        size_t len = 1 + (size_t)rand_r(&random) % (BLOB_MAX - 1);
        char *text = xmalloc(len + 1);
        memset(text, 'A' + i, len);
        text[0] = (char)('a' + i % 26);
        text[len] = '\0';
        ground->blobs[i].text = text;
        blob_digest_of(text, len, &ground->blobs[i].digest);
    }
}

static void run(struct ground *ground, void *(*first)(void *))
{
    struct worker workers[WORKERS];

    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.ground = ground, .random = i};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, i == 0 ? first : work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    assert_int_equal(ground->wrong, 0);
    assert_true(ground->reads > 10);
}

static uint64_t bytes_on_disk(const char *dir)
{
    auto_error err = ERROR_INIT;
    auto_strv names = STRV_INIT;
    uint64_t bytes = 0;

    assert_success(fs_list(dir, &names, &err), &err);
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = xasprintf("%s/%s", dir, names.items[i]);
        bytes += fs_is_dir(path) ? bytes_on_disk(path) : (uint64_t)test_stat(path).st_size;
    }
    return bytes;
}

static void free_blobs(struct ground *ground)
{
    for (int i = 0; i < BLOBS; i++)
        free(ground->blobs[i].text);
}

static void store_is_right_under_many_threads(void **state)
{
    struct ground ground = {.store = test_open_store(LIMIT), .steps = STEPS};

    (void)state;
    make_blobs(&ground);
    run(&ground, work);
    assert_idle(ground.store);
    struct store_stats stats = test_stats(ground.store);
    assert_true(stats.evicted > 10);
    assert_int_equal(stats.damaged, 0);
    assert_true(stats.bytes <= LIMIT);
    assert_int_equal(bytes_on_disk("store/cas") + bytes_on_disk("store/ac"), stats.bytes);
    store_close(ground.store);
    free_blobs(&ground);
}

/* The index is as the disk after each. */
static void store_is_right_while_a_scan_runs(void **state)
{
    struct ground ground = {.store = test_open_store(LIMIT), .steps = STEPS / SCANS};

    (void)state;
    make_blobs(&ground);
    for (int i = 0; i < BLOBS; i++)
        put(&ground, &ground.blobs[i]);
    for (int i = 0; i < SCANS; i++) {
        test_kill_store(&ground.store);
        ground.store = test_open_store(LIMIT);
        run(&ground, work);
        test_await_scan(ground.store);
        assert_idle(ground.store);
        assert_int_equal(bytes_on_disk("store/cas") + bytes_on_disk("store/ac"),
                         test_stats(ground.store).bytes);
    }
    store_close(ground.store);
    free_blobs(&ground);
}

/* What is wrong is never served; pins can't help a blob then. */
static void store_is_right_while_files_are_spoiled(void **state)
{
    struct ground ground = {.store = test_open_store(LIMIT), .spoiled = true, .steps = STEPS};

    (void)state;
    make_blobs(&ground);
    run(&ground, work_and_spoil);
    assert_idle(ground.store);
    assert_true(test_stats(ground.store).damaged > 0);
    store_close(ground.store);
    free_blobs(&ground);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(store_is_right_under_many_threads),
        file_test(store_is_right_while_a_scan_runs),
        file_test(store_is_right_while_files_are_spoiled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
