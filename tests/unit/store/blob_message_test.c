/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob_message.h"

#include <string.h>

#include "support/test.h"

#define HASH_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HASH_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static Reapi__Digest message_of(const char *hash, int64_t size)
{
    Reapi__Digest message = REAPI__DIGEST__INIT;

    message.hash = (char *)(uintptr_t)hash;
    message.size_bytes = size;
    return message;
}

static void blob_message_is_read_back(void **state)
{
    static const char *const texts[] = {"abc", ""};
    auto_error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct blob_digest digest, again;
        blob_digest_of(texts[i], strlen(texts[i]), &digest);
        Reapi__Digest *message = blob_message_new(&digest);
        assert_success(blob_from_message(message, &again, &err), &err);
        assert_true(blob_digest_equal(&digest, &again));
        reapi__digest__free_unpacked(message, NULL);
    }
}

static void blob_message_refuses_what_is_no_digest(void **state)
{
    static const struct {
        const char *hash;
        int64_t size;
        const char *text;
    } cases[] = {
        {"", 0, "the hash '' isn't 64 lower-case hexadecimal digits (SHA-256)"},
        {"12", 3, "the hash '12' isn't 64 lower-case hexadecimal digits (SHA-256)"},
        {"A" HASH_ABC, 3,
         "the hash 'A" HASH_ABC "' isn't 64 lower-case hexadecimal digits (SHA-256)"},
        {"Ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3,
         "the hash 'Ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' isn't 64 "
         "lower-case hexadecimal digits (SHA-256)"},
        {HASH_ABC, -1, "the size -1 of blob " HASH_ABC " is negative"},
        {HASH_ABC, 0, "blob " HASH_ABC " can't have 0 bytes"},
        {HASH_EMPTY, 5, "blob " HASH_EMPTY " can't have 5 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Reapi__Digest message = message_of(cases[i].hash, cases[i].size);
        struct blob_digest digest = {.size = 77};
        auto_error err = ERROR_INIT;
        assert_int_equal(blob_from_message(&message, &digest, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
        assert_int_equal(digest.size, 77);
    }
}

static void blob_message_refuses_none(void **state)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(blob_from_message(NULL, &digest, &err), -1);
    assert_error(&err, ERROR_REFUSED, "there is no digest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blob_message_is_read_back),
        cmocka_unit_test(blob_message_refuses_what_is_no_digest),
        cmocka_unit_test(blob_message_refuses_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
