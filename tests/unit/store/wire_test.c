/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/wire.h"

#include "proto/reapi.pb-c.h"
#include "support/test.h"

#define check(bytes, max, err)                                                                     \
    wire_check(&reapi__directory__descriptor, (bytes), sizeof(bytes) - 1, (max), (err))

static void wire_check_takes_messages(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(wire_check(&reapi__directory__descriptor, NULL, 0, 0, &err), &err);
    /* files { name: "a" }, an unknown field of each type */
    assert_success(check("\x0a\x03\x0a\x01"
                         "a",
                         2, &err),
                   &err);
    assert_success(check("\xf8\x01\x05", 1, &err), &err);
    assert_success(check("\xf9\x01"
                         "12345678",
                         1, &err),
                   &err);
    assert_success(check("\xfd\x01"
                         "1234",
                         1, &err),
                   &err);
    assert_success(check("\xfa\x01\x02\x00\x00", 1, &err), &err);
}

static void wire_check_refuses_what_is_cut_or_wrong(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } cases[] = {
        {"\x0a", 1, "the Directory is not well-formed"},
        {"\x0a\x05"
         "a",
         3, "the Directory is not well-formed"},
        {"\x0a\x02\x0a\x05", 4, "the FileNode is not well-formed"},
        {"\xf8", 1, "the Directory is not well-formed"},
        {"\xf8\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 13,
         "the Directory is not well-formed"},
        {"\xf9\x01"
         "1234567",
         9, "the Directory is not well-formed"},
        {"\x02\x01x", 3, "the Directory is not well-formed"},
        {"\x82\x80\x80\x80\x10\x01x", 7, "the Directory is not well-formed"},
        {"\x0b", 1, "the Directory is not well-formed"},
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, "the Directory is not well-formed"},
        {"\x0a\x05\x0a\x03"
         "a\0b",
         7, "the field name of a FileNode has a NUL in it"},
        {"\x0a\x05\x12\x03\x0a\x01\0", 7, "the field hash of a Digest has a NUL in it"},
        {"\x1a\x03\x12\x01\0", 5, "the field target of a SymlinkNode has a NUL in it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        assert_int_equal(
            wire_check(&reapi__directory__descriptor, cases[i].bytes, cases[i].len, 100, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
}

static void wire_check_counts_nested_fields(void **state)
{
    auto_error err = ERROR_INIT;

    (void)state;
    /* Three empty files, one with a name. */
    assert_success(check("\x0a\0\x0a\0\x0a\x02\x0a\0", 4, &err), &err);
    assert_int_equal(check("\x0a\0\x0a\0\x0a\x02\x0a\0", 3, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the message has too many fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_check_takes_messages),
        cmocka_unit_test(wire_check_refuses_what_is_cut_or_wrong),
        cmocka_unit_test(wire_check_counts_nested_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
