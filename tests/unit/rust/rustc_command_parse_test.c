/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_command.h"

#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "support/test.h"

static int parse(const char *const *args, struct rustc_command *command, struct error *err)
{
    auto_strv words = STRV_INIT;

    while (*args)
        strv_push(&words, *args++);
    return rustc_command_parse(words.items, words.len, command, err);
}

static void must_parse(const char *const *args, struct rustc_command *command)
{
    auto_error err = ERROR_INIT;

    assert_success(parse(args, command, &err), &err);
}

#define args(...) ((const char *const[]){__VA_ARGS__, NULL})

static void command_finds_values_in_every_spelling(void **state)
{
    static const struct {
        const char *args[3];
        enum rustc_option_kind kind;
        const char *value;
        size_t count;
    } cases[] = {
        {{"--crate-name", "x"}, RUSTC_CRATE_NAME, "x", 2},
        {{"--crate-name=x"}, RUSTC_CRATE_NAME, "x", 1},
        {{"--crate-name="}, RUSTC_CRATE_NAME, "", 1},
        {{"--crate-name", "--test"}, RUSTC_CRATE_NAME, "--test", 2},
        {{"-Clto"}, RUSTC_CODEGEN, "lto", 1},
        {{"-C", "lto"}, RUSTC_CODEGEN, "lto", 2},
        {{"-C=lto"}, RUSTC_CODEGEN, "=lto", 1},
        {{"--C=lto"}, RUSTC_CODEGEN, "lto", 1},
        {{"--C", "lto"}, RUSTC_CODEGEN, "lto", 2},
        {{"--codegen=lto=thin"}, RUSTC_CODEGEN, "lto=thin", 1},
        {{"--codegen", "lto"}, RUSTC_CODEGEN, "lto", 2},
        {{"-Zno-link"}, RUSTC_UNSTABLE, "no-link", 1},
        {{"-L", "native=x"}, RUSTC_SEARCH, "native=x", 2},
        {{"-L."}, RUSTC_SEARCH, ".", 1},
        {{"-lstatic=z"}, RUSTC_NATIVE, "static=z", 1},
        {{"-o", "out"}, RUSTC_OUTPUT, "out", 2},
        {{"-oout"}, RUSTC_OUTPUT, "out", 1},
        {{"--o=out"}, RUSTC_OUTPUT, "out", 1},
        {{"-Adead_code"}, RUSTC_LINT, "dead_code", 1},
        {{"--force-warn", "x"}, RUSTC_LINT, "x", 2},
        {{"--test"}, RUSTC_TEST, NULL, 1},
        {{"--g"}, RUSTC_OTHER, NULL, 1},
        {{"-v"}, RUSTC_OTHER, NULL, 1},
        {{"--remap-path-scope=object"}, RUSTC_OTHER, "object", 1},
        {{"--env-set", "A=b"}, RUSTC_OTHER, "A=b", 2},
        {{"--explain", "E0001"}, RUSTC_ANSWER, "E0001", 2},
        {{"main.rs"}, RUSTC_INPUT, "main.rs", 1},
        {{"-"}, RUSTC_INPUT, "-", 1},
        {{"--", "main.rs"}, RUSTC_INPUT, "main.rs", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(cases[i].args, &command);
        assert_int_equal(command.option_count, 1);
        assert_int_equal(command.options[0].kind, cases[i].kind);
        assert_int_equal(command.options[0].first, 0);
        assert_int_equal(command.options[0].count, cases[i].count);
        assert_int_equal(command.words.len, cases[i].count);
        if (cases[i].value)
            assert_string_equal(command.options[0].value, cases[i].value);
        else
            assert_null(command.options[0].value);
    }
}

/* The words of a command, each in front of a space. */
static char *written(const struct rustc_command *command)
{
    auto_buf text = BUF_INIT;

    for (size_t i = 0; i < command->words.len; i++)
        buf_addf(&text, "%s ", command->words.items[i]);
    return buf_detach(&text);
}

static void command_gives_each_option_words_of_its_own(void **state)
{
    static const struct {
        const char *args[6];
        const char *words;
    } cases[] = {
        {{"-gO", "main.rs"}, "-g -O main.rs "},
        {{"-gOCopt-level=3"}, "-g -O -Copt-level=3 "},
        {{"-gC", "opt-level=3", "--test"}, "-g -C opt-level=3 --test "},
        {{"-vV"}, "-v -V "},
        {{"-O", "--", "main.rs"}, "-O main.rs "},
        {{"--", "-"}, "- "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(cases[i].args, &command);
        auto_free char *words = written(&command);
        assert_string_equal(words, cases[i].words);
        size_t next = 0;
        for (size_t k = 0; k < command.option_count; k++) {
            assert_int_equal(command.options[k].first, next);
            next += command.options[k].count;
        }
        assert_int_equal(next, command.words.len);
    }
}

static void command_refuses_by_name_what_rustc_does_not_have(void **state)
{
    static const struct {
        const char *args[4];
        const char *message;
    } cases[] = {
        {{"--parse-only"},
         "rustc's option --parse-only is not known to cleave, nor whether it takes a value"},
        {{"--crate"},
         "rustc's option --crate is not known to cleave, nor whether it takes a value"},
        {{"-gz"}, "rustc's option -gz is not known to cleave, nor whether it takes a value"},
        {{"-c"}, "rustc's option -c is not known to cleave, nor whether it takes a value"},
        {{"--=x"}, "rustc's option --=x is not known to cleave, nor whether it takes a value"},
        {{"--test=yes"}, "rustc's option --test takes no value"},
        {{"--out-dir"}, "rustc's option --out-dir needs a value"},
        {{"-gC"}, "rustc's option -C needs a value"},
        {{"a.rs", "b.rs"}, "rustc takes one source file, not a.rs and b.rs"},
        {{"a.rs", ""}, "rustc takes one source file, not a.rs and "},
        {{"--", "-a.rs"}, "the source file -a.rs looks like an option: give it as ./-a.rs"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        assert_int_equal(parse(cases[i].args, &command, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].message);
        assert_int_equal(command.words.len, 0);
    }
}

static void command_says_what_callers_ask(void **state)
{
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    (void)state;
    must_parse(args("--crate-name", "x", "src/main.rs", "--out-dir=o", "-o", "p/q", "--target", "t",
                    "--sysroot=/s", "--test", "--json=artifacts,unused-externs", "--json",
                    "future-incompat"),
               &command);
    assert_string_equal(command.crate_name, "x");
    assert_string_equal(command.input, "src/main.rs");
    assert_string_equal(command.out_dir, "o");
    assert_string_equal(command.output, "p/q");
    assert_string_equal(command.target, "t");
    assert_string_equal(command.sysroot, "/s");
    assert_true(command.test);
    assert_int_equal(command.json.len, 3);
    assert_string_equal(command.json.items[1], "unused-externs");
}

static void command_splits_lists(void **state)
{
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    (void)state;
    must_parse(args("--crate-type=lib,cdylib", "--crate-type", "cdylib,dylib", "--emit",
                    "dep-info=a,link", "--emit=dep-info=b=c,"),
               &command);
    assert_int_equal(command.crate_types.len, 3);
    assert_string_equal(command.crate_types.items[0], "lib");
    assert_string_equal(command.crate_types.items[2], "dylib");
    assert_int_equal(command.emits.len, 4);
    assert_string_equal(command.emits.items[2], "dep-info=b=c");
    assert_string_equal(command.emits.items[3], "");
}

static void command_reads_argument_files(void **state)
{
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    (void)state;
    test_write("file", "main.rs\n-C\n");
    must_parse(args("-O", "@file", "debuginfo=2"), &command);
    auto_free char *words = written(&command);
    assert_string_equal(words, "-O main.rs -C debuginfo=2 ");
    assert_string_equal(command.input, "main.rs");
}

static void command_takes_any_bytes(void **state)
{
    auto_error err = ERROR_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    (void)state;
    must_parse(args("--crate-name", "\xff\xfe", "\xe9.rs"), &command);
    assert_string_equal(command.input, "\xe9.rs");
    assert_int_equal(parse(args("-\xc3\xa9"), &command, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "rustc's option -\xc3\xa9 is not known to cleave, nor whether it takes a value");
}

static void assert_option_is_known(const char *word, bool takes_value)
{
    auto_error err = ERROR_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    assert_success(parse(args(word, "--test"), &command, &err), &err);
    assert_int_equal(command.option_count, takes_value ? 1 : 2);
}

/*
 * A line of rustc's help: "    -A, --allow <LINT>  Set lint allowed". Each name in it is known, and
 * takes a value where the line shows one. Returns how many names there are.
 */
static size_t check_help_line(char *line)
{
    auto_strv names = STRV_INIT;
    char *at = line + strspn(line, " ");
    char *description = strstr(at, "  ");
    bool takes_value = false;

    if (at[0] != '-')
        return 0;
    if (description)
        *description = '\0';
    while (*at) {
        size_t len = strcspn(at, " ,");
        if (at[0] == '-')
            strv_push_len(&names, at, len);
        else
            takes_value = true;
        at += len + strspn(at + len, " ,");
    }
    for (size_t i = 0; i < names.len; i++)
        assert_option_is_known(names.items[i], takes_value);
    return names.len;
}

static void command_knows_every_option_of_rustc_s_help(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        auto_buf help = BUF_INIT;
        size_t count = 0;
        test_output(args(*rustc, "--help", "-v"), &help);
        for (char *line = help.data; line && *line;) {
            char *newline = strchr(line, '\n');
            if (newline)
                *newline = '\0';
            count += check_help_line(line);
            line = newline ? newline + 1 : NULL;
        }
        assert_in_range(count, 38, 60);
    }
}

static void rustc_does_not_know_what_cleave_refuses(void **state)
{
    static const char *const unknown[] = {"--pretty", "--crate", "--c", "-z", "-I", "--unpretty"};

    (void)state;
    if (!*test_rustcs())
        skip();
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++)
        for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
            auto_buf output = BUF_INIT;
            test_output(args(*rustc, unknown[i]), &output);
            assert_non_null(strstr(output.data, "Unrecognized option"));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_finds_values_in_every_spelling),
        cmocka_unit_test(command_gives_each_option_words_of_its_own),
        cmocka_unit_test(command_refuses_by_name_what_rustc_does_not_have),
        cmocka_unit_test(command_says_what_callers_ask),
        cmocka_unit_test(command_splits_lists),
        file_test(command_reads_argument_files),
        cmocka_unit_test(command_takes_any_bytes),
        cmocka_unit_test(command_knows_every_option_of_rustc_s_help),
        cmocka_unit_test(rustc_does_not_know_what_cleave_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
