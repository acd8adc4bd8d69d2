/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/dep_info.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/strv.h"
#include "rust/rustc_command.h"
#include "support/test.h"

/* What rustc writes for a crate that reads a variable that is set, one that isn't, and a file. */
#define RULES(dir)                                                                                 \
    dir "x.d: lib.rs P/a sp\\ ace/P/t\n\n" dir "libx.rlib: lib.rs P/a sp\\ ace/P/t\n\n"            \
        "lib.rs:\nP/a:\nsp\\ ace/P/t:\n\n# env-dep:P=P/x\n# env-dep:NOPE\n"                        \
        "# checksum:sha256=00 file_len:3 lib.rs\n"

static void targets_move_and_nothing_else(void **state)
{
    static const struct {
        const char *to, *expected;
    } cases[] = {
        {"out", RULES("out/")}, {"", RULES("")},   {".", RULES("./")},
        {"o/", RULES("o/")},    {"/", RULES("/")}, {"a b", RULES("a b/")},
    };
    static const char text[] = RULES("o/.cleave-x/");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf out = BUF_INIT;
        assert_success(
            dep_info_retarget(text, strlen(text), "o/.cleave-x", cases[i].to, &out, &err), &err);
        assert_buf(&out, cases[i].expected);
    }
}

static void result_is_appended(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;

    (void)state;
    buf_add_str(&out, "> ");
    assert_success(dep_info_retarget("P/x: a", 6, "P/", "q", &out, &err), &err);
    assert_buf(&out, "> q/x: a");
}

static void only_whole_directories_are_targets(void **state)
{
    static const char text[] = "Px: a\nP: a\n/P/x: a\nQ/P/x: a\n";
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;

    (void)state;
    assert_success(dep_info_retarget(text, strlen(text), "P", "q", &out, &err), &err);
    assert_buf(&out, text);
}

static void other_files_are_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"x: a\n\x7f"
         "ELF\n",
         "\"\x7f"
         "ELF\" is no line of a dep-info file"},
        {"x:a\n", "\"x:a\" is no line of a dep-info file"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234",
         "\"01234567890123456789012345678901234567890123456789012345678901234567890123456789\" is "
         "no line of a dep-info file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf out = BUF_INIT;
        buf_add_str(&out, "before");
        assert_int_equal(
            dep_info_retarget(cases[i].text, strlen(cases[i].text), "P", "q", &out, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].message);
        assert_buf(&out, "before");
    }
}

/*
 * rustc's own dep-info: the arguments of a compilation, and how each names its outputs. PRIVATE is
 * the same compilation, sent to the directory ".p".
 */
static const struct {
    const char *source;
    const char *arguments[4];
    const char *outputs[3];
    const char *private_outputs[3];
    const char *file;         /* the dep-info file */
    const char *private_file; /* the same, in ".p" */
} shapes[] = {
    {"lib.rs",
     {"--crate-type=lib", "--emit=dep-info,metadata,link"},
     {NULL},
     {"--out-dir=.p"},
     "x.d",
     ".p/x.d"},
    {"lib.rs",
     {"--crate-type=lib", "--emit=dep-info,metadata,link"},
     {"--out-dir=."},
     {"--out-dir=.p"},
     "./x.d",
     ".p/x.d"},
    {"lib.rs",
     {"--crate-type=lib", "--emit=dep-info,metadata,link,asm,mir,llvm-bc"},
     {"--out-dir", "o/sp ace/"},
     {"--out-dir", ".p"},
     "o/sp ace/x.d",
     ".p/x.d"},
    {"dir/lib b.rs",
     {"--crate-type=lib", "--emit=dep-info"},
     {"-o", "o/named.dd"},
     {"-o", ".p/named.dd"},
     "o/named.dd",
     ".p/named.dd"},
    {"lib.rs",
     {"--crate-type=lib", "--emit=dep-info,metadata"},
     {"-o", "named"},
     {"-o", ".p/named"},
     "named.d",
     ".p/named.d"},
    {"lib.rs",
     {"--crate-type=lib,staticlib", "--emit=metadata,dep-info=o/to.d"},
     {"--out-dir=o"},
     {"--out-dir=.p"},
     "o/to.d",
     "o/to.d"},
    {"macro.rs",
     {"--crate-type=proc-macro", "--emit=dep-info,link"},
     {"--out-dir=o"},
     {"--out-dir=.p"},
     "o/x.d",
     ".p/x.d"},
    {"lib.rs",
     {"--test", "--emit=dep-info,link"},
     {"--out-dir=o"},
     {"--out-dir=.p"},
     "o/x.d",
     ".p/x.d"},
};

#define SHAPE_COUNT (sizeof(shapes) / sizeof(shapes[0]))

static void add_all(struct strv *argv, const char *const *items, size_t cap)
{
    for (size_t i = 0; i < cap && items[i]; i++)
        strv_push(argv, items[i]);
}

/* Compiles a shape and sets *RET_DIR to the directory of its outputs. Owned by caller. */
static void compile(const char *rustc, size_t shape, const char *const *outputs, char **ret_dir)
{
    auto_error err = ERROR_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;
    auto_strv argv = STRV_INIT;
    auto_buf output = BUF_INIT;

    strv_push(&argv, rustc);
    strv_push(&argv, "--crate-name=x");
    strv_push(&argv, shapes[shape].source);
    add_all(&argv, shapes[shape].arguments, 4);
    add_all(&argv, outputs, 3);
    test_output((const char *const *)argv.items, &output);
    if (strstr(output.data, "error"))
        fail_msg("%s", output.data);
    assert_success(rustc_command_parse(argv.items + 1, argv.len - 1, &command, &err), &err);
    *ret_dir = rustc_command_output_dir(&command);
}

static void assert_same_dep_info(const char *rustc, size_t shape)
{
    auto_error err = ERROR_INIT;
    auto_buf out = BUF_INIT;
    auto_free char *to = NULL;
    auto_free char *from = NULL;

    test_run("rm", "-rf", "o", ".p", NULL);
    test_run("mkdir", "-p", "o/sp ace", ".p", NULL);
    compile(rustc, shape, shapes[shape].outputs, &to);
    auto_free char *expected = test_read(shapes[shape].file);
    compile(rustc, shape, shapes[shape].private_outputs, &from);
    auto_free char *private = test_read(shapes[shape].private_file);
    assert_string_equal(from, ".p");
    assert_success(dep_info_retarget(private, strlen(private), from, to, &out, &err), &err);
    assert_string_not_equal(private, expected);
    assert_buf(&out, expected);
}

static void write_sources(void)
{
    test_run("mkdir", "-p", "dir", "o", ".p/0", ".p/1", NULL);
    test_write("a file.txt", "text");
    test_write("dir/part.rs", "");
    test_write("lib.rs", "pub const A: &str = env!(\"PATH\");\n"
                         "pub const B: Option<&str> = option_env!(\"CLEAVE_TEST_NO_SUCH\");\n"
                         "pub const C: &str = include_str!(\"a file.txt\");\n");
    test_write("dir/lib b.rs", "pub mod part;");
    test_write("macro.rs", "extern crate proc_macro;\n");
}

static void retargeted_dep_info_is_what_rustc_writes_there(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    write_sources();
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++)
        for (size_t i = 0; i < SHAPE_COUNT; i++)
            assert_same_dep_info(*rustc, i);
}

/* Outputs in two directories: the file is retargeted once for each. */
static void outputs_in_several_directories_are_retargeted_in_turn(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    write_sources();
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        auto_error err = ERROR_INIT;
        auto_buf once = BUF_INIT;
        auto_buf twice = BUF_INIT;
        test_run(*rustc, "lib.rs", "--crate-type=lib", "--emit=metadata,dep-info=o/to.d", NULL);
        auto_free char *expected = test_read("o/to.d");
        test_run(*rustc, "lib.rs", "--crate-type=lib", "--emit=metadata,dep-info=.p/1/to.d",
                 "--out-dir=.p/0", NULL);
        auto_free char *private = test_read(".p/1/to.d");
        assert_success(dep_info_retarget(private, strlen(private), ".p/1", "o", &once, &err), &err);
        assert_success(dep_info_retarget(once.data, once.len, ".p/0", "", &twice, &err), &err);
        assert_buf(&twice, expected);
    }
}

static void reads_are_sources_and_variables(void **state)
{
    auto_strv files = STRV_INIT;
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(dep_info_reads("/o/app.d: src/main.rs a\\ b.txt\n\n/o/app: src/main.rs\n\n"
                                  "src/main.rs:\na\\ b.txt:\n/abs/c.rs:\n\n"
                                  "# env-dep:SET=a=b\n# env-dep:UNSET\n# checksum:x\n",
                                  &files, &names, &err),
                   &err);
    assert_int_equal(files.len, 3);
    assert_string_equal(files.items[0], "src/main.rs");
    assert_string_equal(files.items[1], "a b.txt");
    assert_string_equal(files.items[2], "/abs/c.rs");
    assert_int_equal(names.len, 2);
    assert_string_equal(names.items[0], "SET");
    assert_string_equal(names.items[1], "UNSET");
    assert_int_equal(dep_info_reads("what is this\n", &files, &names, &err), -1);
    assert_error(&err, ERROR_REFUSED, "\"what is this\" is no line of a dep-info file");
}

/* What each rustc here says that it has read. */
static void reads_of_rustcs_own_file_are_all(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    write_sources();
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        auto_strv files = STRV_INIT;
        auto_strv names = STRV_INIT;
        auto_error err = ERROR_INIT;
        test_run(*rustc, "lib.rs", "--crate-type=lib", "--emit=metadata,dep-info", "--out-dir=o",
                 NULL);
        auto_free char *text = test_read("o/lib.d");
        assert_success(dep_info_reads(text, &files, &names, &err), &err);
        assert_true(strv_contains(&files, "lib.rs"));
        assert_true(strv_contains(&files, "a file.txt"));
        assert_int_equal(files.len, 2);
        assert_true(strv_contains(&names, "PATH"));
        assert_true(strv_contains(&names, "CLEAVE_TEST_NO_SUCH"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_move_and_nothing_else),
        cmocka_unit_test(result_is_appended),
        cmocka_unit_test(only_whole_directories_are_targets),
        cmocka_unit_test(other_files_are_refused),
        file_test(retargeted_dep_info_is_what_rustc_writes_there),
        file_test(outputs_in_several_directories_are_retargeted_in_turn),
        cmocka_unit_test(reads_are_sources_and_variables),
        file_test(reads_of_rustcs_own_file_are_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
