/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/span.h"

#include "support/test.h"

/* A span over the bytes of a literal. */
#define SPAN(text)                                                                                 \
    (struct span)                                                                                  \
    {                                                                                              \
        (const unsigned char *)(text), sizeof(text) - 1                                            \
    }

static void span_takes_numbers_of_one_byte_to_five(void **state)
{
    struct span rest = SPAN("\0\x7f\x80\1\xff\xff\xff\xff\x0f!");
    static const size_t expected[] = {0, 127, 128, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        size_t number;
        assert_true(span_take_number(&rest, &number));
        assert_int_equal(number, expected[i]);
    }
    assert_int_equal(rest.len, 1);
    assert_int_equal(*rest.data, '!');
}

static void span_takes_no_number_that_has_no_end(void **state)
{
    struct span longest = SPAN("\x80\x80\x80\x80\x80\1");
    struct span cut_off = SPAN("\x80");
    struct span empty = SPAN("");
    size_t number;

    (void)state;
    assert_false(span_take_number(&longest, &number));
    assert_false(span_take_number(&cut_off, &number));
    assert_false(span_take_number(&empty, &number));
}

static void span_takes_spans_and_bytes_that_are_there(void **state)
{
    struct span rest = SPAN("\3abc\2x");
    struct span taken;
    unsigned char byte;

    (void)state;
    assert_true(span_take_span(&rest, &taken));
    assert_int_equal(taken.len, 3);
    assert_memory_equal(taken.data, "abc", 3);
    assert_false(span_take_span(&rest, &taken));
    assert_true(span_take_byte(&rest, &byte));
    assert_int_equal(byte, 'x');
    assert_false(span_take_byte(&rest, &byte));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_takes_numbers_of_one_byte_to_five),
        cmocka_unit_test(span_takes_no_number_that_has_no_end),
        cmocka_unit_test(span_takes_spans_and_bytes_that_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
