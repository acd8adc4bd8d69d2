/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "support/test.h"

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
    assert_int_equal(test_stat(temp.path).st_mode & 07777, 0700);
    auto_free char *sub = path_join(temp.path, "sub/sub");
    assert_success(fs_mkdir_all(sub, &err), &err);
    temp_dir_release(&temp);
    assert_null(temp.path);
    assert_int_equal(test_count_entries("."), 0);
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
        file_test(mapping_shows_a_file),
        file_test(mapping_refuses_what_is_no_file),
        file_test(fs_mkdir_all_makes_what_is_missing),
        file_test(fs_mkdir_all_names_what_it_cannot_make),
        file_test(fs_rename_names_both_files),
        file_test(fs_remove_all_takes_trees_and_leaves_what_links_point_to),
        file_test(fs_remove_all_is_content_when_there_is_nothing),
        file_test(fs_list_is_sorted_and_complete),
        file_test(fs_canonical_resolves_or_copies),
        file_test(temp_dir_is_private_and_vanishes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
