/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_arguments.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "support/test.h"

static int expand(const char *const *args, struct strv *out, struct error *err)
{
    auto_strv words = STRV_INIT;

    while (*args)
        strv_push(&words, *args++);
    return rustc_arguments_expand(words.items, words.len, out, err);
}

#define args(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_words(const struct strv *words, const char *const *expected)
{
    size_t count = 0;

    for (; expected[count]; count++) {
        assert_true(count < words->len);
        assert_string_equal(words->items[count], expected[count]);
    }
    assert_int_equal(words->len, count);
}

static void arguments_pass_without_files(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv out = STRV_INIT;

    (void)state;
    assert_success(expand(args("-o", "a@b", "", "\xff"), &out, &err), &err);
    assert_words(&out, args("-o", "a@b", "", "\xff"));
}

static void argument_file_lines_are_arguments_as_they_stand(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv out = STRV_INIT;

    (void)state;
    test_write("file", "--cfg\nfeature=\"a b\"\n\n 'x' \\\n--\r\nlast\r");
    assert_success(expand(args("first", "@file", "--", "@file"), &out, &err), &err);
    assert_words(&out, args("first", "--cfg", "feature=\"a b\"", "", " 'x' \\", "--", "last\r",
                            "--", "--cfg", "feature=\"a b\"", "", " 'x' \\", "--", "last\r"));
}

static void argument_file_may_be_empty(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv out = STRV_INIT;

    (void)state;
    test_write("file", "");
    assert_success(expand(args("a", "@file", "b"), &out, &err), &err);
    assert_words(&out, args("a", "b"));
}

static void argument_file_that_cannot_be_given_back_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv out = STRV_INIT;

    (void)state;
    assert_int_equal(expand(args("@gone"), &out, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "rustc's argument file @gone: cannot open gone: No such file or directory");
    test_write("nested", "-O\n@file");
    assert_int_equal(expand(args("@nested"), &out, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "rustc's argument file nested has the line @file, which rustc takes as a plain "
                 "name: write ./ in front of it");
    int fd = open("nul", O_WRONLY | O_CREAT, 0666);
    assert_int_equal(write(fd, "a\0b", 3), 3);
    close(fd);
    assert_int_equal(expand(args("@nul"), &out, &err), -1);
    assert_error(&err, ERROR_REFUSED, "rustc's argument file nul has a NUL byte");
}

static void shell_argument_file_is_refused_where_rustc_would_read_it(void **state)
{
    static const char *const enabled[][4] = {
        {"-Zshell-argfiles", "@shell:x"},
        {"-Z", "shell-argfiles", "@shell:x"},
        {"@on", "@shell:x"},
    };
    static const char *const plain[][4] = {
        {"@shell:x"},
        {"-Zshell_argfiles", "@shell:x"},
        {"@shell:x", "-Zshell-argfiles"},
        {"-Z", "x", "shell-argfiles", "@shell:x"},
    };

    (void)state;
    test_write("on", "-Zshell-argfiles\n");
    test_write("shell:x", "a b");
    for (size_t i = 0; i < sizeof(enabled) / sizeof(enabled[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_strv out = STRV_INIT;
        assert_int_equal(expand(enabled[i], &out, &err), -1);
        assert_error(&err, ERROR_REFUSED,
                     "@shell:x: cleave doesn't read shell-quoted argument files; write one "
                     "argument a line and give @FILE");
    }
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_strv out = STRV_INIT;
        auto_strv words = STRV_INIT;
        size_t count = 0;
        while (count < 4 && plain[i][count])
            strv_push(&words, plain[i][count++]);
        assert_success(rustc_arguments_expand(words.items, count, &out, &err), &err);
        assert_true(strv_contains(&out, "a b"));
    }
}

static void arguments_survive_a_file(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv written = STRV_INIT;
    auto_strv out = STRV_INIT;

    (void)state;
    strv_push(&written, "--crate-name");
    strv_push(&written, "");
    strv_push(&written, " a\\ \"b\" ");
    strv_push(&written, "\xff");
    assert_success(rustc_arguments_write(&written, "file", &err), &err);
    assert_success(expand(args("@file"), &out, &err), &err);
    assert_words(&out, args("--crate-name", "", " a\\ \"b\" ", "\xff"));
}

static void arguments_with_line_breaks_do_not_go_into_a_file(void **state)
{
    static const char *const broken[] = {"a\nb", "a\r"};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_strv written = STRV_INIT;
        strv_push(&written, broken[i]);
        auto_free char *message =
            xasprintf("the command line is too long, and its argument \"%s\" has a line break, so "
                      "that it can't be given to rustc in a file",
                      broken[i]);
        assert_int_equal(rustc_arguments_write(&written, "file", &err), -1);
        assert_error(&err, ERROR_REFUSED, message);
        assert_int_equal(access("file", F_OK), -1);
    }
}

/* Each rustc reads the file that cleave writes as the same arguments. */
static void rustc_reads_written_arguments(void **state)
{
    auto_error err = ERROR_INIT;
    auto_strv written = STRV_INIT;

    (void)state;
    test_write("a b.rs", "fn main() {}");
    strv_push(&written, "--cfg");
    strv_push(&written, "feature=\"x y\"");
    strv_push(&written, "a b.rs");
    strv_push(&written, "--emit=metadata");
    strv_push(&written, "--crate-name=named");
    assert_success(rustc_arguments_write(&written, "file", &err), &err);
    if (!*test_rustcs())
        skip();
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        test_run(*rustc, "@file", NULL);
        assert_int_equal(unlink("libnamed.rmeta"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(arguments_pass_without_files),
        file_test(argument_file_lines_are_arguments_as_they_stand),
        file_test(argument_file_may_be_empty),
        file_test(argument_file_that_cannot_be_given_back_is_refused),
        file_test(shell_argument_file_is_refused_where_rustc_would_read_it),
        file_test(arguments_survive_a_file),
        file_test(arguments_with_line_breaks_do_not_go_into_a_file),
        file_test(rustc_reads_written_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
