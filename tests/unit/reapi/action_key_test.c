/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/action_key.h"

#include "support/test.h"

static struct digest key_of(const char *instance, const char *action, uint64_t size)
{
    struct blob_digest digest;
    struct digest key;

    blob_digest_of(action, 1, &digest);
    digest.size = size;
    action_key(instance, &digest, &key);
    return key;
}

static void action_key_depends_on_instance_hash_and_size(void **state)
{
    struct digest key = key_of("main", "a", 1), same = key_of("main", "a", 1);
    struct digest others[] = {key_of("", "a", 1), key_of("main/x", "a", 1), key_of("main", "b", 1),
                              key_of("main", "a", 2)};

    (void)state;
    assert_true(digest_equal(&key, &same));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(digest_equal(&key, &others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(action_key_depends_on_instance_hash_and_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
