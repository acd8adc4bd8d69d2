/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "support/test.h"

/* A directory on another file system than /tmp, on most machines. */
#define OTHER_FILE_SYSTEM "/dev/shm"

static void fs_write_file_replaces_whole_files(void **state)
{
    auto_error err = ERROR_INIT;
    mode_t mask = umask(027);

    (void)state;
    assert_success(fs_write_file("out", "first, and longer", 17, &err), &err);
    struct stat first = test_stat("out");
    assert_success(fs_write_file("out", "second", 6, &err), &err);
    umask(mask);
    assert_file("out", "second");
    assert_int_not_equal(test_stat("out").st_ino, first.st_ino);
    assert_int_equal(test_stat("out").st_mode & 07777, 0640);
    assert_int_equal(test_count_entries("."), 1);
}

static void fs_write_file_leaves_nothing_when_it_fails(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(fs_write_file("gone/out", "x", 1, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write gone/out: No such file or directory");
    assert_int_equal(mkdir("dir", 0777), 0);
    assert_int_equal(fs_write_file("dir", "x", 1, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write dir: Is a directory");
    assert_int_equal(test_count_entries("."), 1);
}

static void fs_write_parts_joins_more_parts_than_one_call_takes(void **state)
{
    enum { COUNT = 3000 };
    auto_error err = ERROR_INIT;
    auto_buf expected = BUF_INIT;
    char texts[COUNT][8];
    struct iovec parts[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        int len = snprintf(texts[i], sizeof(texts[i]), "%.*s", (int)(i % 4), "abc");
        parts[i] = (struct iovec){texts[i], (size_t)len};
        buf_add_str(&expected, texts[i]);
    }
    assert_success(fs_write_parts("out", parts, COUNT, &err), &err);
    assert_file("out", expected.data);
}

static void fs_copy_file_keeps_bytes_mode_and_time(void **state)
{
    auto_error err = ERROR_INIT;
    struct timespec times[2] = {{1000, 5}, {2000, 7}};

    (void)state;
    test_write("from", "text");
    assert_int_equal(chmod("from", 0750), 0);
    assert_int_equal(utimensat(AT_FDCWD, "from", times, 0), 0);
    test_write("to", "what was there, and longer");
    assert_success(fs_copy_file("from", "to", &err), &err);
    assert_file("to", "text");
    assert_int_equal(test_stat("to").st_mode & 07777, 0750);
    assert_int_equal(test_stat("to").st_mtim.tv_sec, 2000);
    assert_int_equal(test_stat("to").st_mtim.tv_nsec, 7);
    assert_int_not_equal(test_stat("to").st_ino, test_stat("from").st_ino);
    assert_int_equal(test_count_entries("."), 2);
}

static void fs_copy_anew_keeps_the_bytes_alone(void **state)
{
    auto_error err = ERROR_INIT;
    struct timespec times[2] = {{1000, 5}, {2000, 7}};

    (void)state;
    test_write("from", "text");
    assert_int_equal(chmod("from", 0444), 0);
    assert_int_equal(utimensat(AT_FDCWD, "from", times, 0), 0);
    assert_success(fs_copy_anew("from", "to", 0755, &err), &err);
    assert_file("to", "text");
    assert_int_equal(test_stat("to").st_mode & 07777, 0755);
    assert_true(test_stat("to").st_mtim.tv_sec > 2000);
    assert_int_equal(fs_copy_anew("absent", "to", 0755, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open absent: No such file or directory");
    assert_file("to", "text");
}

static void fs_copy_file_names_what_it_cannot_copy(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(fs_copy_file("gone", "to", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open gone: No such file or directory");
    assert_int_equal(fs_copy_file(".", "to", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write to: Is a directory");
    test_write("from", "");
    assert_int_equal(fs_copy_file("from", "gone/to", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write gone/to: No such file or directory");
    assert_int_equal(test_count_entries("."), 1);
}

static void fs_link_or_copy_links_the_file_behind_a_link(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("from", "text");
    assert_int_equal(symlink("from", "link"), 0);
    assert_success(fs_link_or_copy("link", "to", &err), &err);
    assert_int_equal(test_stat("to").st_ino, test_stat("from").st_ino);
    assert_int_equal(fs_link_or_copy("from", "to", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot link from to to: File exists");
}

static void fs_replace_puts_a_file_in_the_place_of_another(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("from", "new");
    test_write("to", "old");
    assert_success(fs_replace("from", "to", &err), &err);
    assert_file("to", "new");
    assert_int_equal(fs_replace("from", "to", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write to: No such file or directory");
    assert_file("to", "new");
}

static void make_unit(const char *dir, const char *text)
{
    auto_error err = ERROR_INIT;
    auto_free char *file = path_join(dir, "sub/file");
    auto_free char *sub = path_join(dir, "sub");

    assert_success(fs_mkdir_all(sub, &err), &err);
    test_write(file, text);
}

static void fs_replace_puts_a_directory_where_anything_was(void **state)
{
    /* With what stands there before: nothing, a tree, a file, an empty directory. */
    static const char *const places[] = {"nothing", "tree", "tree/", "file", "empty", "empty/"};
    auto_error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        auto_free char *inside = path_join(places[i], "sub/file");
        make_unit("from", "new");
        make_unit("tree", "old");
        test_write("tree/stale", "");
        assert_success(fs_mkdir_all("empty", &err), &err);
        test_write("file", "");
        assert_success(fs_replace("from", places[i], &err), &err);
        assert_file(inside, "new");
        assert_true(strncmp(places[i], "tree", 4) != 0 || !fs_exists("tree/stale"));
        assert_false(fs_exists("from"));
        assert_success(fs_remove_all("tree", &err), &err);
        assert_success(fs_remove_all("empty", &err), &err);
        assert_success(fs_remove_all("file", &err), &err);
    }
    assert_int_equal(test_count_entries("."), 1);
}

static void fs_replace_names_a_place_it_cannot_write(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_unit("from", "new");
    assert_int_equal(fs_replace("from", "gone/to", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write gone/to: No such file or directory");
    assert_file("from/sub/file", "new");
}

static void fs_replace_works_between_file_systems(void **state)
{
    auto_error err = ERROR_INIT;
    auto_temp_dir other = TEMP_DIR_INIT;

    (void)state;
    if (!fs_is_dir(OTHER_FILE_SYSTEM) ||
        test_stat(OTHER_FILE_SYSTEM).st_dev == test_stat(".").st_dev ||
        temp_dir_create(OTHER_FILE_SYSTEM, &other, &err) < 0)
        skip();
    auto_free char *dir = path_join(other.path, "dir");
    auto_free char *file = path_join(other.path, "file");
    make_unit(dir, "new");
    make_unit("to", "old");
    test_write(file, "text");
    assert_success(fs_replace(dir, "to", &err), &err);
    assert_file("to/sub/file", "new");
    assert_success(fs_replace(file, "file", &err), &err);
    assert_file("file", "text");
    assert_success(fs_link_or_copy(file, "linked", &err), &err);
    assert_file("linked", "text");
    assert_int_equal(test_count_entries("."), 3);
}

static void fs_writes_refuse_what_is_neither_file_nor_directory(void **state)
{
    static const char refusal[] = "pipe is a device, pipe or socket, and would be replaced; name a "
                                  "file";
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("file", "text");
    assert_int_equal(mkdir("dir", 0777), 0);
    assert_int_equal(mkfifo("pipe", 0666), 0);
    assert_int_equal(fs_write_file("pipe", "x", 1, &err), -1);
    assert_error(&err, ERROR_FAILURE, refusal);
    assert_int_equal(fs_copy_file("file", "pipe", &err), -1);
    assert_error(&err, ERROR_FAILURE, refusal);
    assert_int_equal(fs_replace("file", "pipe", &err), -1);
    assert_error(&err, ERROR_FAILURE, refusal);
    assert_int_equal(fs_replace("dir", "pipe", &err), -1);
    assert_error(&err, ERROR_FAILURE, refusal);
    assert_true(S_ISFIFO(test_stat("pipe").st_mode));
    assert_int_equal(test_count_entries("."), 3);
}

static void fs_replace_takes_the_place_of_a_link(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("from", "text");
    assert_int_equal(symlink("/dev/null", "to"), 0);
    assert_success(fs_replace("from", "to", &err), &err);
    assert_file("to", "text");
    assert_true(S_ISREG(test_stat("to").st_mode));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(fs_write_file_replaces_whole_files),
        file_test(fs_write_file_leaves_nothing_when_it_fails),
        file_test(fs_write_parts_joins_more_parts_than_one_call_takes),
        file_test(fs_copy_file_keeps_bytes_mode_and_time),
        file_test(fs_copy_anew_keeps_the_bytes_alone),
        file_test(fs_copy_file_names_what_it_cannot_copy),
        file_test(fs_link_or_copy_links_the_file_behind_a_link),
        file_test(fs_replace_puts_a_file_in_the_place_of_another),
        file_test(fs_replace_puts_a_directory_where_anything_was),
        file_test(fs_replace_names_a_place_it_cannot_write),
        file_test(fs_replace_takes_the_place_of_a_link),
        file_test(fs_writes_refuse_what_is_neither_file_nor_directory),
        file_test(fs_replace_works_between_file_systems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
