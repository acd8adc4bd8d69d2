/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/digest_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "support/test.h"

#define CACHE_FILE "cache/cleave/digests"

static void use_cache(void)
{
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;

    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *cache = xasprintf("%s/cache", cwd);
    setenv("XDG_CACHE_HOME", cache, 1);
}

/* A file that hasn't changed for long; the number is its inode. */
static struct crate_file file_of(const char *metadata, ino_t number)
{
    struct crate_file file = {.kind = CRATE_RLIB};

    file.metadata = (const unsigned char *)metadata;
    file.metadata_len = strlen(metadata);
    file.mapping.stat.st_ino = number;
    file.mapping.stat.st_size = 1000;
    file.mapping.stat.st_mtim.tv_sec = 1000;
    file.mapping.stat.st_ctim.tv_sec = 1000;
    return file;
}

static bool gives(const struct crate_file *file, const char *metadata)
{
    struct digest expected;
    struct digest digest;

    digest_of(metadata, strlen(metadata), &expected);
    digest_cache_of(file, &digest);
    return digest_equal(&digest, &expected);
}

static void cache_remembers_a_file_that_has_settled(void **state)
{
    struct crate_file first = file_of("first", 1);
    struct crate_file same = file_of("changed unseen", 1);

    (void)state;
    use_cache();
    assert_true(gives(&first, "first"));
    assert_true(gives(&same, "first"));
}

static void cache_tells_files_apart(void **state)
{
    struct crate_file first = file_of("first", 0x11);
    struct crate_file others[] = {
        file_of("other", 0x12), file_of("other", 0x1),  file_of("other", 0x11),
        file_of("other", 0x11), file_of("other", 0x11), file_of("other", 0x11),
        file_of("other", 0x11),
    };

    (void)state;
    others[2].mapping.stat.st_dev = 1;
    others[3].mapping.stat.st_size = 1001;
    others[4].mapping.stat.st_mtim.tv_nsec = 1;
    others[5].mapping.stat.st_ctim.tv_nsec = 1;
    others[6].mapping.stat.st_ctim.tv_sec = 1001;
    use_cache();
    assert_true(gives(&first, "first"));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_true(gives(&others[i], "other"));
}

static void cache_forgets_a_file_that_may_still_change(void **state)
{
    struct crate_file first = file_of("first", 1);
    struct crate_file same = file_of("second", 1);

    (void)state;
    use_cache();
    first.mapping.stat.st_ctim.tv_sec = same.mapping.stat.st_ctim.tv_sec = time(NULL);
    assert_true(gives(&first, "first"));
    assert_true(gives(&same, "second"));
    assert_false(fs_exists(CACHE_FILE));
}

static void cache_leaves_markers_alone(void **state)
{
    struct crate_file file = file_of("", 1);
    struct digest digest;

    (void)state;
    use_cache();
    file.has_marker = true;
    memset(file.marker_digest.bytes, 7, DIGEST_SIZE);
    digest_cache_of(&file, &digest);
    assert_true(digest_equal(&digest, &file.marker_digest));
    assert_false(fs_exists("cache"));
}

static void cache_distrusts_what_others_may_write(void **state)
{
    struct crate_file first = file_of("first", 1);
    struct crate_file same = file_of("second", 1);

    (void)state;
    use_cache();
    assert_true(gives(&first, "first"));
    assert_int_equal(chmod(CACHE_FILE, 0622), 0);
    assert_true(gives(&same, "second"));
}

static void cache_distrusts_what_is_damaged(void **state)
{
    static const char *const replacements[] = {"", "z", "00", "\n"};
    struct crate_file first = file_of("first", 1);
    struct crate_file same = file_of("second", 1);

    (void)state;
    use_cache();
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++) {
        auto_error err = ERROR_INIT;
        assert_success(fs_remove_all(CACHE_FILE, &err), &err);
        assert_true(gives(&first, "first"));
        auto_free char *text = test_read(CACHE_FILE);
        text[strlen(text) - 2] = '\0';
        auto_free char *damaged = xasprintf("%s%s", text, replacements[i]);
        test_write(CACHE_FILE, damaged);
        assert_int_equal(chmod(CACHE_FILE, 0600), 0);
        assert_true(gives(&same, "second"));
    }
}

static void cache_does_without_a_folder(void **state)
{
    static const char *const folders[] = {"", "relative", "/dev/null"};
    struct crate_file first = file_of("first", 1);
    struct crate_file same = file_of("second", 1);

    (void)state;
    unsetenv("HOME");
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        setenv("XDG_CACHE_HOME", folders[i], 1);
        assert_true(gives(&first, "first"));
        assert_true(gives(&same, "second"));
        assert_false(fs_exists("relative"));
    }
}

static void cache_of_home_serves_where_xdg_is_unset(void **state)
{
    auto_free char *cwd = NULL;
    auto_error err = ERROR_INIT;
    struct crate_file first = file_of("first", 1);

    (void)state;
    assert_success(fs_getcwd(&cwd, &err), &err);
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", cwd, 1);
    assert_true(gives(&first, "first"));
    assert_true(fs_exists(".cache/cleave/digests"));
}

static void cache_file_that_is_too_large_is_started_anew(void **state)
{
    struct crate_file first = file_of("first", 1);
    auto_error err = ERROR_INIT;
    auto_buf large = BUF_INIT;

    (void)state;
    use_cache();
    buf_add_zeros(&large, (1u << 20) + 1);
    assert_success(fs_mkdir_all("cache/cleave", &err), &err);
    assert_success(fs_write_file(CACHE_FILE, large.data, large.len, &err), &err);
    assert_true(gives(&first, "first"));
    auto_free char *text = test_read(CACHE_FILE);
    assert_true(strlen(text) > DIGEST_SIZE && strlen(text) < 300);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(cache_remembers_a_file_that_has_settled),
        file_test(cache_tells_files_apart),
        file_test(cache_forgets_a_file_that_may_still_change),
        file_test(cache_leaves_markers_alone),
        file_test(cache_distrusts_what_others_may_write),
        file_test(cache_distrusts_what_is_damaged),
        file_test(cache_does_without_a_folder),
        file_test(cache_of_home_serves_where_xdg_is_unset),
        file_test(cache_file_that_is_too_large_is_started_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
