/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"

static void append(enum outcome outcome, const char *crate, const char *type, const char *reason)
{
    auto_error err = ERROR_INIT;

    assert_success(log_append(outcome, crate, type, reason, &err), &err);
}

static void log_has_a_line_for_each_outcome(void **state)
{
    (void)state;
    setenv("CLEAVE_LOG", "log", 1);
    append(OUTCOME_SPLIT, "app", "bin", NULL);
    append(OUTCOME_LTO, "app", "cdylib", NULL);
    append(OUTCOME_LIBRARY, "dep", "lib", NULL);
    append(OUTCOME_RUSTC, "dep", "bin", "it is compiled incrementally");
    auto_free char *text = test_read("log");
    assert_string_equal(text, "split app bin\n"
                              "lto app cdylib\n"
                              "library dep lib\n"
                              "rustc dep bin it is compiled incrementally\n");
}

static void nothing_is_logged_where_no_file_is_named(void **state)
{
    (void)state;
    unsetenv("CLEAVE_LOG");
    append(OUTCOME_SPLIT, "app", "bin", NULL);
    setenv("CLEAVE_LOG", "", 1);
    append(OUTCOME_SPLIT, "app", "bin", NULL);
}

static void log_that_cannot_be_written_is_named(void **state)
{
    static const struct {
        const char *path;
        const char *text;
    } cases[] = {
        {"missing/log", "cannot open missing/log ($CLEAVE_LOG): No such file or directory"},
        {"/dev/full", "cannot write /dev/full: No space left on device"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        setenv("CLEAVE_LOG", cases[i].path, 1);
        assert_int_equal(log_append(OUTCOME_SPLIT, "app", "bin", NULL, &err), -1);
        assert_error(&err, ERROR_FAILURE, cases[i].text);
    }
}

static void assert_summary(const char *log, size_t offset, const char *expected)
{
    auto_buf text = BUF_INIT;
    auto_error err = ERROR_INIT;

    if (log)
        test_write("log", log);
    assert_success(log_summary("log", offset, &text, &err), &err);
    assert_buf(&text, expected);
}

static void summary_counts_outcomes_and_reasons(void **state)
{
    (void)state;
    assert_summary("split a bin\nsplit b bin\nlto c bin\nlibrary d lib\nrustc e bin why not\n"
                   "rustc f bin other\nrustc g lib why not\nrustc h lib\n",
                   0,
                   "8 rustc runs: 2 split, 1 split with real rlibs (LTO), 1 libraries with hollow "
                   "rlibs, 4 as rustc alone (2: why not; 1: other)");
}

static void summary_tells_where_codegen_was(void **state)
{
    (void)state;
    assert_summary("hit a bin\nsplit a bin\nran b lib\nlibrary b lib\nhere c bin LTO\nlto c bin\n"
                   "here d bin LTO\nlto d bin\n",
                   0,
                   "4 rustc runs: 1 split, 2 split with real rlibs (LTO), 1 libraries with hollow "
                   "rlibs, 0 as rustc alone; by cleaved: 1 from the cache, 1 run, 2 here (2: LTO)");
}

static void summary_begins_at_the_offset(void **state)
{
    (void)state;
    assert_summary("split a bin\nsplit b bin\n", strlen("split a bin\n"),
                   "1 rustc runs: 1 split, 0 split with real rlibs (LTO), 0 libraries with hollow "
                   "rlibs, 0 as rustc alone");
}

static void summary_ignores_what_it_does_not_know(void **state)
{
    static const char none[] = "0 rustc runs: 0 split, 0 split with real rlibs (LTO), 0 libraries "
                               "with hollow rlibs, 0 as rustc alone";

    (void)state;
    assert_summary(NULL, 0, none);
    assert_summary("", 10, none);
    assert_summary("splitter a bin\n\nsplit\nunknown a bin\n", 0, none);
}

static void summary_names_a_log_that_it_cannot_read(void **state)
{
    auto_buf text = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("log", &err), &err);
    assert_int_equal(log_summary("log", 0, &text, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot read log: Is a directory");
    assert_int_equal(text.len, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(log_has_a_line_for_each_outcome),
        file_test(nothing_is_logged_where_no_file_is_named),
        file_test(log_that_cannot_be_written_is_named),
        file_test(summary_counts_outcomes_and_reasons),
        file_test(summary_tells_where_codegen_was),
        file_test(summary_begins_at_the_offset),
        file_test(summary_ignores_what_it_does_not_know),
        file_test(summary_names_a_log_that_it_cannot_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
