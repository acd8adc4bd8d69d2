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

static void command_emits_link_unless_told_otherwise(void **state)
{
    auto_rustc_command nothing = RUSTC_COMMAND_INIT;
    auto_rustc_command metadata = RUSTC_COMMAND_INIT;
    auto_rustc_command paths = RUSTC_COMMAND_INIT;

    (void)state;
    must_parse(args("main.rs"), &nothing);
    assert_true(rustc_command_emits(&nothing, "link"));
    assert_false(rustc_command_emits(&nothing, "metadata"));
    must_parse(args("--emit=metadata,llvm-ir"), &metadata);
    assert_false(rustc_command_emits(&metadata, "link"));
    assert_false(rustc_command_emits(&metadata, "llvm"));
    assert_null(rustc_command_emit_path(&metadata, "metadata"));
    must_parse(args("--emit=link=a,dep-info=x", "--emit", "link=b"), &paths);
    assert_true(rustc_command_emits(&paths, "link"));
    assert_string_equal(rustc_command_emit_path(&paths, "link"), "b");
    assert_string_equal(rustc_command_emit_path(&paths, "dep-info"), "x");
    assert_null(rustc_command_emit_path(&paths, "asm"));
}

static void command_finds_the_last_codegen_option(void **state)
{
    auto_rustc_command command = RUSTC_COMMAND_INIT;
    const char *value = "untouched";

    (void)state;
    must_parse(args("-Copt-level=1", "--codegen", "opt_level=2", "-Cstrip", "-Zopt-level=3",
                    "-Clink-arg=a=b"),
               &command);
    assert_false(rustc_command_find(&command, RUSTC_CODEGEN, "opt", &value));
    assert_string_equal(value, "untouched");
    assert_true(rustc_command_find(&command, RUSTC_CODEGEN, "opt-level", &value));
    assert_string_equal(value, "2");
    assert_true(rustc_command_find(&command, RUSTC_UNSTABLE, "opt_level", &value));
    assert_string_equal(value, "3");
    assert_true(rustc_command_find(&command, RUSTC_CODEGEN, "link-arg", &value));
    assert_string_equal(value, "a=b");
    assert_true(rustc_command_find(&command, RUSTC_CODEGEN, "strip", &value));
    assert_null(value);
}

static void command_knows_every_spelling_of_lto(void **state)
{
    static const struct {
        const char *arg;
        enum rustc_lto lto;
    } cases[] = {
        {"-Copt-level=3", RUSTC_LTO_NONE}, {"-Clto", RUSTC_LTO_FAT},
        {"-Clto=fat", RUSTC_LTO_FAT},      {"-Clto=yes", RUSTC_LTO_FAT},
        {"-Clto=y", RUSTC_LTO_FAT},        {"-Clto=on", RUSTC_LTO_FAT},
        {"-Clto=true", RUSTC_LTO_FAT},     {"--codegen=lto=thin", RUSTC_LTO_THIN},
        {"-Clto=no", RUSTC_LTO_NONE},      {"-Clto=n", RUSTC_LTO_NONE},
        {"-Clto=off", RUSTC_LTO_NONE},     {"-Clto=false", RUSTC_LTO_NONE},
        {"-Clto=other", RUSTC_LTO_FAT},    {"-Zdylib-lto", RUSTC_LTO_NONE},
    };
    auto_rustc_command last = RUSTC_COMMAND_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(args(cases[i].arg), &command);
        assert_int_equal(rustc_command_lto(&command), cases[i].lto);
    }
    must_parse(args("-Clto", "-C", "lto=off"), &last);
    assert_int_equal(rustc_command_lto(&last), RUSTC_LTO_NONE);
}

static void command_tells_questions_from_work(void **state)
{
    static const char *const questions[][3] = {
        {NULL},
        {"-vV"},
        {"--version"},
        {"-h"},
        {"--help"},
        {"--explain=E1"},
        {"--print=cfg"},
        {"--print", "sysroot=file"},
        {"-W", "help"},
        {"-Ahelp"},
        {"-C", "help"},
        {"-Cpasses=list"},
        {"-Zhelp"},
        {"--codegen=help"},
        {"--print=link-args", "--print=cfg"},
    };
    static const char *const work[][4] = {
        {"main.rs"},
        {"--print=link-args", "main.rs"},
        {"--print=link-args=file", "main.rs"},
        {"--print", "native-static-libs", "main.rs"},
        {"-Wunused", "main.rs"},
        {"-v", "main.rs"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(questions[i], &command);
        assert_true(rustc_command_is_query(&command));
    }
    for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(work[i], &command);
        assert_false(rustc_command_is_query(&command));
    }
}

static const struct {
    const char *args[4];
    const char *name;
} crate_names[] = {
    {{"main.rs"}, "main"},
    {{"src/my-crate.rs"}, "my_crate"},
    {{"no-suffix"}, "no_suffix"},
    {{"-"}, "rust_out"},
    {{"--crate-name", "given", "main.rs"}, "given"},
    {{"main.rs", "-o", "out/other"}, "main"},
};

static void command_names_the_crate(void **state)
{
    auto_rustc_command hidden = RUSTC_COMMAND_INIT;
    auto_rustc_command dots = RUSTC_COMMAND_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(crate_names) / sizeof(crate_names[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(crate_names[i].args, &command);
        auto_free char *name = rustc_command_crate_name(&command);
        assert_string_equal(name, crate_names[i].name);
    }
    must_parse(args("a/.hidden"), &hidden);
    auto_free char *hidden_name = rustc_command_crate_name(&hidden);
    assert_string_equal(hidden_name, ".hidden");
    must_parse(args("a.b.rs"), &dots);
    auto_free char *dots_name = rustc_command_crate_name(&dots);
    assert_string_equal(dots_name, "a.b");
}

static void command_says_where_outputs_go(void **state)
{
    static const struct {
        const char *args[4];
        const char *dir;
    } cases[] = {
        {{"main.rs"}, ""}, {{"--out-dir", "a b"}, "a b"}, {{"--out-dir=./"}, "./"},
        {{"-o", "x"}, ""}, {{"-o", "./x"}, "."},          {{"-o", "d/x", "--out-dir=e"}, "d"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_rustc_command command = RUSTC_COMMAND_INIT;
        must_parse(cases[i].args, &command);
        auto_free char *dir = rustc_command_output_dir(&command);
        assert_string_equal(dir, cases[i].dir);
    }
}

static void extern_has_options_name_and_path(void **state)
{
    static const struct {
        const char *value, *name, *path;
    } cases[] = {
        {"a=libs/liba.rlib", "a", "libs/liba.rlib"},
        {"a", "a", NULL},
        {"priv:a=x:y=z", "a", "x:y=z"},
        {"noprelude,priv:a", "a", NULL},
        {"a=", "a", ""},
        {"=x", "", "x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rustc_extern parsed = rustc_extern_of(cases[i].value);
        auto_free char *name = xstrndup(parsed.name, parsed.name_len);
        assert_string_equal(name, cases[i].name);
        if (cases[i].path)
            assert_string_equal(parsed.path, cases[i].path);
        else
            assert_null(parsed.path);
    }
}

static void search_has_kind_and_path(void **state)
{
    static const struct {
        const char *value, *kind, *path;
    } cases[] = {
        {"a/b", "all", "a/b"},
        {"dependency=a", "dependency", "a"},
        {"native=a=b", "native", "a=b"},
        {"crate=", "crate", ""},
        {"framework=x", "framework", "x"},
        {"all=x", "all", "x"},
        {"other=x", "all", "other=x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rustc_search parsed = rustc_search_of(cases[i].value);
        assert_string_equal(parsed.kind, cases[i].kind);
        assert_string_equal(parsed.path, cases[i].path);
    }
}

static void rustc_names_crates_alike(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    test_run("mkdir", "src", NULL);
    test_write("main.rs", "fn main() {}");
    test_write("src/my-crate.rs", "fn main() {}");
    test_write("no-suffix", "fn main() {}");
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++)
        for (size_t i = 0; i < sizeof(crate_names) / sizeof(crate_names[0]); i++) {
            auto_buf output = BUF_INIT;
            auto_strv words = STRV_INIT;
            strv_push(&words, *rustc);
            strv_push(&words, "--print=crate-name");
            for (size_t k = 0; crate_names[i].args[k]; k++)
                strv_push(&words, crate_names[i].args[k]);
            test_output((const char *const *)words.items, &output);
            auto_free char *expected = xasprintf("%s\n", crate_names[i].name);
            assert_buf(&output, expected);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_emits_link_unless_told_otherwise),
        cmocka_unit_test(command_finds_the_last_codegen_option),
        cmocka_unit_test(command_knows_every_spelling_of_lto),
        cmocka_unit_test(command_tells_questions_from_work),
        cmocka_unit_test(command_names_the_crate),
        cmocka_unit_test(command_says_where_outputs_go),
        cmocka_unit_test(extern_has_options_name_and_path),
        cmocka_unit_test(search_has_kind_and_path),
        file_test(rustc_names_crates_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
