/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_pattern.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

static void read_line(const char *text, const char *output, const char *scratch,
                      struct driver_line *line)
{
    auto_strv words = STRV_INIT;

    words_push(&words, text);
    assert_true(driver_line_read(words.items, words.len, output, scratch, line));
}

/* A line and its answer, another line of its shape and the answer that it must get. */
struct answer_case {
    const char *line; /* links "out" with the scratch directory "scr" */
    const char *answer;
    const char *other; /* links "dir/new" with the scratch directory "s" */
    const char *expected;
};

static void assert_answer(const struct answer_case *test)
{
    auto_driver_line line = DRIVER_LINE_INIT;
    auto_driver_line other = DRIVER_LINE_INIT;
    auto_strv answer = STRV_INIT;
    auto_strv pattern = STRV_INIT;
    auto_strv filled = STRV_INIT;

    read_line(test->line, "out", "scr", &line);
    read_line(test->other, "dir/new", "s", &other);
    assert_int_equal(line.shape.len, other.shape.len);
    assert_memory_equal(line.shape.data, other.shape.data, line.shape.len);
    words_push(&answer, test->answer);
    assert_true(driver_pattern_make(&line, &answer, PLACE_COMMAND, &pattern));
    assert_true(driver_pattern_fill(&other, &pattern, &filled));
    auto_free char *text = words_join(&filled);
    assert_string_equal(text, test->expected);
}

static void pattern_takes_other_names(void **state)
{
    static const struct answer_case cases[] = {
        {"a.o b.o -lz c.rlib -L d -o out",
         "ld crt.o -o scr/cleave-output -Ld -L/usr a.o b.o -lz c.rlib -lc",
         "x/1.o x/2.o -lz e.rlib -L q -o dir/new",
         "ld crt.o -o dir/new -Lq -L/usr x/1.o x/2.o -lz e.rlib -lc"},
        {"-Wl,--version-script=list a.o b.o -o out",
         "ld -o scr/cleave-output --version-script=list a.o b.o",
         "-Wl,--version-script=u/list a.o b.o -o dir/new",
         "ld -o dir/new --version-script=u/list a.o b.o"},
        {"a.o a.o -o out", "ld a.o a.o -o scr/cleave-output", "b.o c.o -o dir/new",
         "ld b.o c.o -o dir/new"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_answer(&cases[i]);
}

static void pattern_takes_more_files_and_fewer(void **state)
{
    static const struct answer_case more = {
        "a.o b.o -lz c.rlib -o out", "ld -o scr/cleave-output a.o b.o -lz c.rlib",
        "1.o 2.o 3.o -lz c.rlib d.rlib -o dir/new", "ld -o dir/new 1.o 2.o 3.o -lz c.rlib d.rlib"};
    static const struct answer_case fewer = {
        "a.o b.o -lz c.rlib -o out", "ld -o scr/cleave-output a.o b.o -lz c.rlib",
        "1.o -lz c.rlib -o dir/new", "ld -o dir/new 1.o -lz c.rlib"};

    (void)state;
    assert_answer(&more);
    assert_answer(&fewer);
}

static void pattern_sees_names_made_of_the_output(void **state)
{
    static const struct answer_case made = {
        "a.o b.o -o out", "ld -o scr/cleave-output -dwo=scr/cleave-output_dwo a.o b.o",
        "a.o b.o -o dir/new", "ld -o dir/new -dwo=dir/new_dwo a.o b.o"};

    (void)state;
    assert_answer(&made);
}

static void pattern_moves_the_temporary_file(void **state)
{
    static const struct answer_case moved = {
        "a.o b.o -o out", "ld -o scr/cleave-output -res=scr/cleave-temp a.o b.o",
        "a.o b.o -o dir/new", "ld -o dir/new -res=s/cleave-temp a.o b.o"};

    (void)state;
    assert_answer(&moved);
}

static void pattern_sees_the_output_without_extension(void **state)
{
    auto_driver_line line = DRIVER_LINE_INIT;
    auto_strv options = STRV_INIT;
    auto_strv pattern = STRV_INIT;
    auto_strv filled = STRV_INIT;

    (void)state;
    read_line("a.o -L d -o d.x/p.exe", "d.x/p.exe", "scr", &line);
    words_push(&options, "-Ld -o scr/cleave-output.exe -dumpdir scr/cleave-output.");
    assert_true(driver_pattern_make(&line, &options, PLACE_GCC_OPTIONS, &pattern));
    assert_true(driver_pattern_fill(&line, &pattern, &filled));
    auto_free char *text = words_join(&filled);
    assert_string_equal(text, "-Ld -o d.x/p.exe -dumpdir d.x/p.");
}

static void pattern_is_not_general_where_names_stand_elsewhere(void **state)
{
    static const char *const answers[] = {
        "b.o a.o -Ld",             /* another order */
        "a.o -Ld",                 /* one is missing */
        "a.o b.o",                 /* the directory is */
        "a.o b.o -Ld a.o",         /* one stands twice */
        "a.o -Ld b.o",             /* not in a row */
        "-Ld -soname a.o a.o b.o", /* one is the soname too */
    };
    auto_driver_line line = DRIVER_LINE_INIT;

    (void)state;
    read_line("a.o b.o -Ld -o out", "out", "scr", &line);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        auto_strv answer = STRV_INIT;
        auto_strv pattern = STRV_INIT;
        auto_strv filled = STRV_INIT;
        words_push(&answer, answers[i]);
        assert_false(driver_pattern_make(&line, &answer, PLACE_COMMAND, &pattern));
        assert_true(driver_pattern_fill(&line, &pattern, &filled));
        auto_free char *text = words_join(&filled);
        assert_string_equal(text, answers[i]);
    }
}

static void pattern_refuses_blanks_that_the_line_lacks(void **state)
{
    static const char *const patterns[] = {"\1\071\2", "\1\060", "\1x\2", "\1\2",
                                           "\1\0619999999999999999999\2"};
    auto_driver_line line = DRIVER_LINE_INIT;

    (void)state;
    read_line("a.o -o out", "out", "scr", &line);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        auto_strv pattern = STRV_INIT;
        auto_strv filled = STRV_INIT;
        strv_push(&pattern, patterns[i]);
        assert_false(driver_pattern_fill(&line, &pattern, &filled));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern_takes_other_names),
        cmocka_unit_test(pattern_takes_more_files_and_fewer),
        cmocka_unit_test(pattern_sees_names_made_of_the_output),
        cmocka_unit_test(pattern_moves_the_temporary_file),
        cmocka_unit_test(pattern_sees_the_output_without_extension),
        cmocka_unit_test(pattern_is_not_general_where_names_stand_elsewhere),
        cmocka_unit_test(pattern_refuses_blanks_that_the_line_lacks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
