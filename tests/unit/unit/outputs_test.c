/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/outputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"

/* The outputs of a command line, their private directories below "base". */
struct fixture {
    struct rustc_command command;
    struct rustc_rewrite rewrite;
    struct outputs outputs;
};

static int begin(const char *line, bool in_place, struct fixture *f, struct error *err)
{
    auto_strv words = STRV_INIT;

    *f = (struct fixture){RUSTC_COMMAND_INIT, RUSTC_REWRITE_INIT, OUTPUTS_INIT};
    while (*line) {
        size_t len = strcspn(line, " ");
        strv_push_len(&words, line, len);
        line += len + (line[len] == ' ');
    }
    assert_success(rustc_command_parse(words.items, words.len, &f->command, err), err);
    rustc_rewrite_begin(&f->rewrite, &f->command);
    if (outputs_create_user_dir(&f->command, err) < 0)
        return -1;
    return outputs_prepare(&f->outputs, &f->command, in_place, "base", &f->rewrite, err);
}

static void prepare(const char *line, bool in_place, struct fixture *f)
{
    auto_error err = ERROR_INIT;

    assert_success(begin(line, in_place, f, &err), &err);
}

static void fixture_release(struct fixture *f)
{
    outputs_release(&f->outputs);
    rustc_rewrite_release(&f->rewrite);
    rustc_command_release(&f->command);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

static void outputs_are_sent_to_private_directories(void **state)
{
    static const struct {
        const char *line;
        const char *changed;
    } cases[] = {
        {"m.rs", "m.rs --out-dir base/0"},
        {"m.rs --out-dir o/p", "m.rs --out-dir base/0"},
        {"m.rs -o o/prog", "m.rs -o base/0/prog"},
        {"m.rs -o -", "m.rs -o -"},
        {"m.rs --out-dir o --emit link,dep-info=d/m.d,asm=-",
         "m.rs --out-dir base/0 --emit link,dep-info=base/1/m.d,asm=-"},
        {"m.rs --out-dir o --emit=link=x --emit metadata=y/z",
         "m.rs --out-dir base/0 --emit=link=base/1/x --emit metadata=base/2/z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        auto_strv words = STRV_INIT;
        auto_buf text = BUF_INIT;
        prepare(cases[i].line, false, &f);
        rustc_rewrite_words(&f.rewrite, &words);
        for (size_t j = 0; j < words.len; j++)
            buf_addf(&text, "%s%s", j > 0 ? " " : "", words.items[j]);
        assert_buf(&text, cases[i].changed);
        for (size_t j = 0; j < f.outputs.place_count; j++)
            assert_true(fs_is_dir(f.outputs.places[j].private_dir));
    }
    assert_true(fs_is_dir("o/p"));
}

static void outputs_know_the_users_path(void **state)
{
    auto_fixture f;
    static const struct {
        const char *private_path; /* /W: the working directory */
        const char *user_path;
    } cases[] = {
        {"base/0/libm.rlib", "o/libm.rlib"},
        {"/W/base/0/libm.rlib", "o/libm.rlib"},
        {"base/1/m.d", "d/m.d"},
        {"elsewhere/m.d", "elsewhere/m.d"},
        {"base/01/m.d", "base/01/m.d"},
    };

    (void)state;
    prepare("m.rs --out-dir o --emit link,dep-info=d/m.d", false, &f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf path = BUF_INIT;
        buf_add_str(&path, cases[i].private_path);
        buf_replace(&path, "/W", f.outputs.cwd);
        auto_free char *user = outputs_user_path(&f.outputs, path.data);
        assert_string_equal(user, cases[i].user_path);
    }
}

static void publish_puts_a_copy_in_the_users_place(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    prepare("m.rs --out-dir o", false, &f);
    test_write("base/0/libm.rmeta", "metadata");
    test_write("o/libm.rmeta", "old");
    assert_int_equal(outputs_publish(&f.outputs, "base/0/libm.rmeta", &err), 0);
    auto_free char *text = test_read("o/libm.rmeta");
    assert_string_equal(text, "metadata");
    assert_true(fs_exists("base/0/libm.rmeta"));
    assert_int_equal(outputs_publish(&f.outputs, "base/0/m", &err), 1);
    assert_null(err.text);
}

static void publish_names_the_file_that_it_cannot_write(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    prepare("m.rs --emit link,metadata=gone/m.rmeta", false, &f);
    test_write("base/1/m.rmeta", "metadata");
    assert_int_equal(outputs_publish(&f.outputs, "base/1/m.rmeta", &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "cannot write gone/m.rmeta: cannot create a directory in gone: No such file or "
                 "directory");
}

static void dep_info_names_the_users_outputs(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    prepare("m.rs --out-dir o --emit link,dep-info", false, &f);
    test_write("base/0/m.d", "base/0/m.d: m.rs\n\nbase/0/libm.rlib: m.rs\n\nm.rs:\n");
    assert_int_equal(outputs_publish(&f.outputs, "base/0/m.d", &err), 0);
    auto_free char *text = test_read("o/m.d");
    assert_string_equal(text, "o/m.d: m.rs\n\no/libm.rlib: m.rs\n\nm.rs:\n");
}

static void rest_is_published_but_for_what_is_held(void **state)
{
    auto_fixture f;
    auto_strv held = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    prepare("m.rs --out-dir o --emit link,dep-info,asm=a/m.s", false, &f);
    assert_int_equal(mkdir("a", 0777), 0);
    test_write("base/0/libm.a", "markers");
    test_write("base/0/m.d", "base/0/libm.a: m.rs\n");
    test_write("base/1/m.s", "nop");
    strv_push(&held, "base/0/libm.a");
    assert_success(outputs_publish_rest(&f.outputs, &held, &err), &err);
    assert_false(fs_exists("o/libm.a"));
    auto_free char *dep_info = test_read("o/m.d");
    assert_string_equal(dep_info, "o/libm.a: m.rs\n");
    auto_free char *assembly = test_read("a/m.s");
    assert_string_equal(assembly, "nop");
}

static void list_has_all_that_rustc_made(void **state)
{
    auto_fixture f;
    auto_strv paths = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    prepare("m.rs --out-dir o --emit link,metadata=y/z", false, &f);
    test_write("base/0/b", "");
    test_write("base/0/a", "");
    test_write("base/1/z", "");
    assert_success(outputs_list(&f.outputs, &paths, &err), &err);
    assert_int_equal(paths.len, 3);
    assert_string_equal(paths.items[0], "base/0/a");
    assert_string_equal(paths.items[1], "base/0/b");
    assert_string_equal(paths.items[2], "base/1/z");
}

static void rename_shows_the_users_paths(void **state)
{
    auto_fixture f;
    auto_buf absolute = BUF_INIT;
    auto_buf renamed = BUF_INIT;
    auto_buf expected = BUF_INIT;

    (void)state;
    prepare("m.rs --out-dir o", false, &f);
    buf_addf(&absolute, "error: %s/base/0/m.d and base/0/x\n", f.outputs.cwd);
    buf_addf(&expected, "error: %s/o/m.d and o/x\n", f.outputs.cwd);
    outputs_rename(&f.outputs, absolute.data, absolute.len, &renamed);
    assert_string_equal(renamed.data, expected.data);
}

/* A time before the outputs were prepared. */
static void make_old(const char *path)
{
    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void outputs_in_place_are_left_where_they_are(void **state)
{
    auto_fixture f;
    auto_strv words = STRV_INIT;
    auto_strv paths = STRV_INIT;
    auto_strv held = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(mkdir("o", 0777), 0);
    test_write("o/old.rlib", "");
    make_old("o/old.rlib");
    prepare("m.rs --out-dir o", true, &f);
    rustc_rewrite_words(&f.rewrite, &words);
    assert_int_equal(words.len, 3);
    assert_string_equal(words.items[2], "o");
    test_write("o/m.dwo", "");
    assert_int_equal(outputs_publish(&f.outputs, "o/m.dwo", &err), 0);
    assert_success(outputs_publish_rest(&f.outputs, &held, &err), &err);
    assert_success(outputs_list(&f.outputs, &paths, &err), &err);
    assert_int_equal(paths.len, 1);
    assert_string_equal(paths.items[0], "o/m.dwo");
}

static void discard_removes_what_an_interrupt_leaves(void **state)
{
    static const struct {
        const char *name;
        bool removed;
    } cases[] = {
        {"m-1.0.rcgu.o", true},    {"m-1.0.rcgu.dwo", true}, {"rustcAbC1d2", true},
        {"rmetaAbC1d2", true},     {"m.0.rcgu.o", false},    {"m-12.0.rcgu.o", false},
        {"libm-1.rlib", false},    {"m-1.d", false},         {"rustc", false},
        {"m-1.old.rcgu.o", false},
    };
    size_t count = sizeof(cases) / sizeof(cases[0]);
    auto_fixture f;

    (void)state;
    prepare("m.rs --crate-name m --out-dir o -C extra-filename=-1", true, &f);
    for (size_t i = 0; i < count; i++) {
        auto_free char *path = xasprintf("o/%s", cases[i].name);
        test_write(path, "");
    }
    make_old("o/m-1.old.rcgu.o");
    outputs_discard(&f.outputs);
    for (size_t i = 0; i < count; i++) {
        auto_free char *path = xasprintf("o/%s", cases[i].name);
        if (fs_exists(path) == cases[i].removed)
            fail_msg("wrong: %s", path);
    }
}

static void discard_leaves_the_users_files_when_outputs_are_private(void **state)
{
    auto_fixture f;

    (void)state;
    prepare("m.rs --crate-name m --out-dir o", false, &f);
    test_write("o/m.0.rcgu.o", "");
    outputs_discard(&f.outputs);
    assert_true(fs_exists("o/m.0.rcgu.o"));
}

static void metadata_is_found_once_it_is_there(void **state)
{
    static const struct {
        const char *line;
        const char *path;
    } cases[] = {
        {"m.rs --emit=metadata,link", "base/0/libm.rmeta"},
        {"m.rs -o o/libn.rlib --emit=metadata,link", "base/0/libn.rmeta"},
        {"m.rs --emit=metadata=o/meta,link", "base/1/meta"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        prepare(cases[i].line, false, &f);
        assert_null(outputs_metadata(&f.outputs));
        test_write(cases[i].path, "rust");
        auto_free char *found = outputs_metadata(&f.outputs);
        assert_string_equal(found, cases[i].path);
        assert_int_equal(remove(cases[i].path), 0);
    }
}

static void dep_info_may_have_any_name(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    prepare("m.rs --emit=dep-info=info,link=o/app", false, &f);
    test_write("base/1/info", "base/2/app: m.rs\n\nm.rs:\n");
    assert_int_equal(mkdir("o", 0777), 0);
    assert_int_equal(outputs_publish(&f.outputs, "base/1/info", &err), 0);
    assert_file("info", "o/app: m.rs\n\nm.rs:\n");
}

static void create_names_the_directory_that_it_cannot_make(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    test_write("o", "a file");
    assert_int_equal(begin("m.rs --out-dir o/p", false, &f, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot create the directory o/p: Not a directory");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(outputs_are_sent_to_private_directories),
        file_test(outputs_know_the_users_path),
        file_test(publish_puts_a_copy_in_the_users_place),
        file_test(publish_names_the_file_that_it_cannot_write),
        file_test(dep_info_names_the_users_outputs),
        file_test(rest_is_published_but_for_what_is_held),
        file_test(list_has_all_that_rustc_made),
        file_test(rename_shows_the_users_paths),
        file_test(outputs_in_place_are_left_where_they_are),
        file_test(discard_removes_what_an_interrupt_leaves),
        file_test(discard_leaves_the_users_files_when_outputs_are_private),
        file_test(metadata_is_found_once_it_is_there),
        file_test(dep_info_may_have_any_name),
        file_test(create_names_the_directory_that_it_cannot_make),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
