/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "support/test.h"
#include "support/words.h"
#include "unit/driver_cache.h"

#define FOLDER "cache/cleave/driver"

/* Over the step of a clock that driver_cache.c allows for. */
#define ROOT_AGE_SECONDS 3

/* A command line, its environment, with a cache in the working directory, and what came of it. */
struct link_line {
    struct strv argv;
    struct strv env;
    const char *output;
    int status;
};

static void link_line_release(struct link_line *line)
{
    strv_release(&line->argv);
    strv_release(&line->env);
}

#define auto_link_line __attribute__((cleanup(link_line_release))) struct link_line

/* The line of the words in TEXT, separated by spaces; its output is the last of them. */
static void make_line(const char *text, struct link_line *line)
{
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;

    *line = (struct link_line){STRV_INIT, STRV_INIT, NULL, 0};
    words_push(&line->argv, text);
    line->output = line->argv.items[line->argv.len - 1];
    assert_success(fs_getcwd(&cwd, &err), &err);
    strv_push(&line->env, "PATH=/usr/bin:/bin");
    strv_pushf(&line->env, "XDG_CACHE_HOME=%s/cache", cwd);
}

static void resolve(struct link_line *line)
{
    auto_error err = ERROR_INIT;
    auto_free char *output = xstrdup(line->output);

    assert_success(fs_mkdir_all("scratch", &err), &err);
    line->status = driver_resolve(&line->argv, &line->env, output, "scratch", &err);
    assert_null(err.text);
}

/* Runs the line, resolved or as it is. */
static void run(const struct link_line *line)
{
    auto_error err = ERROR_INIT;
    struct process process = {.argv = line->argv.items, .env = line->env.items};
    int status = -1;

    assert_success(process_run(&process, &status, &err), &err);
    assert_int_equal(status, 0);
}

static void assert_same_file(const char *one, const char *other)
{
    auto_mapping a = MAPPING_INIT;
    auto_mapping b = MAPPING_INIT;
    auto_error err = ERROR_INIT;

    assert_success(mapping_open(one, &a, &err), &err);
    assert_success(mapping_open(other, &b, &err), &err);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
}

static bool is_installed(const char *program)
{
    auto_free char *path = process_find(program, "/usr/bin:/bin");

    return path != NULL;
}

static void make_objects(const char *driver)
{
    test_write("main.c", "#include <stdio.h>\nint two(void);\nint main(void)\n"
                         "{\n    return printf(\"hello %d\\n\", two()) < 0;\n}\n");
    test_write("two.c", "int two(void)\n{\n    return 2;\n}\n");
    test_write("list", "{ global: two; local: *; };\n");
    test_run(driver, "-fPIC", "-c", "main.c", "-o", "main.o", NULL);
    test_run(driver, "-fPIC", "-c", "two.c", "-o", "two.o", NULL);
    assert_int_equal(mkdir("moved", 0700), 0);
    test_run("cp", "main.o", "two.o", "list", "moved", NULL);
}

static size_t count_entries(void)
{
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    if (fs_is_dir(FOLDER))
        assert_success(fs_list(FOLDER, &names, &err), &err);
    return names.len;
}

/* Links as the driver does and by its linker, found anew and again with other names. */
static void compare_links(const char *driver, const char *flags)
{
    auto_link_line plain;
    auto_link_line asked;
    auto_link_line kept;
    auto_free char *plain_text = xasprintf("%s %s main.o two.o -o plain", driver, flags);
    auto_free char *asked_text = xasprintf("%s %s main.o two.o -o asked", driver, flags);
    auto_free char *kept_text =
        xasprintf("%s %s moved/main.o moved/two.o -o moved/kept", driver, flags);

    make_line(plain_text, &plain);
    run(&plain);
    make_line(asked_text, &asked);
    resolve(&asked);
    assert_int_equal(asked.status, 0);
    size_t entries = count_entries();
    run(&asked);
    assert_same_file("plain", "asked");
    make_line(kept_text, &kept);
    resolve(&kept);
    assert_int_equal(kept.status, 0);
    assert_int_equal(count_entries(), entries);
    run(&kept);
    assert_same_file("plain", "moved/kept");
}

static void compare_driver(const char *driver)
{
    static const char *const flags[] = {"-pie",
                                        "-static-pie",
                                        "-no-pie",
                                        "-pie -nodefaultlibs -lc",
                                        "-shared -Wl,--version-script=list",
                                        "-fuse-ld=bfd -Wl,-z,now -s",
                                        "-nostartfiles -shared -L moved"};

    if (!is_installed(driver))
        skip();
    make_objects(driver);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        compare_links(driver, flags[i]);
    if (is_installed("ld.lld"))
        compare_links(driver, "-fuse-ld=lld");
    if (is_installed("ld.gold"))
        compare_links(driver, "-fuse-ld=gold");
    if (is_installed("mold"))
        compare_links(driver, "-fuse-ld=mold");
}

static void driver_gcc_is_skipped_byte_for_byte(void **state)
{
    (void)state;
    compare_driver("gcc");
}

static void driver_clang_is_skipped_byte_for_byte(void **state)
{
    (void)state;
    compare_driver("clang");
}

static void driver_gcc_links_its_own_bitcode(void **state)
{
    auto_link_line plain;
    auto_link_line bare;

    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    test_run("gcc", "-O2", "-flto", "-c", "main.c", "-o", "main.o", NULL);
    test_run("gcc", "-O2", "-flto", "-c", "two.c", "-o", "two.o", NULL);
    make_line("gcc -O2 main.o two.o -o plain", &plain);
    run(&plain);
    make_line("gcc -O2 main.o two.o -o bare", &bare);
    resolve(&bare);
    assert_int_equal(bare.status, 0);
    run(&bare);
    assert_same_file("plain", "bare");
}

/* Changes each entry of a command: adds the WORD to it, or makes it stand on the file WATCHED. */
static void change_entries(const char *word, const char *watched)
{
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    assert_success(fs_list(FOLDER, &names, &err), &err);
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(FOLDER, names.items[i]);
        auto_buf text = BUF_INIT;
        auto_driver_entry entry = DRIVER_ENTRY_INIT;
        struct digest question;
        for (size_t j = 0; j < DIGEST_SIZE; j++) {
            char digits[] = {names.items[i][2 * j], names.items[i][2 * j + 1], '\0'};
            question.bytes[j] = (uint8_t)strtoul(digits, NULL, 16);
        }
        assert_success(fs_read_file(path, DRIVER_ENTRY_CAP, &text, &err), &err);
        assert_true(driver_entry_decode(text.data, text.len, &question, &entry));
        if (entry.command.len > 1 && word)
            strv_push(&entry.command, word);
        if (watched)
            strv_push(&entry.watched, watched);
        buf_reset(&text);
        driver_entry_encode(&entry, &question, &text);
        assert_success(fs_write_file(path, text.data, text.len, &err), &err);
    }
}

static bool is_kept(const char *text, const char *path_setting)
{
    auto_link_line line;

    make_line(text, &line);
    if (path_setting)
        env_set(&line.env, "PATH", path_setting);
    resolve(&line);
    assert_int_equal(line.status, 0);
    return strv_contains(&line.argv, "--marker");
}

static void driver_is_not_asked_twice(void **state)
{
    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    assert_false(is_kept("gcc main.o two.o -o x", NULL));
    change_entries("--marker", NULL);
    assert_true(is_kept("gcc main.o two.o -o x", NULL));
    assert_true(is_kept("gcc moved/main.o two.o main.o -o y", NULL));
    assert_false(is_kept("gcc main.o two.o -lm -o x", NULL));
    assert_false(is_kept("gcc main.o two.o -o x", "/usr/bin:/bin:/nowhere"));
    assert_false(is_kept("/usr/bin/gcc main.o two.o -o x", NULL));
}

static void driver_is_asked_again_when_what_it_chose_changed(void **state)
{
    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    assert_false(is_kept("gcc main.o two.o -o x", NULL));
    change_entries("--marker", NULL);
    assert_true(is_kept("gcc main.o two.o -o x", NULL));
    change_entries(NULL, "none /usr/bin/gcc");
    assert_false(is_kept("gcc main.o two.o -o x", NULL));
    change_entries("--marker", NULL);
    assert_true(is_kept("gcc main.o two.o -o x", NULL));
}

static void driver_is_asked_again_when_the_entry_is_damaged(void **state)
{
    auto_strv names = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    assert_false(is_kept("gcc main.o two.o -o x", NULL));
    change_entries("--marker", NULL);
    assert_success(fs_list(FOLDER, &names, &err), &err);
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(FOLDER, names.items[i]);
        test_write(path, "damaged");
    }
    assert_false(is_kept("gcc main.o two.o -o x", NULL));
    change_entries("--marker", NULL);
    assert_true(is_kept("gcc main.o two.o -o x", NULL));
}

static void names_that_stand_elsewhere_are_kept_for_themselves(void **state)
{
    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    assert_false(is_kept("gcc -shared -Wl,-soname,two.o two.o -o x", NULL));
    change_entries("--marker", NULL);
    assert_true(is_kept("gcc -shared -Wl,-soname,two.o two.o -o x", NULL));
    assert_false(is_kept("gcc -shared -Wl,-soname,two.o main.o -o x", NULL));
}

static void assert_must_run(const char *text)
{
    auto_link_line line;
    auto_link_line as_it_was;

    make_line(text, &line);
    make_line(text, &as_it_was);
    resolve(&line);
    if (line.status != 1)
        fail_msg("resolved: %s", text);
    assert_int_equal(line.argv.len, as_it_was.argv.len);
    for (size_t i = 0; i < line.argv.len; i++)
        assert_string_equal(line.argv.items[i], as_it_was.argv.items[i]);
    assert_int_equal(line.env.len, as_it_was.env.len);
}

static void driver_runs_itself_where_it_is_more_than_a_link(void **state)
{
    static const char *const lines[] = {
        "gcc main.o two.c -o x",
        "gcc @args -o x",
        "gcc main.o -v -o x",
        "gcc -c main.c -o x",
        "gcc -fno-such-flag main.o -o x",
        "gcc -fno-use-linker-plugin main.o two.o -o x",
        "ld main.o -o x",
        "./script main.o two.o -o x",
        "no-such-driver main.o -o x",
    };

    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    test_write("script", "#!/bin/sh\nexec gcc \"$@\"\n");
    assert_int_equal(chmod("script", 0700), 0);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_must_run(lines[i]);
}

static void driver_runs_itself_where_it_has_something_to_say(void **state)
{
    (void)state;
    if (!is_installed("clang"))
        skip();
    make_objects("clang");
    assert_must_run("clang -static -no-pie main.o two.o -o x");
    size_t entries = count_entries();
    assert_int_equal(entries, 1);
    assert_must_run("clang -static -no-pie main.o two.o -o x");
    assert_int_equal(count_entries(), entries);
    /* What is missing now may be there the next time. */
    assert_must_run("clang missing.o two.o -o x");
    assert_int_equal(count_entries(), entries);
}

static void driver_runs_itself_without_a_folder(void **state)
{
    auto_link_line line;

    (void)state;
    if (!is_installed("gcc"))
        skip();
    make_objects("gcc");
    make_line("gcc main.o two.o -o x", &line);
    env_set(&line.env, "XDG_CACHE_HOME", "/dev/null");
    resolve(&line);
    assert_int_equal(line.status, 1);
}

/* What has only just changed isn't kept: neither where an action's root was made for it. */
static int wait_for_an_old_root(void **state)
{
    struct stat st;

    (void)state;
    for (int i = 0; i < 10 * ROOT_AGE_SECONDS; i++)
        if (stat("/", &st) == 0 && time(NULL) - st.st_ctime < ROOT_AGE_SECONDS)
            usleep(100000);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(driver_gcc_is_skipped_byte_for_byte),
        file_test(driver_clang_is_skipped_byte_for_byte),
        file_test(driver_gcc_links_its_own_bitcode),
        file_test(driver_is_not_asked_twice),
        file_test(driver_is_asked_again_when_what_it_chose_changed),
        file_test(driver_is_asked_again_when_the_entry_is_damaged),
        file_test(names_that_stand_elsewhere_are_kept_for_themselves),
        file_test(driver_runs_itself_where_it_is_more_than_a_link),
        file_test(driver_runs_itself_where_it_has_something_to_say),
        file_test(driver_runs_itself_without_a_folder),
    };

    return cmocka_run_group_tests(tests, wait_for_an_old_root, NULL);
}
