/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/capture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/process.h"
#include "support/test.h"

static void make_dir(const char *path)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_mkdir_all(path, &err), &err);
}

static void synthesized_files_are_known_by_their_directory(void **state)
{
    static const struct {
        const char *path;
        bool synthesized;
    } cases[] = {
        {"/b/out", true},
        {"/b/out/0/anything", true},
        {"/b/outer/x", false},
        {"/o/m.0.rcgu.o", true},
        {"/o/m.std.0.rcgu.o.rcgu.o", true},
        {"/o/m.0.rcgu.rmeta", true},
        {"/o/user.o", false},
        {"/o/sub/m.0.rcgu.o", false},
        {"/o/rustcAbC1d2/symbols.o", true},
        {"/o/rustcAbC1d2/raw-dylibs/x", true},
        {"/o/rustcAbC1d2", false},
        {"/o/rustcAbC1d", false},
        {"/o/rustcAbC1d2e/symbols.o", false},
        {"/o/rustcAb_1d2/symbols.o", false},
        {"/o/cargoAbC1d2/symbols.o", false},
        {"/t/rustcAbC1d2/list", true},
        {"/t/other/list", false},
        {"/t/m.0.rcgu.o", false},
        {"/tmp/rustcAbC1d2/list", false},
        {"/elsewhere", false},
    };
    struct synthesized where = {"/b/out", "/o"};

    (void)state;
    setenv("TMPDIR", "/t", 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (synthesized_has(&where, cases[i].path) != cases[i].synthesized)
            fail_msg("wrong: %s", cases[i].path);
    unsetenv("TMPDIR");
    assert_true(synthesized_has(&where, "/tmp/rustcAbC1d2/list"));
    where.out_dir = NULL;
    assert_false(synthesized_has(&where, "/o/m.0.rcgu.o"));
}

static void install_takes_the_linkers_own_name(void **state)
{
    static const struct {
        const char *linker;
        const char *program;
    } cases[] = {{"cc", "b0/linker/cc"}, {"/opt/x/ld.lld", "b1/linker/ld.lld"}};
    struct synthesized where = {"/b/out", "/o"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *base = xasprintf("b%zu", i);
        auto_free char *program = NULL;
        auto_strv env = STRV_INIT;
        auto_error err = ERROR_INIT;
        char target[4096] = "";
        assert_success(capture_install(base, cases[i].linker, &where, &env, &program, &err), &err);
        assert_string_equal(program, cases[i].program);
        assert_true(readlink(program, target, sizeof(target) - 1) > 0);
        assert_non_null(strstr(target, "capture_test"));
        assert_string_equal(env_get(env.items, "CLEAVE_CAPTURE"), base);
        assert_string_equal(env_get(env.items, "CLEAVE_CAPTURE_OUT"), "/o");
    }
}

static void install_happens_once(void **state)
{
    struct synthesized where = {"/b/out", NULL};
    auto_free char *program = NULL;
    auto_strv env = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dir("b/linker");
    test_write("b/linker/cc", "");
    assert_int_equal(capture_install("b", "cc", &where, &env, &program, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot create b/linker/cc: File exists");
    assert_null(program);
}

static void capture_is_wanted_under_its_own_path(void **state)
{
    (void)state;
    unsetenv("CLEAVE_CAPTURE");
    assert_false(capture_is_wanted("/b/linker/cc"));
    setenv("CLEAVE_CAPTURE", "/b", 1);
    assert_true(capture_is_wanted("/b/linker/cc"));
    assert_false(capture_is_wanted("/b/out/cc"));
    assert_false(capture_is_wanted("cleave"));
    unsetenv("CLEAVE_CAPTURE");
}

/* rustc's directories, as they are while it links: BASE is "b", the output goes to "b/out/0". */
static void stage_rustc(void)
{
    setenv("CLEAVE_CAPTURE", "b", 1);
    setenv("CLEAVE_CAPTURE_OUT", "", 1);
    make_dir("b/links");
    make_dir("b/out/0/rustcAbC1d2/raw-dylibs");
    test_write("b/out/0/m.0.rcgu.o", "object");
    test_write("b/out/0/rustcAbC1d2/list", "{ global: a; };");
    test_write("b/out/0/rustcAbC1d2/libn.a", "bundled");
    test_write("b/out/0/rustcAbC1d2/raw-dylibs/libx.so", "raw");
    test_write("user.o", "user's");
}

static void unstage_rustc(void)
{
    unsetenv("CLEAVE_CAPTURE");
    unsetenv("CLEAVE_CAPTURE_OUT");
}

static int run(char **argv, struct error *err)
{
    int argc = 0;

    while (argv[argc])
        argc++;
    return capture_run(argc, argv, err);
}

#define line(...) ((char *[]){(char *)(uintptr_t) "b/linker/cc", __VA_ARGS__, NULL})
#define word(text) ((char *)(uintptr_t)(text))

static void capture_keeps_what_rustc_made(void **state)
{
    auto_captured_link link = CAPTURED_LINK_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    stage_rustc();
    assert_success(
        run(line(word("-Wl,--version-script=b/out/0/rustcAbC1d2/list"), word("b/out/0/m.0.rcgu.o"),
                 word("user.o"), word("-Wl,b/out/0/rustcAbC1d2/libn.a"), word("-L"),
                 word("b/out/0/rustcAbC1d2/raw-dylibs"), word("-L"), word("b/out/none"), word("-o"),
                 word("b/out/0/m")),
            &err),
        &err);
    unstage_rustc();
    assert_int_equal(captured_link_load("b", 0, &link, &err), 0);
    assert_int_equal(link.words.len, 10);
    assert_string_equal(link.words.items[1], "b/out/0/m.0.rcgu.o");
    assert_string_equal(link.unit_dir, "b/links/0/unit");
    assert_int_equal(link.kept.len, 8);
    assert_string_equal(captured_link_kept(&link, "b/out/0/rustcAbC1d2/list"), "000-list");
    assert_string_equal(captured_link_kept(&link, "b/out/0/rustcAbC1d2/libn.a"), "002-libn.a");
    assert_null(captured_link_kept(&link, "user.o"));
    auto_free char *kept = test_read("b/links/0/unit/001-m.0.rcgu.o");
    assert_string_equal(kept, "object");
    auto_free char *raw = test_read("b/links/0/unit/003-raw-dylibs/libx.so");
    assert_string_equal(raw, "raw");
}

static void capture_records_the_environment(void **state)
{
    auto_captured_link link = CAPTURED_LINK_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    stage_rustc();
    setenv("VSLANG", "1033", 1);
    assert_success(run(line(word("-o"), word("b/out/0/m")), &err), &err);
    unsetenv("VSLANG");
    unstage_rustc();
    assert_int_equal(captured_link_load("b", 0, &link, &err), 0);
    assert_string_equal(env_get(link.environment.items, "VSLANG"), "1033");
}

static void capture_expands_response_files(void **state)
{
    auto_captured_link link = CAPTURED_LINK_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    stage_rustc();
    test_write("b/out/0/rustcAbC1d2/linker-arguments", "a\\ b.o\nb/out/0/m.0.rcgu.o\n\n-o\nx\n");
    assert_success(run(line(word("@b/out/0/rustcAbC1d2/linker-arguments")), &err), &err);
    unstage_rustc();
    assert_int_equal(captured_link_load("b", 0, &link, &err), 0);
    assert_int_equal(link.words.len, 4);
    assert_string_equal(link.words.items[0], "a b.o");
    assert_string_equal(captured_link_kept(&link, "b/out/0/m.0.rcgu.o"), "000-m.0.rcgu.o");
}

static void capture_records_each_run_by_itself(void **state)
{
    auto_captured_link first = CAPTURED_LINK_INIT;
    auto_captured_link second = CAPTURED_LINK_INIT;
    auto_captured_link third = CAPTURED_LINK_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    stage_rustc();
    assert_success(run(line(word("-o"), word("one")), &err), &err);
    assert_success(run(line(word("-o"), word("two")), &err), &err);
    unstage_rustc();
    assert_int_equal(captured_link_load("b", 0, &first, &err), 0);
    assert_int_equal(captured_link_load("b", 1, &second, &err), 0);
    assert_int_equal(captured_link_load("b", 2, &third, &err), 1);
    assert_string_equal(first.words.items[1], "one");
    assert_string_equal(second.words.items[1], "two");
    assert_null(third.unit_dir);
}

static void capture_refuses_too_many_links(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    stage_rustc();
    for (int i = 0; i < CAPTURE_LINKS_CAP; i++) {
        auto_free char *dir = xasprintf("b/links/%d", i);
        make_dir(dir);
    }
    assert_int_equal(run(line(word("-o"), word("x")), &err), -1);
    unstage_rustc();
    assert_error(&err, ERROR_REFUSED, "rustc ran its linker over 16 times");
}

static void capture_names_a_response_file_that_it_cannot_read(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    stage_rustc();
    test_write("args", "'");
    assert_int_equal(run(line(word("@args")), &err), -1);
    unstage_rustc();
    assert_error(&err, ERROR_REFUSED,
                 "args: a response file ends inside a quote or after a backslash");
}

static void load_names_a_record_that_is_incomplete(void **state)
{
    auto_captured_link link = CAPTURED_LINK_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dir("b/links/0");
    assert_int_equal(captured_link_load("b", 0, &link, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open b/links/0/words: No such file or directory");
    assert_null(link.unit_dir);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthesized_files_are_known_by_their_directory),
        file_test(install_takes_the_linkers_own_name),
        file_test(install_happens_once),
        cmocka_unit_test(capture_is_wanted_under_its_own_path),
        file_test(capture_keeps_what_rustc_made),
        file_test(capture_records_the_environment),
        file_test(capture_expands_response_files),
        file_test(capture_records_each_run_by_itself),
        file_test(capture_refuses_too_many_links),
        file_test(capture_names_a_response_file_that_it_cannot_read),
        file_test(load_names_a_record_that_is_incomplete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
