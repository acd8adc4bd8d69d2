/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

static void write_answers(const char *text, const char *links)
{
    auto_build_script_output output = BUILD_SCRIPT_OUTPUT_INIT;
    auto_error err = ERROR_INIT;

    if (!fs_is_dir("d"))
        assert_int_equal(mkdir("d", 0777), 0);
    assert_success(build_script_output_parse(text, strlen(text), "x", "/o", &output, &err), &err);
    assert_success(build_script_files_write("d", &output, "/o", links, &err), &err);
}

static const char everything[] = "cargo:rustc-cfg=a\ncargo:rustc-check-cfg=cfg(a)\n"
                                 "cargo:rustc-link-search=native=/n\ncargo:rustc-link-lib=z\n"
                                 "cargo:rustc-env=A=b c\ncargo:warning=w\ncargo:the-root=/r\n"
                                 "cargo:rustc-link-arg=-all\ncargo:rustc-link-arg-bins=-bins\n"
                                 "cargo:rustc-link-arg-bin=p=-p\n"
                                 "cargo:rustc-link-arg-tests=-tests\n"
                                 "cargo:rustc-link-arg-examples=-examples\n"
                                 "cargo:rustc-link-arg-benches=-benches\n"
                                 "cargo:rustc-link-arg-cdylib=-cdylib\n"
                                 "cargo:rustc-link-search=/plain\n"
                                 "cargo:rustc-link-search=dependency=/d\n"
                                 "cargo:rustc-link-search=framework=/f\n"
                                 "cargo: some talk=1\n";

static void answers_go_to_their_files(void **state)
{
    (void)state;
    write_answers(everything, "my-lib");
    assert_file("d/env", "OUT_DIR=/o\nA=b c\n");
    assert_file("d/rustc-args", "--cfg=a\n--check-cfg=cfg(a)\n");
    assert_file("d/rustc-libs", "-Lnative=/n\n-L/plain\n-Ldependency=/d\n-Lframework=/f\n-lz\n");
    assert_file("d/dep-env", "DEP_MY_LIB_THE_ROOT=/r\n");
    assert_file("d/warnings", "w\n");
    assert_file("d/link-args", "search\tnative=/n\nsearch\t/plain\nsearch\tdependency=/d\n"
                               "search\tframework=/f\nall\t-all\nbins\t-bins\nbin:p\t-p\n"
                               "tests\t-tests\nexamples\t-examples\nbenches\t-benches\n"
                               "cdylib\t-cdylib\n");
}

static void metadata_of_a_package_that_links_nothing_goes_nowhere(void **state)
{
    (void)state;
    write_answers("cargo:a=b\n", NULL);
    assert_file("d/dep-env", "");
}

static void each_target_takes_what_cargo_gives_it(void **state)
{
#define SEARCH "-L /n -L /plain -F /f"
    static const struct {
        const char *request, *expected;
    } cases[] = {
        {"bin:p=d", SEARCH " -all -bins -p"},
        {"bin:q=d", SEARCH " -all -bins"},
        {"test=d", SEARCH " -all -tests"},
        {"example=d", SEARCH " -all -examples"},
        {"bench=d", SEARCH " -all -benches"},
        {"cdylib=d", SEARCH " -all -cdylib"},
        {"lib=d", SEARCH " -all"},
        {"dep=d", SEARCH},
        {"cdylib-dep=d", SEARCH " -cdylib"},
    };

    (void)state;
    write_answers(everything, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv args = STRV_INIT;
        auto_error err = ERROR_INIT;
        assert_success(build_script_link_args(cases[i].request, NULL, &args, &err), &err);
        auto_free char *text = words_join(&args);
        assert_string_equal(text, cases[i].expected);
    }
}

static void other_targets_and_files_are_refused(void **state)
{
    static const char *const requests[] = {"d", "bin=d", "bin:=d", "bins=d", "=d"};
    auto_strv args = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        auto_free char *message =
            xasprintf("--build-script %s: give TARGET=DIR, where TARGET is bin:NAME, test, "
                      "example, bench, cdylib, lib, dep or cdylib-dep",
                      requests[i]);
        assert_int_equal(build_script_link_args(requests[i], NULL, &args, &err), -1);
        assert_error(&err, ERROR_USAGE, message);
    }
    assert_int_equal(build_script_link_args("dep=nowhere", NULL, &args, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open nowhere/link-args: No such file or directory");
    write_answers("", NULL);
    test_write("d/link-args", "all -x\n");
    assert_int_equal(build_script_link_args("dep=d", NULL, &args, &err), -1);
    assert_error(&err, ERROR_REFUSED, "d/link-args: \"all -x\" is not TARGET<TAB>ARG");
}

static void earlier_answers_are_removed_and_nothing_else(void **state)
{
    auto_free char *created = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    write_answers(everything, NULL);
    assert_int_equal(mkdir("d/out", 0777), 0);
    test_write("d/out/file", "");
    assert_success(build_script_dir_prepare("d/", &created, &err), &err);
    assert_null(created);
    assert_int_equal(test_count_entries("d"), 0);
    test_write("d/thesis", "mine");
    test_write("d/env", "A=b\n");
    assert_int_equal(build_script_dir_prepare("d", &created, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "d holds thesis, which no build script has left there; give a directory of its "
                 "own");
    assert_file("d/env", "A=b\n");
}

static void a_discarded_directory_is_as_it_was(void **state)
{
    auto_free char *created = NULL;
    auto_free char *none = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(mkdir("there", 0777), 0);
    assert_success(build_script_dir_prepare("there/a/b", &created, &err), &err);
    assert_string_equal(created, "there/a");
    test_write("there/a/b/env", "");
    build_script_dir_discard("there/a/b", created);
    assert_int_equal(test_count_entries("there"), 0);
    assert_success(build_script_dir_prepare("there", &none, &err), &err);
    build_script_dir_discard("there", none);
    assert_true(fs_is_dir("there"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(answers_go_to_their_files),
        file_test(metadata_of_a_package_that_links_nothing_goes_nowhere),
        file_test(each_target_takes_what_cargo_gives_it),
        file_test(other_targets_and_files_are_refused),
        file_test(earlier_answers_are_removed_and_nothing_else),
        file_test(a_discarded_directory_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
