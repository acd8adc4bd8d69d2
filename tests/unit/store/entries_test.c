/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "support/store.h"

static const struct digest key = {{0xab, 1}};

static void put(struct store *store, const char *value)
{
    auto_error err = ERROR_INIT;

    assert_success(store_put_entry(store, &key, value, strlen(value), &err), &err);
}

static void assert_entry(struct store *store, const char *expected)
{
    auto_buf value = BUF_INIT;
    auto_error err = ERROR_INIT;

    assert_success(store_get_entry(store, &key, &value, &err), &err);
    assert_buf(&value, expected);
}

static void assert_no_entry(struct store *store)
{
    auto_buf value = BUF_INIT;
    auto_error err = ERROR_INIT;

    assert_int_equal(store_get_entry(store, &key, &value, &err), STORE_ABSENT);
    assert_buf(&value, "");
    assert_null(err.text);
    assert_int_equal(test_stats(store).entries, 0);
    assert_int_equal(test_stats(store).bytes, 0);
}

/* The file of the entry. Owned by caller. */
static char *entry_file(const struct digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    digest_hex(digest, hex);
    return xasprintf("store/ac/%.2s/%s", hex, hex);
}

static void entry_is_read_back(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    assert_no_entry(store);
    put(store, "value");
    assert_entry(store, "value");
    auto_free char *file = entry_file(&key);
    assert_int_equal(test_stat(file).st_size, 5 + DIGEST_SIZE);
    assert_idle(store);
}

static void entry_may_be_empty(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    put(store, "");
    assert_entry(store, "");
}

static void entry_is_replaced_and_counted_once(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    put(store, "first, and longer");
    put(store, "second");
    assert_entry(store, "second");
    assert_int_equal(test_stats(store).entries, 1);
    assert_int_equal(test_stats(store).bytes, 6 + DIGEST_SIZE);
    assert_idle(store);
}

static void entry_is_dropped(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    store_drop_entry(store, &key);
    put(store, "value");
    store_drop_entry(store, &key);
    assert_no_entry(store);
    assert_int_equal(test_stats(store).damaged, 0);
    assert_idle(store);
}

static void entry_has_no_more_than_its_cap(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    auto_store *store = test_open_store(1000);
    assert_int_equal(store_put_entry(store, &key, "", STORE_ENTRY_MAX + 1, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "an entry of 67108865 bytes is larger than the 67108864 allowed");
}

static void cut(const char *path)
{
    test_spoil(path, "val");
}

static void empty(const char *path)
{
    test_spoil(path, "");
}

static void flip(const char *path)
{
    test_spoil(path, "walue0123456789abcdef0123456789abcdef");
}

static void take_anothers(const char *path)
{
    auto_free char *other = entry_file(&(struct digest){{0xac}});

    assert_int_equal(rename(other, path), 0);
}

static void unlink_it(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void link_elsewhere(const char *path)
{
    assert_int_equal(rename(path, "elsewhere"), 0);
    assert_int_equal(symlink("../../../elsewhere", path), 0);
}

static void put_a_directory_there(const char *path)
{
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void damaged_entry_is_absent(void **state)
{
    static void (*const damages[])(const char *) = {
        cut, empty, flip, take_anothers, unlink_it, link_elsewhere, put_a_directory_there};
    const struct digest other = {{0xac}};
    auto_error err = ERROR_INIT;
    auto_free char *file = entry_file(&key);

    (void)state;
    auto_store *store = test_open_store(1000);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        assert_success(store_put_entry(store, &other, "other", 5, &err), &err);
        put(store, "value");
        damages[i](file);
        store_drop_entry(store, &other);
        assert_no_entry(store);
        assert_int_equal(test_stats(store).damaged, i + 1);
        assert_false(fs_exists(file));
        put(store, "value");
        assert_entry(store, "value");
    }
}

static void entry_is_found_before_the_scan_comes_to_it(void **state)
{
    (void)state;
    auto_store *store = test_open_store(1000);
    put(store, "value");
    test_kill_store(&store);
    store = test_open_store(1000);
    assert_entry(store, "value");
    test_await_scan(store);
    assert_entry(store, "value");
    assert_int_equal(test_stats(store).entries, 1);
    assert_int_equal(test_stats(store).bytes, 5 + DIGEST_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(entry_is_read_back),
        file_test(entry_may_be_empty),
        file_test(entry_is_replaced_and_counted_once),
        file_test(entry_is_dropped),
        file_test(entry_has_no_more_than_its_cap),
        file_test(damaged_entry_is_absent),
        file_test(entry_is_found_before_the_scan_comes_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
