/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/linker.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static void split(const char *line, struct strv *words)
{
    while (*line) {
        size_t len = strcspn(line, " ");
        strv_push_len(words, line, len);
        line += len + (line[len] == ' ');
    }
}

static int linker_of(const char *line, char **ret_linker, struct error *err)
{
    auto_strv words = STRV_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    split(line, &words);
    assert_success(rustc_command_parse(words.items, words.len, &command, err), err);
    return linker_of_command(&command, ret_linker, err);
}

static void linker_is_the_one_that_rustc_would_run(void **state)
{
    static const struct {
        const char *line;
        const char *linker;
    } cases[] = {
        {"a.rs", "cc"},
        {"a.rs -C linker=/opt/clang-14", "/opt/clang-14"},
        {"a.rs -Clinker=a -C linker=b", "b"},
        {"a.rs -C linker=mold -C linker-flavor=gcc --target wasm32-wasip1", "mold"},
        {"a.rs -C linker-flavor=gcc", "cc"},
        {"a.rs -C linker-flavor=gnu-lld-cc", "cc"},
        {"a.rs -C linker-flavor=ld", "ld"},
        {"a.rs -C linker_flavor=ld.lld", "lld"},
        {"a.rs -C linker-flavor=wasm-ld", "lld"},
        {"a.rs --target x86_64-unknown-linux-gnu", "cc"},
        {"a.rs --target aarch64-unknown-linux-musl", "cc"},
        {"a.rs --target armv7-unknown-linux-gnueabihf", "cc"},
        {"a.rs --target x86_64-unknown-freebsd", "cc"},
        {"a.rs --target wasm32-unknown-unknown", "rust-lld"},
        {"a.rs --target wasm32-wasip1", "rust-lld"},
        {"a.rs --target x86_64-pc-windows-gnu", "x86_64-w64-mingw32-gcc"},
        {"a.rs --target i686-pc-windows-gnu", "i686-w64-mingw32-gcc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *linker = NULL;
        auto_error err = ERROR_INIT;
        assert_success(linker_of(cases[i].line, &linker, &err), &err);
        assert_string_equal(linker, cases[i].linker);
    }
}

static void linker_is_never_guessed(void **state)
{
    static const struct {
        const char *line;
        const char *text;
    } cases[] = {
        {"a.rs --target x86_64-pc-windows-msvc",
         "cleave doesn't know the default linker of the target x86_64-pc-windows-msvc; give "
         "-C linker=PROGRAM"},
        {"a.rs --target my/own.json",
         "cleave doesn't know the default linker of the target my/own.json; give "
         "-C linker=PROGRAM"},
        {"a.rs -C linker-flavor=msvc",
         "cleave doesn't know which linker -C linker-flavor=msvc stands for; give "
         "-C linker=PROGRAM too"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *linker = NULL;
        auto_error err = ERROR_INIT;
        assert_int_equal(linker_of(cases[i].line, &linker, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
        assert_null(linker);
    }
}

static void linker_is_replaced_by_its_like(void **state)
{
    static const struct {
        const char *line;
        const char *linker;
        const char *replaced;
    } cases[] = {
        {"cc a.o", "clang", "clang a.o"},
        {"cc a.o", "/opt/gcc-12", "/opt/gcc-12 a.o"},
        {"cc a.o", "mold", "cc a.o -fuse-ld=mold"},
        {"cc a.o", "rust-lld", "cc a.o -fuse-ld=lld"},
        {"cc -fuse-ld=lld a.o", "ld.bfd", "cc -fuse-ld=bfd a.o"},
        {"gcc -B/s -fuse-ld=lld a.o", "gold", "gcc -B/s -fuse-ld=gold a.o"},
        {"ld.lld a.o", "mold", "mold a.o"},
        {"ld a.o", "wild", "wild a.o"},
        {"rust-lld -flavor gnu a.o", "lld", "lld -flavor gnu a.o"},
        {"rust-lld -flavor gnu a.o", "/opt/ld.lld", "/opt/ld.lld a.o"},
        {"rust-lld -flavor gnu", "mold", "mold"},
        {"rust-lld -flavor wasm a.o", "wasm-ld", "wasm-ld a.o"},
        {"rust-lld -flavor wasm a.o", "lld", "lld -flavor wasm a.o"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv argv = STRV_INIT;
        auto_strv expected = STRV_INIT;
        auto_error err = ERROR_INIT;
        split(cases[i].line, &argv);
        split(cases[i].replaced, &expected);
        assert_success(linker_replace(&argv, cases[i].linker, &err), &err);
        assert_int_equal(argv.len, expected.len);
        for (size_t j = 0; j < argv.len; j++)
            assert_string_equal(argv.items[j], expected.items[j]);
        assert_null(argv.items[argv.len]);
    }
}

static void linker_of_another_kind_is_refused(void **state)
{
    static const struct {
        const char *line;
        const char *linker;
        const char *text;
    } cases[] = {
        {"cc a.o", "ld",
         "ld can't do this link: its line is for a driver such as cc, which can be told to use "
         "lld, mold, bfd or gold by name; give --linker a driver"},
        {"cc a.o", "wild",
         "wild can't do this link: its line is for a driver such as cc, which can be told to use "
         "lld, mold, bfd or gold by name; give --linker a driver"},
        {"cc a.o", "/opt/mold",
         "/opt/mold can't do this link: its line is for a driver such as cc, which can be told to "
         "use lld, mold, bfd or gold by name; give --linker a driver"},
        {"rust-lld -flavor gnu a.o", "cc",
         "cc can't do this link: its line is for a linker such as rust-lld, not for a driver"},
        {"rust-lld -flavor wasm a.o", "mold", "mold can't link for wasm; use rust-lld or wasm-ld"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv argv = STRV_INIT;
        auto_error err = ERROR_INIT;
        split(cases[i].line, &argv);
        assert_int_equal(linker_replace(&argv, cases[i].linker, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
}

static void gold_alone_writes_its_outputs_path(void **state)
{
    static const struct {
        const char *line;
        bool writes;
    } cases[] = {
        {"cc a.o -fuse-ld=gold", true},
        {"/usr/bin/ld.gold a.o", true},
        {"gold a.o", true},
        {"cc a.o -fuse-ld=lld", false},
        {"cc a.o", false},
        {"mold gold", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv argv = STRV_INIT;
        split(cases[i].line, &argv);
        assert_int_equal(linker_writes_output_path(&argv), cases[i].writes);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(linker_is_the_one_that_rustc_would_run),
        cmocka_unit_test(linker_is_never_guessed),
        cmocka_unit_test(linker_is_replaced_by_its_like),
        cmocka_unit_test(linker_of_another_kind_is_refused),
        cmocka_unit_test(gold_alone_writes_its_outputs_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
