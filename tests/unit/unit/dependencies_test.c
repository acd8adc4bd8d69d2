/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/dependencies.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/memory.h"
#include "rust/crate_file.h"
#include "support/crates.h"
#include "support/test.h"

/* A command line, and what becomes of it. */
struct fixture {
    struct rustc_command command;
    struct rustc_rewrite rewrite;
};

static void parse(const char *line, struct fixture *f)
{
    auto_strv words = STRV_INIT;
    auto_error err = ERROR_INIT;

    *f = (struct fixture){RUSTC_COMMAND_INIT, RUSTC_REWRITE_INIT};
    while (*line) {
        size_t len = strcspn(line, " ");
        strv_push_len(&words, line, len);
        line += len + (line[len] == ' ');
    }
    assert_success(rustc_command_parse(words.items, words.len, &f->command, &err), &err);
    rustc_rewrite_begin(&f->rewrite, &f->command);
}

static void fixture_release(struct fixture *f)
{
    rustc_rewrite_release(&f->rewrite);
    rustc_command_release(&f->command);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

static void wrap(struct fixture *f)
{
    auto_error err = ERROR_INIT;

    assert_success(dependencies_wrap(&f->command, "base", &f->rewrite, &err), &err);
}

static void assert_words(const struct fixture *f, const char *expected)
{
    auto_strv words = STRV_INIT;
    auto_buf text = BUF_INIT;

    rustc_rewrite_words(&f->rewrite, &words);
    for (size_t i = 0; i < words.len; i++)
        buf_addf(&text, "%s%s", i > 0 ? " " : "", words.items[i]);
    assert_buf(&text, expected);
}

static void assert_hollow(const char *path, const char *text)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error err = ERROR_INIT;
    struct digest expected = test_digest(text);

    assert_success(crate_file_open(path, &file, &err), &err);
    assert_int_equal(file.kind, CRATE_HOLLOW_RLIB);
    assert_true(digest_equal(&file.marker_digest, &expected));
}

static void make_dirs(void)
{
    assert_int_equal(mkdir("d", 0777) | mkdir("e", 0777), 0);
}

static void wrap_makes_hollows_of_metadata_by_extern(void **state)
{
    auto_fixture f;

    (void)state;
    make_dirs();
    test_write_metadata("d/liba-1.rmeta", "a");
    test_write_rlib("d/libb.rlib", "b");
    parse("m.rs --extern a=d/liba-1.rmeta --extern priv:a2=d/liba-1.rmeta --extern b=d/libb.rlib "
          "--extern std",
          &f);
    wrap(&f);
    assert_words(&f, "m.rs --extern a=base/0/liba-1.rlib --extern priv:a2=base/0/liba-1.rlib "
                     "--extern b=d/libb.rlib --extern std");
    assert_hollow("base/0/liba-1.rlib", "a");
}

static void wrap_makes_hollows_of_metadata_in_search_directories(void **state)
{
    auto_fixture f;

    (void)state;
    make_dirs();
    test_write_metadata("d/liba.rmeta", "a");
    test_write_metadata("d/libb.rmeta", "b");
    test_write_rlib("d/libb.rlib", "b");
    test_write_metadata("d/c.rmeta", "c");
    test_write_rlib("e/libe.rlib", "e");
    parse("m.rs -L dependency=d -L e -L crate=missing -L native=d", &f);
    wrap(&f);
    assert_words(&f, "m.rs -L dependency=d -L e -L crate=missing -L native=d "
                     "-L dependency=base/0");
    assert_hollow("base/0/liba.rlib", "a");
    assert_false(fs_exists("base/0/libb.rlib"));
    assert_false(fs_exists("base/0/c.rlib"));
}

static void wrap_gives_each_directory_its_own(void **state)
{
    auto_fixture f;

    (void)state;
    make_dirs();
    test_write_metadata("d/libx.rmeta", "one");
    test_write_metadata("e/libx.rmeta", "other");
    parse("m.rs --extern x=d/libx.rmeta --extern y=e/libx.rmeta -Ld", &f);
    wrap(&f);
    assert_words(&f, "m.rs --extern x=base/0/libx.rlib --extern y=base/1/libx.rlib -Ld "
                     "-L all=base/0");
    assert_hollow("base/0/libx.rlib", "one");
    assert_hollow("base/1/libx.rlib", "other");
}

static void wrap_names_metadata_that_is_broken(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dirs();
    test_write("d/liba.rmeta", "not metadata");
    parse("m.rs --extern a=d/liba.rmeta", &f);
    assert_int_equal(dependencies_wrap(&f.command, "base", &f.rewrite, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "d/liba.rmeta: neither a rlib nor a dylib nor metadata that rustc made");
}

static void wrap_names_metadata_that_is_missing(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    parse("m.rs --extern a=d/liba.rmeta", &f);
    assert_int_equal(dependencies_wrap(&f.command, "base", &f.rewrite, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open d/liba.rmeta: No such file or directory");
}

static void hollows_are_refused_where_code_is_needed(void **state)
{
    static const struct {
        const char *line;
        const char *text; /* NULL: nothing is wrong */
    } cases[] = {
        {"m.rs --extern a=d/liba.rlib",
         "d/liba.rlib is a hollow rlib: LTO needs the code of every dependency; give their real "
         "rlibs, or compile without -C lto"},
        {"m.rs --extern m=d/libm.rmeta",
         "d/libm.rmeta is metadata only: LTO needs the code of every dependency; give their real "
         "rlibs, or compile without -C lto"},
        {"m.rs -L dependency=d",
         "d/liba.rlib is a hollow rlib: LTO needs the code of every dependency; give their real "
         "rlibs, or compile without -C lto"},
        {"m.rs -L native=d -L missing --extern r=e/libr.rlib -L e", NULL},
        {"m.rs --extern gone=d/libgone.rlib --extern std", NULL},
        {"m.rs --extern odd=d/odd.rlib", NULL},
    };

    (void)state;
    make_dirs();
    test_write_hollow_rlib("d/liba.rlib", "a");
    test_write_metadata("d/libm.rmeta", "m");
    test_write_rlib("e/libr.rlib", "r");
    test_write_link_rlib("e/libl.rlib", "l");
    test_write_metadata("e/libr.rmeta", "r");
    test_write("d/odd.rlib", "odd");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        auto_error err = ERROR_INIT;
        parse(cases[i].line, &f);
        int status = dependencies_refuse_hollow(&f.command, &err);
        assert_int_equal(status, cases[i].text ? -1 : 0);
        if (cases[i].text)
            assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
}

static void list_has_what_has_a_marker(void **state)
{
    auto_fixture f;
    auto_dependency_list list = DEPENDENCY_LIST_INIT;
    auto_error err = ERROR_INIT;
    struct digest hollow = test_digest("h");
    struct digest link = test_digest("l");

    (void)state;
    make_dirs();
    test_write_hollow_rlib("d/libh.rlib", "h");
    test_write_rlib("e/libr.rlib", "r");
    test_write_link_rlib("e/libl.rlib", "l");
    test_write("e/libodd.rlib", "odd");
    parse("m.rs --extern h=d/libh.rlib -L e", &f);
    assert_success(dependencies_list(&f.rewrite, &list, &err), &err);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].file_name, "libh.rlib");
    assert_true(digest_equal(&list.items[0].digest, &hollow));
    assert_string_equal(list.items[1].file_name, "libl.rlib");
    assert_true(digest_equal(&list.items[1].digest, &link));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(wrap_makes_hollows_of_metadata_by_extern),
        file_test(wrap_makes_hollows_of_metadata_in_search_directories),
        file_test(wrap_gives_each_directory_its_own),
        file_test(wrap_names_metadata_that_is_broken),
        file_test(wrap_names_metadata_that_is_missing),
        file_test(hollows_are_refused_where_code_is_needed),
        file_test(list_has_what_has_a_marker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
