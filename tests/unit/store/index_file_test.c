/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index_file.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"

#define auto_index __attribute__((cleanup(index_release))) struct index

/* The lengths of the file's parts, as its header describes them. */
#define HEADER 20
#define RECORD 49

static void fill(struct index *index, uint8_t count)
{
    index_init(index);
    for (uint8_t i = 0; i < count; i++) {
        struct index_key key = {
            .hash = {{i, 7}}, .size = i * 1000u, .kind = (enum index_kind)(i % INDEX_KINDS)};
        struct index_entry *entry = index_add(index, &key);
        entry->identity = 0x0123456789abcdef + i;
        index_set_newest(index, entry);
    }
}

static void encode(uint8_t count, struct buf *bytes)
{
    auto_index index;

    fill(&index, count);
    index_encode(&index, bytes);
}

/* Puts the right SHA-256 at the end of what a test has changed. */
static void reseal(struct buf *bytes)
{
    struct digest digest;

    digest_of(bytes->data, bytes->len - DIGEST_SIZE, &digest);
    memcpy(bytes->data + bytes->len - DIGEST_SIZE, digest.bytes, DIGEST_SIZE);
}

static void assert_not_decoded(const struct buf *bytes)
{
    auto_index index;

    index_init(&index);
    assert_false(index_decode(bytes->data, bytes->len, &index));
    assert_int_equal(index.used, 0);
    assert_int_equal(index.bytes, 0);
    assert_null(index_oldest(&index));
}

static void index_file_has_the_documented_form(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    encode(2, &bytes);
    assert_int_equal(bytes.len, HEADER + 2 * RECORD + DIGEST_SIZE);
    assert_memory_equal(bytes.data, "cleavidx\x01\0\0\0\x02\0\0\0\0\0\0\0", HEADER);
    const char *second = bytes.data + HEADER + RECORD;
    assert_memory_equal(second, "\x01\x07\0\0", 4);
    assert_memory_equal(second + DIGEST_SIZE,
                        "\xe8\x03\0\0\0\0\0\0\xf0\xcd\xab\x89\x67\x45\x23\x01\x01", 17);
}

static void index_file_is_read_back(void **state)
{
    static const uint8_t counts[] = {0, 1, 200};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        auto_index index;
        auto_buf bytes = BUF_INIT, again = BUF_INIT;
        encode(counts[i], &bytes);
        index_init(&index);
        assert_true(index_decode(bytes.data, bytes.len, &index));
        index_encode(&index, &again);
        assert_int_equal(again.len, bytes.len);
        assert_memory_equal(again.data, bytes.data, bytes.len);
    }
}

static void index_file_leaves_out_what_is_only_pinned(void **state)
{
    auto_index index;
    struct index_key key = {.hash = {{1}}, .size = 1, .kind = INDEX_BLOB};
    auto_buf bytes = BUF_INIT;

    (void)state;
    index_init(&index);
    index_pin(&index, index_add(&index, &key));
    index_encode(&index, &bytes);
    assert_int_equal(bytes.len, HEADER + DIGEST_SIZE);
}

static void index_file_that_was_cut_or_changed_is_none(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    encode(3, &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] ^= 1;
        assert_not_decoded(&bytes);
        bytes.data[i] ^= 1;
    }
    buf_add_char(&bytes, 'x');
    assert_not_decoded(&bytes);
    while (bytes.len > 0) {
        buf_set_len(&bytes, bytes.len - 1);
        if (bytes.len != HEADER + 3 * RECORD + DIGEST_SIZE)
            assert_not_decoded(&bytes);
    }
}

static void index_file_with_the_right_hash_is_checked_too(void **state)
{
    static const struct {
        size_t at;
        char byte;
        const char *what;
    } cases[] = {
        {8, 2, "version"},
        {12, 1, "count"},
        {19, 1, "count"},
        {HEADER + RECORD - 1, INDEX_KINDS, "kind"},
        {HEADER + DIGEST_SIZE + 7, 1, "size"},
        {HEADER + RECORD, 0, "hash, which is then there twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf bytes = BUF_INIT;
        encode(2, &bytes);
        /* The second like the first, but for the hash. */
        memcpy(bytes.data + HEADER + RECORD + DIGEST_SIZE, bytes.data + HEADER + DIGEST_SIZE, 17);
        bytes.data[cases[i].at] = cases[i].byte;
        reseal(&bytes);
        assert_not_decoded(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_file_has_the_documented_form),
        cmocka_unit_test(index_file_is_read_back),
        cmocka_unit_test(index_file_leaves_out_what_is_only_pinned),
        cmocka_unit_test(index_file_that_was_cut_or_changed_is_none),
        cmocka_unit_test(index_file_with_the_right_hash_is_checked_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
