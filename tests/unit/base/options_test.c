/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/options.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "support/test.h"

/* One of each kind, and where the answers go. */
struct answers {
    const char *output;
    struct strv crates;
    bool print;
    const char *repository;
};

/* Parses argv with the table that all tests share. */
static int parse(const char *const *argv, bool takes_foreign, struct answers *answers,
                 struct arguments *arguments, struct error *err)
{
    const struct option options[] = {
        {.name = "-o", .value = "FILE", .help = "the output", .ret_text = &answers->output},
        {.name = "--crate", .value = "FILE", .help = "a crate", .ret_list = &answers->crates},
        {.name = "--print", .help = "only show", .ret_switch = &answers->print},
        {.name = "--repository",
         .value = "NAME",
         .help = "@NAME",
         .ret_text = &answers->repository,
         .keeps_at = true},
    };
    const struct option_table table = {
        .usage = "cleave test [OPTION]…",
        .summary = "Tests.",
        .example = "cleave test -o x",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
        .takes_foreign = takes_foreign,
    };
    auto_strv words = STRV_INIT;

    while (*argv)
        strv_push(&words, *argv++);
    return options_parse(&table, (int)words.len, words.items, arguments, err);
}

#define auto_answers __attribute__((cleanup(answers_release))) struct answers

static void answers_release(struct answers *answers)
{
    strv_release(&answers->crates);
}

#define ANSWERS_INIT                                                                               \
    {                                                                                              \
        NULL, STRV_INIT, false, NULL                                                               \
    }

#define words(...) ((const char *const[]){__VA_ARGS__, NULL})

static void options_take_values_in_both_spellings(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;

    (void)state;
    const char *const *argv =
        words("in", "-o", "out", "--crate=a=b", "--print", "--crate", "", "-");
    assert_success(parse(argv, false, &answers, &arguments, &err), &err);
    assert_string_equal(answers.output, "out");
    assert_int_equal(answers.crates.len, 2);
    assert_string_equal(answers.crates.items[0], "a=b");
    assert_string_equal(answers.crates.items[1], "");
    assert_true(answers.print);
    assert_int_equal(arguments.positional.len, 2);
    assert_string_equal(arguments.positional.items[1], "-");
    assert_false(arguments.help);
}

static void options_leave_foreign_arguments_alone(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;

    (void)state;
    const char *const *argv = words("--print", "--", "rustc", "--help", "@file", "--");
    assert_success(parse(argv, true, &answers, &arguments, &err), &err);
    assert_false(arguments.help);
    assert_int_equal(arguments.foreign_len, 4);
    assert_string_equal(arguments.foreign[2], "@file");
    assert_null(arguments.foreign[4]);
}

static void options_stop_at_help(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;

    (void)state;
    assert_success(parse(words("--help", "--unknown"), false, &answers, &arguments, &err), &err);
    assert_true(arguments.help);
}

static void options_read_argument_files(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;

    (void)state;
    test_write("args", "-o\na b\n\n@args");
    assert_success(parse(words("@args", "last"), false, &answers, &arguments, &err), &err);
    assert_string_equal(answers.output, "a b");
    assert_int_equal(arguments.positional.len, 3);
    assert_string_equal(arguments.positional.items[0], "");
    assert_string_equal(arguments.positional.items[1], "@args");
    assert_string_equal(arguments.positional.items[2], "last");
}

static void options_keep_an_at_sign_where_a_value_may_have_one(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;

    (void)state;
    test_write("args", "a");
    const char *const *argv = words("--repository", "@args", "@args");
    assert_success(parse(argv, false, &answers, &arguments, &err), &err);
    assert_string_equal(answers.repository, "@args");
    assert_int_equal(arguments.positional.len, 1);
    assert_string_equal(arguments.positional.items[0], "a");
}

static void options_refuse_argument_files_they_cannot_read(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments arguments = ARGUMENTS_INIT;

    (void)state;
    assert_int_equal(parse(words("@gone"), false, &answers, &arguments, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open gone: No such file or directory");
    arguments_release(&arguments);
    int fd = open("nul", O_WRONLY | O_CREAT, 0666);
    assert_int_equal(write(fd, "a\0b", 3), 3);
    close(fd);
    assert_int_equal(parse(words("@nul"), false, &answers, &arguments, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the argument file nul has a NUL byte");
}

static void options_refuse_wrong_usage(void **state)
{
    static const struct {
        const char *argv[4];
        const char *message;
    } cases[] = {
        {{"--unknown"}, "unknown option --unknown; see --help"},
        {{"--crat", "x"}, "unknown option --crat; see --help"},
        {{"-x"}, "unknown option -x; see --help"},
        {{"--print=yes"}, "--print takes no value"},
        {{"x", "--crate"}, "--crate needs a value: --crate FILE"},
        {{"-o", "a", "-o=b"}, "-o was given twice"},
        {{"--", "x"}, "nothing may follow --; see --help"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_answers answers = ANSWERS_INIT;
        auto_arguments arguments = ARGUMENTS_INIT;
        assert_int_equal(parse(cases[i].argv, false, &answers, &arguments, &err), -1);
        assert_error(&err, ERROR_USAGE, cases[i].message);
    }
}

static void options_of_two_command_lines_do_not_mix(void **state)
{
    auto_error err = ERROR_INIT;
    auto_answers answers = ANSWERS_INIT;
    auto_arguments first = ARGUMENTS_INIT;
    auto_arguments second = ARGUMENTS_INIT;

    (void)state;
    assert_success(parse(words("a", "-o", "x"), false, &answers, &first, &err), &err);
    answers.output = NULL;
    assert_success(parse(words("b", "-o", "y"), false, &answers, &second, &err), &err);
    assert_string_equal(answers.output, "y");
    assert_int_equal(second.positional.len, 1);
}

static void options_help_shows_every_option(void **state)
{
    bool print = false;
    const char *output = NULL;
    const struct option options[] = {
        {.name = "-o", .value = "FILE", .help = "the output", .ret_text = &output},
        {.name = "--print", .help = "only show", .ret_switch = &print},
    };
    const struct option_table table = {
        .usage = "cleave test [OPTION]",
        .summary = "Tests.",
        .example = "cleave test -o x",
        .options = options,
        .count = sizeof(options) / sizeof(options[0]),
    };

    (void)state;
    auto_free char *help = options_help(&table);
    assert_string_equal(help, "usage: cleave test [OPTION]\n\nTests.\n\noptions:\n"
                              "  -o FILE                    the output\n"
                              "  --print                    only show\n"
                              "\nexample:\n  cleave test -o x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_take_values_in_both_spellings),
        cmocka_unit_test(options_leave_foreign_arguments_alone),
        cmocka_unit_test(options_stop_at_help),
        file_test(options_read_argument_files),
        file_test(options_refuse_argument_files_they_cannot_read),
        file_test(options_keep_an_at_sign_where_a_value_may_have_one),
        cmocka_unit_test(options_refuse_wrong_usage),
        cmocka_unit_test(options_of_two_command_lines_do_not_mix),
        cmocka_unit_test(options_help_shows_every_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
