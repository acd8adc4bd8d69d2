/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/file_digests.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "support/test.h"

#define PATH "digests"
#define CHANGED 1000 /* when the files changed */
#define LATER 2000
#define RECORD 96

static struct file_digests *start(void)
{
    struct file_digests *digests = NULL;
    auto_error err = ERROR_INIT;

    assert_success(file_digests_open(PATH, &digests, &err), &err);
    return digests;
}

static struct stat file_of(ino_t inode)
{
    struct stat st = {.st_dev = 7, .st_ino = inode, .st_size = 5};

    st.st_mtim = (struct timespec){CHANGED, 1};
    st.st_ctim = (struct timespec){CHANGED, 2};
    return st;
}

static struct blob_digest digest_number(unsigned number)
{
    struct blob_digest digest = {.size = 5};

    memcpy(digest.hash.bytes, &number, sizeof(number));
    return digest;
}

static void add(struct file_digests *digests, ino_t inode)
{
    const struct stat st = file_of(inode);
    const struct blob_digest digest = digest_number((unsigned)inode);

    file_digests_add(digests, &st, LATER, &digest);
}

static bool knows(struct file_digests *digests, ino_t inode)
{
    const struct stat st = file_of(inode);
    const struct blob_digest expected = digest_number((unsigned)inode);
    struct blob_digest found;

    if (!file_digests_find(digests, &st, &found))
        return false;
    assert_true(blob_digest_equal(&found, &expected));
    return true;
}

static void many_files_are_remembered_across_starts(void **state)
{
    struct file_digests *digests = start();

    (void)state;
    for (ino_t i = 1; i <= 3000; i++)
        add(digests, i);
    for (int round = 0; round < 2; round++) {
        for (ino_t i = 1; i <= 3000; i++)
            assert_true(knows(digests, i));
        assert_false(knows(digests, 3001));
        file_digests_close(digests);
        digests = start();
    }
    file_digests_close(digests);
}

static void a_file_that_differs_in_anything_is_another_one(void **state)
{
    struct file_digests *digests = start();
    struct blob_digest found;
    struct stat others[7];

    (void)state;
    add(digests, 1);
    for (size_t i = 0; i < 7; i++)
        others[i] = file_of(1);
    others[0].st_dev++;
    others[1].st_ino++;
    others[2].st_size++;
    others[3].st_mtim.tv_sec++;
    others[4].st_mtim.tv_nsec++;
    others[5].st_ctim.tv_sec++;
    others[6].st_ctim.tv_nsec++;
    for (size_t i = 0; i < 7; i++)
        assert_false(file_digests_find(digests, &others[i], &found));
    assert_true(knows(digests, 1));
    file_digests_close(digests);
}

static void a_file_that_changed_lately_is_not_remembered(void **state)
{
    struct file_digests *digests = start();
    const struct stat st = file_of(1);
    const struct blob_digest digest = digest_number(1);

    (void)state;
    file_digests_add(digests, &st, CHANGED + FILE_DIGESTS_SETTLED_SECONDS, &digest);
    assert_false(knows(digests, 1));
    file_digests_add(digests, &st, CHANGED + FILE_DIGESTS_SETTLED_SECONDS + 1, &digest);
    assert_true(knows(digests, 1));
    file_digests_close(digests);
}

static void read_file(struct buf *bytes)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_read_file(PATH, 1 << 20, bytes, &err), &err);
}

static void what_is_damaged_is_forgotten_and_the_rest_is_not(void **state)
{
    struct file_digests *digests = start();
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;

    (void)state;
    for (ino_t i = 1; i <= 3; i++)
        add(digests, i);
    file_digests_close(digests);
    read_file(&bytes);
    assert_int_equal(bytes.len, 3 * RECORD);
    bytes.data[RECORD + 60] ^= 1;
    assert_success(fs_write_file(PATH, bytes.data, bytes.len, &err), &err);

    digests = start();
    assert_true(knows(digests, 1));
    assert_false(knows(digests, 2));
    assert_true(knows(digests, 3));
    file_digests_close(digests);
}

/* As after a crash in the middle of a write. */
static void a_record_in_part_spoils_none_that_follows(void **state)
{
    struct file_digests *digests = start();

    (void)state;
    add(digests, 1);
    add(digests, 2);
    file_digests_close(digests);
    assert_int_equal(truncate(PATH, RECORD + 10), 0);

    digests = start();
    assert_false(knows(digests, 2));
    add(digests, 3);
    file_digests_close(digests);
    digests = start();
    assert_true(knows(digests, 1));
    assert_true(knows(digests, 3));
    file_digests_close(digests);
}

static void a_place_that_cannot_be_read_is_an_error(void **state)
{
    struct file_digests *digests = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all(PATH, &err), &err);
    assert_int_equal(file_digests_open(PATH, &digests, &err), -1);
    assert_string_equal(err.text, "cannot read " PATH ": Is a directory");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(many_files_are_remembered_across_starts),
        file_test(a_file_that_differs_in_anything_is_another_one),
        file_test(a_file_that_changed_lately_is_not_remembered),
        file_test(what_is_damaged_is_forgotten_and_the_rest_is_not),
        file_test(a_record_in_part_spoils_none_that_follows),
        file_test(a_place_that_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
