/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_rewrite.h"

#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "support/test.h"

/* A parsed command line and a change of it. */
struct fixture {
    struct rustc_command command;
    struct rustc_rewrite rewrite;
};

static void begin(const char *const *args, struct fixture *fixture)
{
    auto_error err = ERROR_INIT;
    auto_strv words = STRV_INIT;

    while (*args)
        strv_push(&words, *args++);
    fixture->command = (struct rustc_command)RUSTC_COMMAND_INIT;
    fixture->rewrite = (struct rustc_rewrite)RUSTC_REWRITE_INIT;
    assert_success(rustc_command_parse(words.items, words.len, &fixture->command, &err), &err);
    rustc_rewrite_begin(&fixture->rewrite, &fixture->command);
}

static void end(struct fixture *fixture)
{
    rustc_rewrite_release(&fixture->rewrite);
    rustc_command_release(&fixture->command);
}

#define auto_fixture __attribute__((cleanup(end))) struct fixture
#define args(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_words(const struct fixture *fixture, const char *expected)
{
    auto_strv words = STRV_INIT;
    auto_buf text = BUF_INIT;

    rustc_rewrite_words(&fixture->rewrite, &words);
    for (size_t i = 0; i < words.len; i++)
        buf_addf(&text, "%s%s", i > 0 ? " " : "", words.items[i]);
    assert_buf(&text, expected);
}

static void rewrite_without_changes_is_the_command(void **state)
{
    auto_fixture fixture;

    (void)state;
    begin(args("-gO", "--out-dir", "o", "--", "main.rs"), &fixture);
    assert_words(&fixture, "-g -O --out-dir o main.rs");
}

static void rewrite_sets_values_in_the_users_spelling(void **state)
{
    static const struct {
        const char *args[3];
        const char *expected;
    } cases[] = {
        {{"--out-dir", "old"}, "--out-dir new"},
        {{"--out-dir=old"}, "--out-dir=new"},
        {{"-oold"}, "-onew"},
        {{"-o", "old"}, "-o new"},
        {{"--o=old"}, "--o=new"},
        {{"old"}, "new"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture fixture;
        begin(cases[i].args, &fixture);
        rustc_rewrite_set(&fixture.rewrite, 0, xstrdup("newer"));
        rustc_rewrite_set(&fixture.rewrite, 0, xstrdup("new"));
        assert_words(&fixture, cases[i].expected);
    }
}

static void rewrite_drops_every_option_of_a_name(void **state)
{
    auto_fixture fixture;

    (void)state;
    begin(args("-Clinker=cc", "-O", "-C", "linker=ld", "-Clinker-flavor=gcc", "-Zlinker=x"),
          &fixture);
    assert_true(rustc_rewrite_drop(&fixture.rewrite, RUSTC_CODEGEN, "linker"));
    assert_false(rustc_rewrite_drop(&fixture.rewrite, RUSTC_CODEGEN, "lto"));
    assert_words(&fixture, "-O -Clinker-flavor=gcc -Zlinker=x");
}

static void rewrite_adds_words_at_the_end(void **state)
{
    auto_fixture fixture;

    (void)state;
    begin(args("--test", "--", "main.rs"), &fixture);
    strv_push(&fixture.rewrite.added, "-Clinker=x");
    assert_words(&fixture, "--test main.rs -Clinker=x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewrite_without_changes_is_the_command),
        cmocka_unit_test(rewrite_sets_values_in_the_users_spelling),
        cmocka_unit_test(rewrite_drops_every_option_of_a_name),
        cmocka_unit_test(rewrite_adds_words_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
