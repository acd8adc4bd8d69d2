/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/digest_set.h"

#include "support/test.h"

#define MANY 10000

static struct blob_digest numbered(uint64_t number)
{
    struct blob_digest digest;

    blob_digest_of(&number, sizeof(number), &digest);
    return digest;
}

static void digest_set_keeps_each_once_in_order(void **state)
{
    auto_digest_set set = DIGEST_SET_INIT;

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < MANY; i++) {
            struct blob_digest digest = numbered(i);
            digest_set_add(&set, &digest);
        }
    }
    assert_int_equal(set.len, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        struct blob_digest digest = numbered(i);
        assert_true(blob_digest_equal(&set.items[i], &digest));
    }
}

static void digest_set_tells_sizes_apart(void **state)
{
    auto_digest_set set = DIGEST_SET_INIT;
    struct blob_digest digest = numbered(1);

    (void)state;
    digest_set_add(&set, &digest);
    digest.size++;
    digest_set_add(&set, &digest);
    assert_int_equal(set.len, 2);
}

static void digest_set_finds_the_place_of_what_it_has(void **state)
{
    auto_digest_set set = DIGEST_SET_INIT;
    struct blob_digest first = numbered(1), second = numbered(2), other = numbered(3);
    size_t place = 7;

    (void)state;
    assert_false(digest_set_find(&set, &first, &place));
    digest_set_add(&set, &first);
    digest_set_add(&set, &second);
    assert_false(digest_set_find(&set, &other, &place));
    assert_int_equal(place, 7);
    assert_true(digest_set_find(&set, &second, &place));
    assert_int_equal(place, 1);
    assert_true(digest_set_find(&set, &first, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_set_keeps_each_once_in_order),
        cmocka_unit_test(digest_set_tells_sizes_apart),
        cmocka_unit_test(digest_set_finds_the_place_of_what_it_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
