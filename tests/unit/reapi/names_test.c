/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/names.h"

#include <string.h>

#include "base/memory.h"
#include "reapi/limits.h"
#include "support/test.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HASH "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" /* of "foo" */
#define UPLOAD "uploads/1-2-3/"

typedef int parse_fn(const char *text, struct resource_name *ret_name, struct rpc_status *status);

static void assert_part(struct name_part part, const char *expected)
{
    assert_int_equal(part.len, strlen(expected));
    assert_memory_equal(part.text, expected, part.len);
}

static void resource_names_to_read_are_parsed(void **state)
{
    static const struct {
        const char *text, *instance;
        bool zstd;
        uint64_t size;
    } rows[] = {
        {"blobs/" HASH "/3", "", false, 3},
        {"compressed-blobs/zstd/" HASH "/3", "", true, 3},
        {"main/blobs/" HASH "/3", "main", false, 3},
        {"a/b/c/compressed-blobs/zstd/" HASH "/3", "a/b/c", true, 3},
        {"blobs/" EMPTY "/0", "", false, 0},
        {"blobs/" HASH "/9223372036854775807", "", false, INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_status status = RPC_STATUS_INIT;
        struct resource_name name;
        auto_buf text = BUF_INIT;
        if (resource_name_parse_read(rows[i].text, &name, &status) < 0)
            fail_msg("%s", status.message);
        assert_part(name.instance, rows[i].instance);
        assert_part(name.uuid, "");
        assert_int_equal(name.zstd, rows[i].zstd);
        assert_int_equal(name.digest.size, rows[i].size);
        resource_name_format(&name, &text);
        assert_buf(&text, rows[i].text);
    }
}

static void resource_names_to_write_are_parsed(void **state)
{
    static const struct {
        const char *text, *instance, *formatted;
    } rows[] = {
        {UPLOAD "blobs/" HASH "/3", "", UPLOAD "blobs/" HASH "/3"},
        {"x/y/" UPLOAD "compressed-blobs/zstd/" HASH "/3", "x/y",
         "x/y/" UPLOAD "compressed-blobs/zstd/" HASH "/3"},
        {UPLOAD "blobs/" HASH "/3/some/uploads//meta data", "", UPLOAD "blobs/" HASH "/3"},
        {"i/" UPLOAD "blobs/" HASH "/3/", "i", "i/" UPLOAD "blobs/" HASH "/3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_status status = RPC_STATUS_INIT;
        struct resource_name name;
        auto_buf text = BUF_INIT;
        if (resource_name_parse_write(rows[i].text, &name, &status) < 0)
            fail_msg("%s", status.message);
        assert_part(name.instance, rows[i].instance);
        assert_part(name.uuid, "1-2-3");
        resource_name_format(&name, &text);
        assert_buf(&text, rows[i].formatted);
    }
}

static void assert_refused(parse_fn *parse, const char *text, const char *why)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct resource_name name;
    auto_free char *expected = xasprintf("the resource name '%s' %s", text, why);

    assert_int_equal(parse(text, &name, &status), -1);
    assert_string_equal(status.message, expected);
    assert_int_equal(status.code, RPC_INVALID_ARGUMENT);
}

static void resource_names_to_read_are_refused_with_the_reason(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "has a slash at its start or end, or two in a row"},
        {"abc", "has neither 'blobs' nor 'compressed-blobs' in it"},
        {"/blobs/" HASH "/3", "has a slash at its start or end, or two in a row"},
        {"a//blobs/" HASH "/3", "has a slash at its start or end, or two in a row"},
        {"a/actions/blobs/" HASH "/3",
         "has 'actions' where 'blobs' or 'compressed-blobs' should stand"},
        {"uploads/u/blobs/" HASH "/3",
         "has 'uploads' where 'blobs' or 'compressed-blobs' should stand"},
        {"compressed-blobs/deflate/" HASH "/3",
         "has 'deflate' as its compressor; zstd is the one that is served here"},
        {"blobs/blake3/" HASH "/3", "has 'blake3' as its digest function; SHA-256 is the one that "
                                    "is served here, and it isn't named"},
        {"blobs/sha256/" HASH "/3", "has 'sha256' as its digest function; SHA-256 is the one that "
                                    "is served here, and it isn't named"},
        {"blobs/" HASH "a/3", "has '" HASH "a' of 65 characters for a hash; SHA-256 has 64 digits"},
        {"blobs/abc/3", "has 'abc' of 3 characters for a hash; SHA-256 has 64 digits"},
        {"blobs", "has '' of 0 characters for a hash; SHA-256 has 64 digits"},
        {"blobs/2C26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/3",
         "has '2C26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae' for a hash; it "
         "has digits and the letters a to f"},
        {"blobs/" HASH, "has '' for a size; it is a decimal number, not negative"},
        {"blobs/" HASH "/-3", "has '-3' for a size; it is a decimal number, not negative"},
        {"blobs/" HASH "/3x", "has '3x' for a size; it is a decimal number, not negative"},
        {"blobs/" HASH "/03", "has '03' for a size; it is a decimal number, not negative"},
        {"blobs/" HASH "/9223372036854775808",
         "has '9223372036854775808' for a size; it is a decimal number, not negative"},
        {"blobs/" EMPTY "/3", "has '3' for a size, which that hash can't have"},
        {"blobs/" HASH "/0", "has '0' for a size, which that hash can't have"},
        {"blobs/" HASH "/3/more", "goes on after the size"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_refused(resource_name_parse_read, rows[i].text, rows[i].why);
}

static void resource_names_to_write_are_refused_with_the_reason(void **state)
{
    (void)state;
    assert_refused(resource_name_parse_write, "blobs/" HASH "/3",
                   "has no 'uploads/UUID' in front of what is written");
    assert_refused(resource_name_parse_write, "uploads", "has no UUID after 'uploads'");
    assert_refused(resource_name_parse_write, "uploads//blobs/" HASH "/3",
                   "has no UUID after 'uploads'");
    assert_refused(resource_name_parse_write, "uploads/u",
                   "has '' where 'blobs' or 'compressed-blobs' should stand");
}

static void resource_names_that_are_long_are_cut_in_messages(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct resource_name name;
    auto_buf text = BUF_INIT, expected = BUF_INIT;

    (void)state;
    for (int i = 0; i <= LIMIT_RESOURCE_NAME; i++)
        buf_add_char(&text, i == 0 ? '\n' : 'a');
    buf_add_str(&expected, "the resource name '.");
    for (int i = 1; i < 200; i++)
        buf_add_char(&expected, 'a');
    buf_add_str(&expected, "…' is too long");
    assert_int_equal(resource_name_parse_read(text.data, &name, &status), -1);
    assert_string_equal(status.message, expected.data);
}

static void resource_names_have_short_uuids(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct resource_name name;
    auto_buf text = BUF_INIT;

    (void)state;
    buf_add_str(&text, "uploads/");
    for (int i = 0; i <= LIMIT_UUID; i++)
        buf_add_char(&text, 'u');
    buf_add_str(&text, "/blobs/" HASH "/3");
    assert_int_equal(resource_name_parse_write(text.data, &name, &status), -1);
    assert_non_null(strstr(status.message, "has a UUID that is too long"));
}

static void instance_names_may_have_slashes_and_any_letters(void **state)
{
    static const char *const good[] = {
        "", "main", "a/b/c", "blobs2/x", "\xc3\xa4/\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(check_instance_name(good[i], &status), 0);
}

static void instance_names_are_refused_with_the_reason(void **state)
{
    static const struct {
        const char *name, *message;
    } rows[] = {
        {"/", "the instance name '/' has a slash at its start or end, or two in a row"},
        {"a//b", "the instance name 'a//b' has a slash at its start or end, or two in a row"},
        {"a/blobs", "the instance name 'a/blobs' has a segment that is a word of resource names, "
                    "such as 'blobs' or 'uploads'"},
        {"a\nb", "the instance name 'a.b' isn't printable UTF-8"},
        {"\xc0\xaf", "the instance name '..' isn't printable UTF-8"},
        {"\xed\xa0\x80", "the instance name '...' isn't printable UTF-8"},
        {"\xe2\x82", "the instance name '..' isn't printable UTF-8"},
        {"\xf4\x90\x80\x80", "the instance name '....' isn't printable UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_status status = RPC_STATUS_INIT;
        assert_int_equal(check_instance_name(rows[i].name, &status), -1);
        assert_string_equal(status.message, rows[i].message);
        assert_int_equal(status.code, RPC_INVALID_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resource_names_to_read_are_parsed),
        cmocka_unit_test(resource_names_to_write_are_parsed),
        cmocka_unit_test(resource_names_to_read_are_refused_with_the_reason),
        cmocka_unit_test(resource_names_to_write_are_refused_with_the_reason),
        cmocka_unit_test(resource_names_that_are_long_are_cut_in_messages),
        cmocka_unit_test(resource_names_have_short_uuids),
        cmocka_unit_test(instance_names_may_have_slashes_and_any_letters),
        cmocka_unit_test(instance_names_are_refused_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
