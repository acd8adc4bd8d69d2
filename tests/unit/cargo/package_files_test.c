/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/package_files.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
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
        auto_free char *path = path_join(dir, names[count]);
        if (!strv_contains(files, path))
            fail_msg("%s is missing", path);
    }
    assert_int_equal(files->len, count);
}

static void files_links_and_directories_are_the_packages_own(void **state)
{
    static const char *const names[] = {"Cargo.toml", "data/deep/query.sql", "src/lib.rs",
                                        "src/target/x.rs", NULL};
    static const char *const links[] = {"dangling", "link", "loop", NULL};
    static const char *const dirs[] = {"p",       "p/data", "p/data/deep", "p/src", "p/src/target",
                                       "p/empty", NULL};
    auto_package_files files = PACKAGE_FILES_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_package("p");
    assert_success(fs_mkdir_all("p/empty", &err), &err);
    assert_success(package_files_list("p", &files, &err), &err);
    assert_list(&files.files, "p", names);
    assert_list(&files.links, "p", links);
    assert_list(&files.dirs, "", dirs);
}

static void files_of_a_registrys_package_are_all_of_them(void **state)
{
    static const char *const names[] = {"Cargo.toml",         "data/deep/query.sql",
                                        "src/lib.rs",         "src/target/x.rs",
                                        ".git/HEAD",          "target/debug/x.d",
                                        "nested/Cargo.toml",  "nested/src/lib.rs",
                                        "built/CACHEDIR.TAG", NULL};
    auto_package_files files = PACKAGE_FILES_INIT;
    auto_package_files again = PACKAGE_FILES_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_package("h/registry/src/index/p");
    assert_success(package_files_list("h/registry/src/index/p", &files, &err), &err);
    assert_list(&files.files, "h/registry/src/index/p", names);
    assert_success(package_files_list_all("h/registry/src/index/p", &again, &err), &err);
    assert_int_equal(again.files.len, files.files.len);
}

static void a_directory_that_is_not_there_has_no_files(void **state)
{
    auto_package_files files = PACKAGE_FILES_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(package_files_list_all("absent", &files, &err), &err);
    assert_int_equal(files.files.len, 0);
    assert_int_equal(package_files_list("absent", &files, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "cannot read the directory absent: No such file or directory");
}

/* The package "p" of this directory, with its links. */
static int list_and_follow(struct package_files *files, struct error *err)
{
    auto_free char *here = NULL;

    assert_success(fs_getcwd(&here, err), err);
    auto_free char *package = path_join(here, "p");
    assert_success(package_files_list(package, files, err), err);
    return package_files_follow(files, err);
}

static void links_lead_to_files_that_are_added(void **state)
{
    auto_package_files files = PACKAGE_FILES_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_package("p");
    put("out", "text");
    assert_int_equal(symlink("../out/other", "p/first"), 0);
    assert_int_equal(symlink("text", "out/other"), 0);
    assert_int_equal(symlink("/dev/null", "p/null"), 0);
    assert_success(list_and_follow(&files, &err), &err);
    auto_free char *text = fs_canonical("out/text");
    auto_free char *out = fs_canonical("out");
    auto_free char *other = path_join(out, "other");
    assert_true(strv_contains(&files.files, text));
    assert_true(strv_contains(&files.links, other));
    assert_int_equal(files.files.len, 5);
    assert_int_equal(files.links.len, 6);
    auto_free char *first = fs_canonical("p");
    auto_free char *by_link = path_join(first, "loop/first");
    auto_free char *unknown = path_join(first, "target/debug/x.d");
    assert_true(package_files_have(&files, by_link));
    assert_false(package_files_have(&files, unknown));
}

static void links_to_what_nobody_listed_are_refused(void **state)
{
    static const struct {
        const char *target, *by_way_of;
    } cases[] = {
        {"../out", "out"},
        {"nested", "p/nested"},
        {"target/debug", "p/target/debug"},
        {"../way/text", "p/../way"},
    };

    (void)state;
    put("out", "text");
    assert_int_equal(symlink("out", "way"), 0);
    make_package("p");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_package_files files = PACKAGE_FILES_INIT;
        auto_error err = ERROR_INIT;
        auto_free char *here = fs_canonical(".");
        auto_free char *text =
            xasprintf("%s/p/more is a link by way of %s/%s, outside of the package", here, here,
                      cases[i].by_way_of);
        assert_int_equal(symlink(cases[i].target, "p/more"), 0);
        assert_int_equal(list_and_follow(&files, &err), -1);
        assert_error(&err, ERROR_REFUSED, text);
        assert_int_equal(unlink("p/more"), 0);
    }
}

static void what_is_too_deep_is_refused(void **state)
{
    auto_buf path = BUF_INIT;
    auto_package_files files = PACKAGE_FILES_INIT;
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
        file_test(files_links_and_directories_are_the_packages_own),
        file_test(files_of_a_registrys_package_are_all_of_them),
        file_test(a_directory_that_is_not_there_has_no_files),
        file_test(links_lead_to_files_that_are_added),
        file_test(links_to_what_nobody_listed_are_refused),
        file_test(what_is_too_deep_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
