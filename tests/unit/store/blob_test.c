/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob.h"

#include <string.h>

#include "support/test.h"

#define HASH_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void blob_digest_is_hash_and_size(void **state)
{
    struct blob_digest digest, other;
    char name[BLOB_NAME_SIZE];

    (void)state;
    blob_digest_of("abc", 3, &digest);
    assert_string_equal(blob_name(&digest, name), HASH_ABC "-3");
    other = digest;
    assert_true(blob_digest_equal(&digest, &other));
    other.size = 4;
    assert_false(blob_digest_equal(&digest, &other));
}

static void blob_empty_is_the_digest_of_nothing(void **state)
{
    struct blob_digest digest;

    (void)state;
    blob_digest_of("", 0, &digest);
    assert_true(blob_digest_equal(&digest, &blob_empty));
}

static void blob_name_is_read_back(void **state)
{
    static const uint64_t sizes[] = {0, 3, 10, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct blob_digest digest = {.hash = {{1, 2, 255}}, .size = sizes[i]};
        struct blob_digest again;
        char name[BLOB_NAME_SIZE];
        assert_true(blob_from_name(blob_name(&digest, name), &again));
        assert_true(blob_digest_equal(&digest, &again));
    }
}

static void blob_from_name_takes_nothing_else(void **state)
{
    static const char *const names[] = {
        "",
        "-3",
        HASH_ABC,
        HASH_ABC "-",
        HASH_ABC "-03",
        HASH_ABC "-+3",
        HASH_ABC "- 3",
        HASH_ABC "-3 ",
        HASH_ABC "-3.x",
        HASH_ABC "_3",
        HASH_ABC "-18446744073709551616",
        HASH_ABC "-99999999999999999999",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD-3",
        "a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad-3",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct blob_digest digest = {.size = 77};
        assert_false(blob_from_name(names[i], &digest));
        assert_int_equal(digest.size, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blob_digest_is_hash_and_size),
        cmocka_unit_test(blob_empty_is_the_digest_of_nothing),
        cmocka_unit_test(blob_name_is_read_back),
        cmocka_unit_test(blob_from_name_takes_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
