/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "support/test.h"

/* A directory on another file system than /tmp, on most machines. */
#define OTHER_FILE_SYSTEM "/dev/shm"

static size_t count_entries(const char *dir)
{
    auto_error err = ERROR_INIT;
    auto_strv names = STRV_INIT;

    assert_success(fs_list(dir, &names, &err), &err);
    return names.len;
}

static void assert_file(const char *path, const char *expected)
{
    auto_free char *text = test_read(path);

    assert_string_equal(text, expected);
}

static struct stat stat_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st;
}

static void fs_tells_files_from_directories(void **state)
{
    (void)state;
    test_write("file", "");
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(symlink("gone", "dangling"), 0);
    assert_true(fs_exists("file") && fs_is_file("file") && !fs_is_dir("file"));
    assert_true(fs_exists(".") && !fs_is_file(".") && fs_is_dir("."));
    assert_true(fs_is_file("link"));
    assert_false(fs_exists("gone") || fs_is_file("gone") || fs_is_dir("gone"));
    assert_false(fs_exists("dangling"));
}

static void fs_read_file_appends_every_byte(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;

    (void)state;
    assert_success(fs_write_file("in", "a\0b", 3, &err), &err);
    buf_add_str(&buf, "> ");
    assert_success(fs_read_file("in", 3, &buf, &err), &err);
    assert_int_equal(buf.len, 5);
    assert_memory_equal(buf.data, "> a\0b", 6);
}

static void fs_read_file_names_what_it_cannot_read_and_leaves_the_buffer(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;

    (void)state;
    buf_add_str(&buf, "before");
    assert_int_equal(fs_read_file("gone", 10, &buf, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open gone: No such file or directory");
    assert_int_equal(fs_read_file(".", 10, &buf, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot read .: Is a directory");
    test_write("large", "12345");
    assert_int_equal(fs_read_file("large", 4, &buf, &err), -1);
    assert_error(&err, ERROR_REFUSED, "large is larger than 4 bytes");
    assert_buf(&buf, "before");
}

static void fs_write_file_replaces_whole_files(void **state)
{
    auto_error err = ERROR_INIT;
    mode_t mask = umask(027);

    (void)state;
    assert_success(fs_write_file("out", "first, and longer", 17, &err), &err);
    struct stat first = stat_of("out");
    assert_success(fs_write_file("out", "second", 6, &err), &err);
    umask(mask);
    assert_file("out", "second");
    assert_int_not_equal(stat_of("out").st_ino, first.st_ino);
    assert_int_equal(stat_of("out").st_mode & 07777, 0640);
    assert_int_equal(count_entries("."), 1);
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
    assert_int_equal(count_entries("."), 1);
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

static void mapping_shows_a_file(void **state)
{
    auto_error err = ERROR_INIT;
    auto_mapping mapping = MAPPING_INIT;
    auto_mapping empty = MAPPING_INIT;

    (void)state;
    test_write("file", "text");
    test_write("empty", "");
    assert_success(mapping_open("file", &mapping, &err), &err);
    assert_int_equal(mapping.len, 4);
    assert_memory_equal(mapping.data, "text", 4);
    assert_int_equal(mapping.stat.st_size, 4);
    assert_success(mapping_open("empty", &empty, &err), &err);
    assert_int_equal(empty.len, 0);
    assert_non_null(empty.data);
}

static void mapping_refuses_what_is_no_file(void **state)
{
    auto_error err = ERROR_INIT;
    auto_mapping mapping = MAPPING_INIT;

    (void)state;
    assert_int_equal(mapping_open("gone", &mapping, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open gone: No such file or directory");
    assert_int_equal(mapping_open(".", &mapping, &err), -1);
    assert_error(&err, ERROR_REFUSED, ". is not a regular file");
    assert_null(mapping.data);
}

static void fs_mkdir_all_makes_what_is_missing(void **state)
{
    static const char *const paths[] = {"a/b/c", "a/b/c", "a/b/d/", "./e//f", "/", "."};
    auto_error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_success(fs_mkdir_all(paths[i], &err), &err);
    assert_true(fs_is_dir("a/b/c") && fs_is_dir("a/b/d") && fs_is_dir("e/f"));
}

static void fs_mkdir_all_names_what_it_cannot_make(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("file", "");
    assert_int_equal(fs_mkdir_all("file", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot create the directory file: File exists");
    assert_int_equal(fs_mkdir_all("file/a/b", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot create the directory file/a/b: Not a directory");
    assert_int_equal(fs_mkdir_all("", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot create the directory : No such file or directory");
    assert_int_equal(symlink("gone", "dangling"), 0);
    assert_int_equal(fs_mkdir_all("dangling/a", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot create the directory dangling: File exists");
}

static void fs_rename_names_both_files(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("a", "text");
    assert_success(fs_rename("a", "b", &err), &err);
    assert_file("b", "text");
    assert_int_equal(fs_rename("a", "c", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot rename a to c: No such file or directory");
}

static void fs_remove_all_takes_trees_and_leaves_what_links_point_to(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("tree/a/b", &err), &err);
    test_write("tree/a/file", "");
    test_write("kept", "");
    assert_int_equal(mkdir("kept_dir", 0777), 0);
    test_write("kept_dir/file", "");
    assert_int_equal(symlink("../kept", "tree/link"), 0);
    assert_int_equal(symlink("../kept_dir", "tree/dir_link"), 0);
    assert_success(fs_remove_all("tree", &err), &err);
    assert_false(fs_exists("tree"));
    assert_true(fs_exists("kept") && fs_exists("kept_dir/file"));
    assert_success(fs_remove_all("kept", &err), &err);
    assert_false(fs_exists("kept"));
}

static void fs_remove_all_is_content_when_there_is_nothing(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("file", "");
    assert_success(fs_remove_all("gone", &err), &err);
    assert_success(fs_remove_all("gone/further", &err), &err);
    assert_success(fs_remove_all("file/further", &err), &err);
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
    assert_int_equal(stat_of("to").st_mode & 07777, 0750);
    assert_int_equal(stat_of("to").st_mtim.tv_sec, 2000);
    assert_int_equal(stat_of("to").st_mtim.tv_nsec, 7);
    assert_int_not_equal(stat_of("to").st_ino, stat_of("from").st_ino);
    assert_int_equal(count_entries("."), 2);
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
    assert_int_equal(count_entries("."), 1);
}

static void fs_link_or_copy_links_the_file_behind_a_link(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("from", "text");
    assert_int_equal(symlink("from", "link"), 0);
    assert_success(fs_link_or_copy("link", "to", &err), &err);
    assert_int_equal(stat_of("to").st_ino, stat_of("from").st_ino);
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
    assert_int_equal(count_entries("."), 1);
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
    if (!fs_is_dir(OTHER_FILE_SYSTEM) || stat_of(OTHER_FILE_SYSTEM).st_dev == stat_of(".").st_dev ||
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
    assert_int_equal(count_entries("."), 3);
}

static void fs_list_is_sorted_and_complete(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv names = STRV_INIT;

    (void)state;
    test_write("b", "");
    test_write(".a", "");
    test_write("a", "");
    assert_success(fs_list(".", &names, &err), &err);
    assert_int_equal(names.len, 3);
    assert_string_equal(names.items[0], ".a");
    assert_string_equal(names.items[2], "b");
    assert_int_equal(fs_list("a", &names, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot read the directory a: Not a directory");
}

static void fs_canonical_resolves_or_copies(void **state)
{
    auto_error err = ERROR_INIT;
    auto_free char *cwd = NULL;

    (void)state;
    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *here = fs_canonical("./.");
    assert_string_equal(here, cwd);
    auto_free char *gone = fs_canonical("./gone");
    assert_string_equal(gone, "./gone");
}

static void temp_dir_is_private_and_vanishes(void **state)
{
    auto_error err = ERROR_INIT;
    struct temp_dir temp = TEMP_DIR_INIT;

    (void)state;
    assert_success(temp_dir_create(".", &temp, &err), &err);
    assert_int_equal(stat_of(temp.path).st_mode & 07777, 0700);
    make_unit(temp.path, "text");
    temp_dir_release(&temp);
    assert_null(temp.path);
    assert_int_equal(count_entries("."), 0);
    temp_dir_release(&temp);
    assert_int_equal(temp_dir_create("gone", &temp, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "cannot create a directory in gone: No such file or directory");
    assert_null(temp.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(fs_tells_files_from_directories),
        file_test(fs_read_file_appends_every_byte),
        file_test(fs_read_file_names_what_it_cannot_read_and_leaves_the_buffer),
        file_test(fs_write_file_replaces_whole_files),
        file_test(fs_write_file_leaves_nothing_when_it_fails),
        file_test(fs_write_parts_joins_more_parts_than_one_call_takes),
        file_test(mapping_shows_a_file),
        file_test(mapping_refuses_what_is_no_file),
        file_test(fs_mkdir_all_makes_what_is_missing),
        file_test(fs_mkdir_all_names_what_it_cannot_make),
        file_test(fs_rename_names_both_files),
        file_test(fs_remove_all_takes_trees_and_leaves_what_links_point_to),
        file_test(fs_remove_all_is_content_when_there_is_nothing),
        file_test(fs_copy_file_keeps_bytes_mode_and_time),
        file_test(fs_copy_file_names_what_it_cannot_copy),
        file_test(fs_link_or_copy_links_the_file_behind_a_link),
        file_test(fs_replace_puts_a_file_in_the_place_of_another),
        file_test(fs_replace_puts_a_directory_where_anything_was),
        file_test(fs_replace_names_a_place_it_cannot_write),
        file_test(fs_replace_works_between_file_systems),
        file_test(fs_list_is_sorted_and_complete),
        file_test(fs_canonical_resolves_or_copies),
        file_test(temp_dir_is_private_and_vanishes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
