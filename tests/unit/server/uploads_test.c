/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/uploads.h"

#include <stdio.h>
#include <string.h>

#include "reapi/limits.h"
#include "support/store.h"

#define SIZE (64u << 20)

static struct store_writer *begin(struct store *store, const char *text, size_t len)
{
    struct blob_digest digest = test_digest(text);
    struct store_writer *writer = NULL;
    auto_error err = ERROR_INIT;

    assert_success(store_writer_begin(store, &digest, &writer, &err), &err);
    assert_success(store_writer_add(writer, text, len, &err), &err);
    return writer;
}

static struct resource_name name_of(const char *uuid, const char *text)
{
    return (struct resource_name){.uuid = {uuid, strlen(uuid)}, .digest = test_digest(text)};
}

static void uploads_are_found_by_uuid_digest_and_length(void **state)
{
    auto_store *store = test_open_store(SIZE);
    struct uploads *uploads = uploads_new();
    struct resource_name name = name_of("u", "foobar"), uuid = name_of("v", "foobar"),
                         digest = name_of("u", "foobaz");
    struct store_writer *writer = begin(store, "foobar", 3);

    (void)state;
    uploads_keep(uploads, &name, writer);
    assert_int_equal(uploads_len(uploads, &name), 3);
    assert_int_equal(uploads_len(uploads, &uuid), 0);
    assert_int_equal(uploads_len(uploads, &digest), 0);
    assert_null(uploads_take(uploads, &name, 2));
    assert_null(uploads_take(uploads, &uuid, 3));
    assert_ptr_equal(uploads_take(uploads, &name, 3), writer);
    assert_null(uploads_take(uploads, &name, 3));
    store_writer_abandon(writer);
    uploads_free(uploads);
}

static void uploads_replace_the_one_of_the_same_name(void **state)
{
    auto_store *store = test_open_store(SIZE);
    struct uploads *uploads = uploads_new();
    struct resource_name name = name_of("u", "foobar");

    (void)state;
    uploads_keep(uploads, &name, begin(store, "foobar", 3));
    uploads_keep(uploads, &name, begin(store, "foobar", 5));
    assert_int_equal(uploads_len(uploads, &name), 5);
    uploads_free(uploads);
}

static void uploads_are_limited_in_number(void **state)
{
    auto_store *store = test_open_store(SIZE);
    struct uploads *uploads = uploads_new();
    int kept = 0;
    char uuid[16];

    (void)state;
    for (int i = 0; i < LIMIT_UPLOADS + 5; i++) {
        snprintf(uuid, sizeof(uuid), "%d", i);
        struct resource_name name = name_of(uuid, "foobar");
        uploads_keep(uploads, &name, begin(store, "foobar", 3));
    }
    for (int i = 0; i < LIMIT_UPLOADS + 5; i++) {
        snprintf(uuid, sizeof(uuid), "%d", i);
        struct resource_name name = name_of(uuid, "foobar");
        kept += uploads_len(uploads, &name) == 3;
    }
    assert_int_equal(kept, LIMIT_UPLOADS);
    uploads_free(uploads);
}

static void uploads_expire_when_they_are_old(void **state)
{
    auto_store *store = test_open_store(SIZE);
    struct uploads *uploads = uploads_new();
    struct resource_name name = name_of("u", "foobar");

    (void)state;
    uploads_keep(uploads, &name, begin(store, "foobar", 3));
    uploads_expire(uploads, LIMIT_UPLOAD_SECONDS);
    assert_int_equal(uploads_len(uploads, &name), 3);
    uploads_expire(uploads, -1);
    assert_int_equal(uploads_len(uploads, &name), 0);
    uploads_free(uploads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(uploads_are_found_by_uuid_digest_and_length),
        file_test(uploads_replace_the_one_of_the_same_name),
        file_test(uploads_are_limited_in_number),
        file_test(uploads_expire_when_they_are_old),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
