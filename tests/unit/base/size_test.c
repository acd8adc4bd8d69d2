/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static void sizes_have_their_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t size;
    } cases[] = {
        {"1B", 1},
        {"17B", 17},
        {"3KiB", 3072},
        {"4MiB", 4u << 20},
        {"20GiB", 20ull << 30},
        {"2TiB", 2ull << 40},
        {"9223372036854775807B", INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        uint64_t size = 0;
        assert_success(size_parse("--store-size", cases[i].text, &size, &err), &err);
        assert_int_equal(size, cases[i].size);
    }
}

static void what_is_no_size_is_refused(void **state)
{
    static const char *const unit =
        ": give a whole number and its unit, B, KiB, MiB, GiB or TiB, as in 20GiB";
    static const char *const none = ": nothing fits into no bytes";
    static const char *const large = ": that is more than a file system holds";
    const struct {
        const char *text, *complaint;
    } cases[] = {
        {"", unit},       {"20", unit},          {"GiB", unit},
        {"20 GiB", unit}, {"20GB", unit},        {"20gib", unit},
        {"1.5GiB", unit}, {"-1GiB", unit},       {"+1GiB", unit},
        {" 1GiB", unit},  {"0x1GiB", unit},      {"20GiBs", unit},
        {"0GiB", none},   {"8388608TiB", large}, {"99999999999999999999999B", large},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        uint64_t size = 7;
        auto_free char *expected =
            xasprintf("--store-size %s%s", cases[i].text, cases[i].complaint);
        assert_int_equal(size_parse("--store-size", cases[i].text, &size, &err), -1);
        assert_error(&err, ERROR_USAGE, expected);
        assert_int_equal(size, 7);
    }
}

static void sizes_are_shown_with_few_digits(void **state)
{
    static const struct {
        uint64_t size;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {999, "999 B"},
        {1000, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {99u << 10, "99.0 KiB"},
        {100u << 10, "100 KiB"},
        {1023u << 10, "1.0 MiB"},
        {20ull << 30, "20.0 GiB"},
        {5000ull << 40, "5000 TiB"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *text = size_text(cases[i].size);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_have_their_unit),
        cmocka_unit_test(what_is_no_size_is_refused),
        cmocka_unit_test(sizes_are_shown_with_few_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
