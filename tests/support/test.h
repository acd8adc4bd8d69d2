/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the unit tests share. Each test program includes this in the place of cmocka.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Setup and teardown of a test that works on files: a directory of its own, which is the working
 * directory while the test runs, and is removed after it.
 */
int test_enter_dir(void **state);
int test_leave_dir(void **state);

#define file_test(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, test_enter_dir, test_leave_dir)

/* Files as text; a failure fails the test. test_read's answer is owned by the caller. */
void test_write(const char *path, const char *text);
char *test_read(const char *path);

/* Fails the test unless the file holds exactly that text. */
void assert_file(const char *path, const char *expected);

/* What lstat(2) says; and how many names a directory holds. A failure fails the test. */
struct stat test_stat(const char *path);
size_t test_count_entries(const char *dir);

/* Runs a program found in PATH and fails the test when it fails. The last argument is NULL. */
void test_run(const char *program, ...) __attribute__((sentinel));

/* Runs a program and appends what it prints, on both streams; its exit status doesn't matter. */
void test_output(const char *const *argv, struct buf *output);

/*
 * The rustc programs to test with, NULL-terminated, none of them in a test's own directory: those
 * in $TEST_RUSTCS, separated by spaces; else rustc in PATH and /usr/bin/rustc, where they are.
 */
const char *const *test_rustcs(void);

/* Fails the test unless the error is of that kind with exactly that text. */
#define assert_error(err, expected_kind, expected_text)                                            \
    do {                                                                                           \
        assert_non_null((err)->text);                                                              \
        assert_string_equal((err)->text, expected_text);                                           \
        assert_int_equal((err)->kind, expected_kind);                                              \
    } while (0)

/* Fails the test, and shows why, when STATUS isn't 0. */
#define assert_success(status, err)                                                                \
    do {                                                                                           \
        if ((status) != 0)                                                                         \
            fail_msg("%s", (err)->text ? (err)->text : "failed without a message");                \
    } while (0)

/* Fails the test unless the buffer holds exactly that text. */
#define assert_buf(buf, expected)                                                                  \
    do {                                                                                           \
        assert_string_equal((buf)->data, expected);                                                \
        assert_int_equal((buf)->len, strlen(expected));                                            \
    } while (0)
