/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/hollow_store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/memory.h"
#include "rust/crate_file.h"
#include "support/crates.h"
#include "support/test.h"

#define DEPS "t/debug/deps"
#define STORE "t/debug/.cleave/hollow"

static void make_deps(void)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_mkdir_all(DEPS, &err), &err);
}

static void assert_kind(const char *path, enum crate_file_kind kind, const char *text)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error err = ERROR_INIT;
    struct digest expected = test_digest(text);
    struct digest digest;

    assert_success(crate_file_open(path, &file, &err), &err);
    assert_int_equal(file.kind, kind);
    crate_file_digest(&file, &digest);
    assert_true(digest_equal(&digest, &expected));
}

static void refresh(void)
{
    auto_error err = ERROR_INIT;

    assert_success(hollow_store_refresh(DEPS, &err), &err);
}

static void set_time(const char *path, time_t seconds)
{
    struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void store_lies_beside_deps(void **state)
{
    static const struct {
        const char *deps;
        const char *store;
    } cases[] = {
        {"/t/debug/deps", "/t/debug/.cleave/hollow"},
        {"deps", "./.cleave/hollow"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *dir = hollow_store_dir(cases[i].deps);
        assert_string_equal(dir, cases[i].store);
    }
}

static void store_takes_hollows_of_metadata_and_rlibs(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_deps();
    test_write_metadata(DEPS "/liba.rmeta", "a");
    test_write_rlib(DEPS "/libb.rlib", "b");
    assert_success(hollow_store_add(DEPS, "liba.rlib", DEPS "/liba.rmeta", &err), &err);
    assert_success(hollow_store_add(DEPS, "libb.rlib", DEPS "/libb.rlib", &err), &err);
    assert_kind(STORE "/liba.rlib", CRATE_HOLLOW_RLIB, "a");
    assert_kind(STORE "/libb.rlib", CRATE_HOLLOW_RLIB, "b");
}

static void store_takes_proc_macros_as_they_are(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_deps();
    test_write_dylib(DEPS "/libm.so", "m");
    assert_success(hollow_store_add_itself(DEPS, "libm.so", &err), &err);
    assert_kind(STORE "/libm.so", CRATE_DYLIB, "m");
}

static void store_names_metadata_that_it_cannot_use(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_deps();
    test_write(DEPS "/liba.rmeta", "odd");
    assert_int_equal(hollow_store_add(DEPS, "liba.rlib", DEPS "/liba.rmeta", &err), -1);
    assert_error(
        &err, ERROR_REFUSED,
        "t/debug/deps/liba.rmeta: neither a rlib nor a dylib nor metadata that rustc made");
    assert_int_equal(hollow_store_add_itself(DEPS, "libm.so", &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "cannot open t/debug/deps/libm.so: No such file or directory");
}

static void refresh_makes_what_is_missing(void **state)
{
    (void)state;
    make_deps();
    test_write_rlib(DEPS "/liba-1.rlib", "a");
    test_write_dylib(DEPS "/libm.so", "m");
    test_write_metadata(DEPS "/liba-1.rmeta", "a");
    test_write(DEPS "/app", "a program");
    test_write(DEPS "/libplain.so", "no crate");
    refresh();
    assert_kind(STORE "/liba-1.rlib", CRATE_HOLLOW_RLIB, "a");
    assert_kind(STORE "/libm.so", CRATE_DYLIB, "m");
    assert_false(fs_exists(STORE "/liba-1.rmeta"));
    assert_false(fs_exists(STORE "/app"));
    assert_false(fs_exists(STORE "/libplain.so"));
}

static void refresh_makes_anew_what_is_older(void **state)
{
    (void)state;
    make_deps();
    test_write_rlib(DEPS "/liba.rlib", "old");
    refresh();
    set_time(STORE "/liba.rlib", 1000);
    test_write_rlib(DEPS "/liba.rlib", "new");
    set_time(DEPS "/liba.rlib", 1000);
    refresh();
    assert_kind(STORE "/liba.rlib", CRATE_HOLLOW_RLIB, "old");
    set_time(DEPS "/liba.rlib", 1001);
    refresh();
    assert_kind(STORE "/liba.rlib", CRATE_HOLLOW_RLIB, "new");
}

static void refresh_leaves_out_what_is_unfinished(void **state)
{
    (void)state;
    make_deps();
    test_write(DEPS "/liba.rlib", "!<arch>\nhalf");
    test_write_rlib(DEPS "/libb.rlib", "b");
    refresh();
    assert_false(fs_exists(STORE "/liba.rlib"));
    assert_kind(STORE "/libb.rlib", CRATE_HOLLOW_RLIB, "b");
}

static void refresh_does_nothing_without_deps(void **state)
{
    (void)state;
    refresh();
    assert_false(fs_exists("t"));
}

static void needs_of_a_library_are_told_once_they_are_known(void **state)
{
    auto_strv needs = STRV_INIT;
    auto_strv found = STRV_INIT;
    auto_error err = ERROR_INIT;
    auto_free char *hollow = hollow_store_of(DEPS "/liba-1.rmeta");
    auto_free char *of_macro = hollow_store_of(DEPS "/libm-1.so");

    (void)state;
    make_deps();
    assert_string_equal(hollow, STORE "/liba-1.rlib");
    assert_string_equal(of_macro, STORE "/libm-1.so");
    test_write_metadata(DEPS "/liba-1.rmeta", "a");
    assert_int_equal(hollow_store_needs(DEPS "/liba-1.rmeta", &found, &err), 1);
    strv_push(&needs, "/x/libb.rlib");
    strv_push(&needs, "/x/new\nline.so");
    assert_success(hollow_store_set_needs(DEPS, "liba-1.rlib", &needs, &err), &err);
    strv_push(&found, "/x/libb.rlib");
    assert_success(hollow_store_needs(DEPS "/liba-1.rmeta", &found, &err), &err);
    assert_int_equal(found.len, 2);
    assert_string_equal(found.items[1], "/x/new\nline.so");
    assert_success(hollow_store_set_needs(DEPS, "liba-1.rlib", NULL, &err), &err);
    assert_int_equal(hollow_store_needs(DEPS "/liba-1.rmeta", &found, &err), 1);
}

static void needs_of_a_library_that_is_newer_are_not_known(void **state)
{
    auto_strv needs = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_deps();
    test_write_rlib(DEPS "/liba.rlib", "a");
    test_write_metadata(DEPS "/liba.rmeta", "a");
    assert_success(hollow_store_set_needs(DEPS, "liba.rlib", &needs, &err), &err);
    set_time(STORE "/liba.rlib.needs", 1000);
    set_time(DEPS "/liba.rmeta", 1000);
    assert_success(hollow_store_needs(DEPS "/liba.rlib", &needs, &err), &err);
    set_time(DEPS "/liba.rmeta", 1001);
    assert_int_equal(hollow_store_needs(DEPS "/liba.rlib", &needs, &err), 1);
    assert_success(fs_remove_all(DEPS "/liba.rmeta", &err), &err);
    assert_int_equal(hollow_store_needs(DEPS "/liba.rlib", &needs, &err), 1);
    set_time(DEPS "/liba.rlib", 1000);
    assert_success(hollow_store_needs(DEPS "/liba.rlib", &needs, &err), &err);
}

static void a_proc_macro_is_copied_again_once_it_is_newer(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    make_deps();
    test_write_dylib(DEPS "/libm.so", "old");
    assert_success(hollow_store_refresh_itself(DEPS "/libm.so", &err), &err);
    assert_kind(STORE "/libm.so", CRATE_DYLIB, "old");
    test_write_dylib(DEPS "/libm.so", "new");
    set_time(STORE "/libm.so", 1000);
    set_time(DEPS "/libm.so", 1000);
    assert_success(hollow_store_refresh_itself(DEPS "/libm.so", &err), &err);
    assert_kind(STORE "/libm.so", CRATE_DYLIB, "old");
    set_time(DEPS "/libm.so", 1001);
    assert_success(hollow_store_refresh_itself(DEPS "/libm.so", &err), &err);
    assert_kind(STORE "/libm.so", CRATE_DYLIB, "new");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_lies_beside_deps),
        file_test(store_takes_hollows_of_metadata_and_rlibs),
        file_test(store_takes_proc_macros_as_they_are),
        file_test(store_names_metadata_that_it_cannot_use),
        file_test(refresh_makes_what_is_missing),
        file_test(refresh_makes_anew_what_is_older),
        file_test(refresh_leaves_out_what_is_unfinished),
        file_test(refresh_does_nothing_without_deps),
        file_test(needs_of_a_library_are_told_once_they_are_known),
        file_test(needs_of_a_library_that_is_newer_are_not_known),
        file_test(a_proc_macro_is_copied_again_once_it_is_newer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
