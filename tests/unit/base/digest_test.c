/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <string.h>

#include "support/test.h"

/* FIPS 180-2, appendix B, and the empty message. */
static const struct {
    const char *text, *hex;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

#define VECTOR_COUNT (sizeof(vectors) / sizeof(vectors[0]))

static void digest_is_sha256(void **state)
{
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        digest_of(vectors[i].text, strlen(vectors[i].text), &digest);
        assert_string_equal(digest_hex(&digest, hex), vectors[i].hex);
    }
}

static void digest_of_nothing_needs_no_data(void **state)
{
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    (void)state;
    digest_of(NULL, 0, &digest);
    assert_string_equal(digest_hex(&digest, hex), vectors[0].hex);
}

static void digest_equal_looks_at_every_byte(void **state)
{
    struct digest a;
    struct digest b;

    (void)state;
    digest_of("abc", 3, &a);
    b = a;
    assert_true(digest_equal(&a, &b));
    b.bytes[DIGEST_SIZE - 1] ^= 1;
    assert_false(digest_equal(&a, &b));
}

static void digest_parse_reads_what_digest_hex_writes(void **state)
{
    struct digest digest;
    struct digest parsed;

    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        digest_of(vectors[i].text, strlen(vectors[i].text), &digest);
        assert_true(digest_parse(vectors[i].hex, &parsed));
        assert_true(digest_equal(&digest, &parsed));
    }
}

static void digest_parse_refuses_other_text_and_leaves_the_answer(void **state)
{
    struct digest before;
    struct digest digest;
    char hex[DIGEST_HEX_SIZE];

    (void)state;
    digest_of("abc", 3, &before);
    digest = before;
    assert_false(digest_parse("", &digest));
    digest_hex(&before, hex);
    hex[63] = '\0';
    assert_false(digest_parse(hex, &digest));
    hex[63] = 'D';
    assert_false(digest_parse(hex, &digest));
    hex[63] = 'g';
    assert_false(digest_parse(hex, &digest));
    assert_true(digest_equal(&digest, &before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_is_sha256),
        cmocka_unit_test(digest_of_nothing_needs_no_data),
        cmocka_unit_test(digest_equal_looks_at_every_byte),
        cmocka_unit_test(digest_parse_reads_what_digest_hex_writes),
        cmocka_unit_test(digest_parse_refuses_other_text_and_leaves_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
