/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/package_files.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"

static void put(const char *dir, const char *name)
{
    auto_error err = ERROR_INIT;
    auto_free char *path = xasprintf("%s/%s", dir, name);

    assert_success(fs_mkdir_all(dir, &err), &err);
    test_write(path, "");
}

static void make_package(const char *dir)
{
    static const struct {
        const char *dir, *name;
    } files[] = {
        {"", "Cargo.toml"},        {"/src", "lib.rs"},         {"/src/target", "x.rs"},
        {"/.git", "HEAD"},         {"/target/debug", "x.d"},   {"/nested", "Cargo.toml"},
        {"/nested/src", "lib.rs"}, {"/built", "CACHEDIR.TAG"}, {"/data/deep", "query.sql"},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        auto_free char *place = xasprintf("%s%s", dir, files[i].dir);
        put(place, files[i].name);
    }
    auto_free char *link = xasprintf("%s/link", dir);
    auto_free char *loop = xasprintf("%s/loop", dir);
    auto_free char *dangling = xasprintf("%s/dangling", dir);
    assert_int_equal(symlink("src/lib.rs", link), 0);
    assert_int_equal(symlink(".", loop), 0);
    assert_int_equal(symlink("nowhere", dangling), 0);
}

static void assert_list(const struct strv *files, const char *dir, const char *const *names)
{
    size_t count = 0;

    for (; names[count]; count++) {
        auto_free char *path = xasprintf("%s/%s", dir, names[count]);
        if (!strv_contains(files, path))
            fail_msg("%s is missing", path);
    }
    assert_int_equal(files->len, count);
}

static void files_are_the_packages_own(void **state)
{
    static const char *const names[] = {"Cargo.toml", "data/deep/query.sql", "link",
                                        "src/lib.rs", "src/target/x.rs",     NULL};
    auto_strv files = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_package("p");
    assert_success(package_files_list("p", &files, &err), &err);
    assert_list(&files, "p", names);
}

static void files_of_a_registrys_package_are_all_of_them(void **state)
{
    static const char *const names[] = {"Cargo.toml",
                                        "data/deep/query.sql",
                                        "link",
                                        "src/lib.rs",
                                        "src/target/x.rs",
                                        ".git/HEAD",
                                        "target/debug/x.d",
                                        "nested/Cargo.toml",
                                        "nested/src/lib.rs",
                                        "built/CACHEDIR.TAG",
                                        NULL};
    auto_strv files = STRV_INIT;
    auto_strv again = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_package("h/registry/src/index/p");
    assert_success(package_files_list("h/registry/src/index/p", &files, &err), &err);
    assert_list(&files, "h/registry/src/index/p", names);
    assert_success(package_files_list_all("h/registry/src/index/p", &again, &err), &err);
    assert_int_equal(again.len, files.len);
}

static void a_directory_that_is_not_there_has_no_files(void **state)
{
    auto_strv files = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(package_files_list_all("absent", &files, &err), &err);
    assert_int_equal(files.len, 0);
    assert_int_equal(package_files_list("absent", &files, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "cannot read the directory absent: No such file or directory");
}

static void what_is_too_deep_is_refused(void **state)
{
    auto_buf path = BUF_INIT;
    auto_strv files = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    buf_add_str(&path, "p");
    for (int i = 0; i <= PACKAGE_DEPTH_MAX; i++)
        buf_add_str(&path, "/d");
    put(path.data, "file");
    auto_free char *text = xasprintf("%s lies deeper than 64 directories", path.data);
    assert_int_equal(package_files_list("p", &files, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(files_are_the_packages_own),
        file_test(files_of_a_registrys_package_are_all_of_them),
        file_test(a_directory_that_is_not_there_has_no_files),
        file_test(what_is_too_deep_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
