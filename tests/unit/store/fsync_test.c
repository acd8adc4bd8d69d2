/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <sys/syscall.h>
#include <sys/types.h>

#include "support/store.h"

/* What was synced, in order: 'f' for a file, 'd' for a directory; what is behind it doesn't count.
 */
static struct {
    char kinds[16];
    size_t len;
} synced;

/* In the place of libc's: the store calls this one. */
int fsync(int fd)
{
    struct stat st;

    if (synced.len < sizeof(synced.kinds) - 1 && fstat(fd, &st) == 0)
        synced.kinds[synced.len++] = S_ISDIR(st.st_mode) ? 'd' : 'f';
    return (int)syscall(SYS_fsync, fd);
}

static struct store *open_store(bool fsync_too)
{
    const struct store_options options = {.dir = "store", .size_limit = 1000, .fsync = fsync_too};
    struct store *store = NULL;
    auto_error err = ERROR_INIT;

    assert_success(store_open(&options, &store, &err), &err);
    memset(&synced, 0, sizeof(synced));
    return store;
}

static void put_blob(struct store *store)
{
    struct blob_digest digest = test_put(store, "synced");

    assert_blob(store, &digest, "synced");
}

static void put_entry(struct store *store)
{
    const struct digest key = {{1}};
    auto_error err = ERROR_INIT;

    assert_success(store_put_entry(store, &key, "value", 5, &err), &err);
}

static void blob_is_synced_and_then_its_name(void **state)
{
    auto_store *store = open_store(true);

    (void)state;
    put_blob(store);
    assert_string_equal(synced.kinds, "fd");
}

static void entry_is_synced_and_then_its_name(void **state)
{
    auto_store *store = open_store(true);

    (void)state;
    put_entry(store);
    assert_string_equal(synced.kinds, "fd");
}

static void nothing_is_synced_unless_it_is_asked_for(void **state)
{
    auto_store *store = open_store(false);

    (void)state;
    put_blob(store);
    put_entry(store);
    assert_string_equal(synced.kinds, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(blob_is_synced_and_then_its_name),
        file_test(entry_is_synced_and_then_its_name),
        file_test(nothing_is_synced_unless_it_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
