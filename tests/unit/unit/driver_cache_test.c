/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "support/test.h"

/* Longer ahead than any file's time: nothing has changed since. */
#define LATER (time(NULL) + 1000)

static struct digest question_of(const char *text)
{
    struct digest digest;

    digest_of(text, strlen(text), &digest);
    return digest;
}

static char *folder_in(const char *dir)
{
    auto_strv env = STRV_INIT;
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;

    assert_success(fs_getcwd(&cwd, &err), &err);
    strv_pushf(&env, "XDG_CACHE_HOME=%s/%s", cwd, dir);
    return driver_cache_folder(env.items);
}

static void fill(struct driver_entry *entry, const char *watched)
{
    entry->verdict = DRIVER_ANSWERED;
    strv_push(&entry->command, "/usr/bin/ld");
    strv_push(&entry->command, "");
    strv_push(&entry->settings, "A=b c");
    strv_push(&entry->gcc_options, "-o");
    driver_entry_watch(entry, watched);
}

static void keep(const char *folder, const char *question, const char *watched, time_t asked)
{
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    struct digest digest = question_of(question);

    fill(&entry, watched);
    driver_cache_keep(folder, &digest, &entry, asked);
}

static bool finds(const char *folder, const char *question)
{
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    struct digest digest = question_of(question);

    return driver_cache_find(folder, &digest, &entry);
}

static char *path_of(const char *folder, const char *question)
{
    struct digest digest = question_of(question);
    char hex[DIGEST_HEX_SIZE];

    return xasprintf("%s/%s", folder, digest_hex(&digest, hex));
}

static void cache_gives_back_what_was_kept(void **state)
{
    auto_free char *folder = folder_in("cache");
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    struct digest question = question_of("q");

    (void)state;
    test_write("crt.o", "x");
    keep(folder, "q", "crt.o", LATER);
    assert_true(driver_cache_find(folder, &question, &entry));
    assert_int_equal(entry.verdict, DRIVER_ANSWERED);
    assert_int_equal(entry.command.len, 2);
    assert_string_equal(entry.command.items[0], "/usr/bin/ld");
    assert_string_equal(entry.command.items[1], "");
    assert_string_equal(entry.settings.items[0], "A=b c");
    assert_string_equal(entry.gcc_options.items[0], "-o");
    assert_false(finds(folder, "other"));
}

static void cache_forgets_when_a_file_changes(void **state)
{
    auto_free char *folder = folder_in("cache");

    (void)state;
    test_write("crt.o", "x");
    keep(folder, "q", "crt.o", LATER);
    assert_true(finds(folder, "q"));
    test_write("crt.o", "longer");
    assert_false(finds(folder, "q"));
}

static void cache_forgets_when_a_file_goes(void **state)
{
    auto_free char *folder = folder_in("cache");

    (void)state;
    test_write("crt.o", "x");
    keep(folder, "q", "crt.o", LATER);
    unlink("crt.o");
    assert_false(finds(folder, "q"));
}

static void cache_forgets_when_a_file_appears(void **state)
{
    auto_free char *folder = folder_in("cache");

    (void)state;
    keep(folder, "q", "crt.o", LATER);
    assert_true(finds(folder, "q"));
    test_write("crt.o", "x");
    assert_false(finds(folder, "q"));
}

static void cache_forgets_when_a_directory_gets_a_file(void **state)
{
    auto_free char *folder = folder_in("cache");

    (void)state;
    assert_int_equal(mkdir("bin", 0700), 0);
    keep(folder, "q", "bin", LATER);
    assert_true(finds(folder, "q"));
    test_write("bin/ld", "x");
    assert_false(finds(folder, "q"));
}

static void cache_keeps_nothing_that_may_have_changed_meanwhile(void **state)
{
    auto_free char *folder = folder_in("cache");

    (void)state;
    test_write("crt.o", "x");
    keep(folder, "q", "crt.o", time(NULL));
    assert_false(finds(folder, "q"));
}

static void cache_ignores_damaged_entries(void **state)
{
    auto_free char *folder = folder_in("cache");
    auto_free char *path = path_of(folder, "q");
    auto_error err = ERROR_INIT;
    auto_buf good = BUF_INIT;

    (void)state;
    test_write("crt.o", "x");
    keep(folder, "q", "crt.o", LATER);
    assert_success(fs_read_file(path, DRIVER_ENTRY_CAP, &good, &err), &err);
    for (size_t i = 0; i < good.len; i++) {
        good.data[i] ^= 1;
        assert_success(fs_write_file(path, good.data, good.len, &err), &err);
        assert_false(finds(folder, "q"));
        good.data[i] ^= 1;
        assert_success(fs_write_file(path, good.data, i, &err), &err);
        assert_false(finds(folder, "q"));
    }
    assert_success(fs_write_file(path, good.data, good.len, &err), &err);
    assert_true(finds(folder, "q"));
}

static void cache_ignores_an_entry_under_another_name(void **state)
{
    auto_free char *folder = folder_in("cache");
    auto_free char *path = path_of(folder, "q");
    auto_free char *other = path_of(folder, "other");

    (void)state;
    keep(folder, "q", "crt.o", LATER);
    assert_int_equal(rename(path, other), 0);
    assert_false(finds(folder, "other"));
}

static void cache_replaces_a_damaged_entry(void **state)
{
    auto_free char *folder = folder_in("cache");
    auto_free char *path = path_of(folder, "q");

    (void)state;
    test_write(path, "damaged");
    keep(folder, "q", "crt.o", LATER);
    assert_true(finds(folder, "q"));
}

static void cache_removes_the_oldest(void **state)
{
    auto_free char *folder = folder_in("cache");
    struct timespec old[2] = {{1000, 0}, {1000, 0}};

    (void)state;
    for (int i = 0; i < DRIVER_ENTRIES_CAP; i++) {
        auto_free char *path = xasprintf("%s/%d", folder, i);
        test_write(path, "");
        old[1].tv_sec = 1000 + i;
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    }
    keep(folder, "q", "crt.o", LATER);
    auto_free char *first = xasprintf("%s/0", folder);
    auto_free char *last = xasprintf("%s/%d", folder, DRIVER_ENTRIES_CAP - 1);
    assert_false(fs_exists(first));
    assert_true(fs_exists(last));
    assert_true(finds(folder, "q"));
}

static void cache_folder_is_private(void **state)
{
    auto_free char *folder = folder_in("cache");
    struct stat st;

    (void)state;
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(chmod(folder, 0770), 0);
    assert_null(folder_in("cache"));
}

static void cache_folder_lies_in_home_without_xdg(void **state)
{
    auto_strv env = STRV_INIT;
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_getcwd(&cwd, &err), &err);
    strv_push(&env, "XDG_CACHE_HOME=relative");
    strv_pushf(&env, "HOME=%s/home", cwd);
    auto_free char *folder = driver_cache_folder(env.items);
    auto_free char *expected = xasprintf("%s/home/.cache/cleave/driver", cwd);
    assert_string_equal(folder, expected);
}

static void cache_folder_needs_a_place(void **state)
{
    auto_strv env = STRV_INIT;

    (void)state;
    assert_null(driver_cache_folder(env.items));
    strv_push(&env, "HOME=/dev/null");
    assert_null(driver_cache_folder(env.items));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(cache_gives_back_what_was_kept),
        file_test(cache_forgets_when_a_file_changes),
        file_test(cache_forgets_when_a_file_goes),
        file_test(cache_forgets_when_a_file_appears),
        file_test(cache_forgets_when_a_directory_gets_a_file),
        file_test(cache_keeps_nothing_that_may_have_changed_meanwhile),
        file_test(cache_ignores_damaged_entries),
        file_test(cache_ignores_an_entry_under_another_name),
        file_test(cache_replaces_a_damaged_entry),
        file_test(cache_removes_the_oldest),
        file_test(cache_folder_is_private),
        file_test(cache_folder_lies_in_home_without_xdg),
        file_test(cache_folder_needs_a_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
