/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/response_file.h"

#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "support/test.h"

/* The words, each in angle brackets. */
static char *show(const struct strv *words)
{
    auto_buf text = BUF_INIT;

    for (size_t i = 0; i < words->len; i++)
        buf_addf(&text, "<%s>", words->items[i]);
    return buf_detach(&text);
}

static void decode_reads_what_gnu_tools_read(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", ""},
        {" \n\t\v\f\r ", ""},
        {"a b\nc", "<a><b><c>"},
        {"a\\ b", "<a b>"},
        {"'a b' \"c d\"", "<a b><c d>"},
        {"a'b c'd", "<ab cd>"},
        {"''", "<>"},
        {"\"a'b\" 'a\"b'", "<a'b><a\"b>"},
        {"'a\\'b' \"a\\\\b\"", "<a'b><a\\b>"},
        {"a\\\nb", "<a\nb>"},
        /* rustc leaves quotes as they are, and GNU tools take them away (RUSTC.md 0.17). */
        {"y\"q\\\\z\"w", "<yq\\zw>"},
        {"\xff\xfe", "<\xff\xfe>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv words = STRV_INIT;
        auto_error err = ERROR_INIT;
        assert_success(response_file_decode(cases[i].text, strlen(cases[i].text), &words, &err),
                       &err);
        auto_free char *shown = show(&words);
        assert_string_equal(shown, cases[i].words);
    }
}

static void decode_refuses_what_is_open_at_the_end(void **state)
{
    static const char *const texts[] = {"'", "a \"b", "'a\\'", "\\", "a\\"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_strv words = STRV_INIT;
        auto_error err = ERROR_INIT;
        assert_int_equal(response_file_decode(texts[i], strlen(texts[i]), &words, &err), -1);
        assert_error(&err, ERROR_REFUSED,
                     "a response file ends inside a quote or after a backslash");
    }
}

static void decode_refuses_nul(void **state)
{
    auto_strv words = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(response_file_decode("a\0b", 3, &words, &err), -1);
    assert_error(&err, ERROR_REFUSED, "a response file holds a NUL byte");
    assert_int_equal(words.len, 0);
}

static void encode_quotes_what_needs_it(void **state)
{
    static const struct {
        const char *word;
        const char *text;
    } cases[] = {
        {"a.o", "a.o\n"},       {"", "\"\"\n"},       {"a b", "a\\ b\n"},
        {"a\nb", "a\\\nb\n"},   {"\\", "\\\\\n"},     {"'\"", "\\'\\\"\n"},
        {"-Wl,$x", "-Wl,$x\n"}, {"@file", "@file\n"}, {"\xff", "\xff\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf text = BUF_INIT;
        response_file_encode(cases[i].word, &text);
        assert_buf(&text, cases[i].text);
    }
}

static void encoded_words_are_decoded_again(void **state)
{
    static const char *const cases[] = {"",     " ",     "a",   "a b\tc", "\"a\" 'b'", "\\\\",
                                        "\n\n", "a\\ b", "'\\", "\xff ",  "-o",        "$x`y`"};
    auto_buf text = BUF_INIT;
    auto_strv words = STRV_INIT;
    auto_error err = ERROR_INIT;
    size_t count = sizeof(cases) / sizeof(cases[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        response_file_encode(cases[i], &text);
    assert_success(response_file_decode(text.data, text.len, &words, &err), &err);
    assert_int_equal(words.len, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(words.items[i], cases[i]);
}

static int expand(const char *word, struct strv *words, struct error *err)
{
    char *argv[] = {(char *)(uintptr_t)word};

    return response_file_expand(argv, 1, words, err);
}

static void expand_replaces_files_by_their_words(void **state)
{
    auto_strv words = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("inner", "b 'c d'\n");
    test_write("outer", "a @inner e @missing\n");
    assert_success(expand("@outer", &words, &err), &err);
    auto_free char *shown = show(&words);
    assert_string_equal(shown, "<a><b><c d><e><@missing>");
}

static void expand_leaves_words_without_a_file(void **state)
{
    static const char *const cases[] = {"@missing", "@", "a@b", "-Wl,@list"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv words = STRV_INIT;
        auto_error err = ERROR_INIT;
        assert_success(expand(cases[i], &words, &err), &err);
        assert_int_equal(words.len, 1);
        assert_string_equal(words.items[0], cases[i]);
    }
}

static void expand_refuses_files_that_name_themselves(void **state)
{
    auto_strv words = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("loop", "@loop");
    assert_int_equal(expand("@loop", &words, &err), -1);
    assert_error(&err, ERROR_REFUSED, "response files are nested over 8 deep at loop");
}

static void expand_names_the_file_that_is_wrong(void **state)
{
    auto_strv words = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("quote", "a 'b");
    assert_int_equal(expand("@quote", &words, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "quote: a response file ends inside a quote or after a backslash");
    assert_int_equal(mkdir("dir", 0777), 0);
    assert_int_equal(expand("@dir", &words, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot read dir: Is a directory");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_reads_what_gnu_tools_read),
        cmocka_unit_test(decode_refuses_what_is_open_at_the_end),
        cmocka_unit_test(decode_refuses_nul),
        cmocka_unit_test(encode_quotes_what_needs_it),
        cmocka_unit_test(encoded_words_are_decoded_again),
        file_test(expand_replaces_files_by_their_words),
        file_test(expand_leaves_words_without_a_file),
        file_test(expand_refuses_files_that_name_themselves),
        file_test(expand_names_the_file_that_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
