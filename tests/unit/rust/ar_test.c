/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/ar.h"

#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "rust/ar_walk.h"
#include "support/test.h"

/* Adds a member as it stands: the 16 bytes of its name, and its data. */
static void add_raw(struct buf *buf, const char *name, const void *data, size_t len)
{
    buf_addf(buf, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0, "644", len);
    buf_add(buf, data, len);
    if (len % 2)
        buf_add_char(buf, '\n');
}

#define add_raw_text(buf, name, text) add_raw(buf, name, text, sizeof(text) - 1)

static void assert_refused(const struct buf *bytes, const char *text)
{
    auto_error err = ERROR_INIT;
    struct ar ar = AR_INIT;

    assert_int_equal(ar_parse(bytes->data, bytes->len, &ar, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
    assert_null(ar.members);
}

static void parse(const struct buf *bytes, struct ar *ret_ar)
{
    auto_error err = ERROR_INIT;

    assert_success(ar_parse(bytes->data, bytes->len, ret_ar, &err), &err);
}

static const char *symbol(const struct ar *ar, size_t member, size_t number)
{
    assert_true(number < ar->members[member].symbol_count);
    return ar->symbols[ar->members[member].first_symbol + number];
}

static void ar_reads_members_names_and_symbols(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    add_raw_text(&bytes, "/",
                 "\0\0\0\2\0\0\0\xe8\0\0\0\xe8"
                 "one\0two\0");
    add_raw_text(&bytes, "//", "a long name.rcgu.o/\n");
    add_raw_text(&bytes, "/0", "odd");
    add_raw_text(&bytes, "short.o/", "even");
    parse(&bytes, &ar);
    assert_int_equal(ar.member_count, 2);
    assert_string_equal(ar.members[0].name, "a long name.rcgu.o");
    assert_int_equal(ar.members[0].len, 3);
    assert_memory_equal(ar.members[0].data, "odd", 3);
    assert_string_equal(ar.members[1].name, "short.o");
    assert_int_equal(ar.members[0].symbol_count, 0);
    assert_int_equal(ar.members[1].symbol_count, 2);
    assert_string_equal(symbol(&ar, 1, 0), "one");
    assert_string_equal(symbol(&ar, 1, 1), "two");
    assert_ptr_equal(ar_find(&ar, "short.o"), &ar.members[1]);
    assert_null(ar_find(&ar, "short"));
}

static void ar_reads_an_archive_without_members(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    parse(&bytes, &ar);
    assert_int_equal(ar.member_count, 0);
}

static void ar_reads_a_last_member_without_padding(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    add_raw_text(&bytes, "a.o/", "odd");
    buf_set_len(&bytes, bytes.len - 1);
    parse(&bytes, &ar);
    assert_int_equal(ar.members[0].len, 3);
}

static void ar_groups_the_symbols_of_a_mixed_index_by_member(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    add_raw_text(&bytes, "/",
                 "\0\0\0\3\0\0\0\x98\0\0\0\x5a\0\0\0\x98"
                 "x\0y\0z\0");
    add_raw_text(&bytes, "a.o/", "aa");
    add_raw_text(&bytes, "b.o/", "bb");
    parse(&bytes, &ar);
    assert_string_equal(symbol(&ar, 0, 0), "y");
    assert_string_equal(symbol(&ar, 1, 0), "x");
    assert_string_equal(symbol(&ar, 1, 1), "z");
}

static void ar_reads_an_index_of_64_bits(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    add_raw_text(&bytes, "/SYM64/",
                 "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x56"
                 "s\0");
    add_raw_text(&bytes, "a.o/", "aa");
    parse(&bytes, &ar);
    assert_string_equal(symbol(&ar, 0, 0), "s");
}

static void ar_refuses_what_is_no_archive(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"", "not an ar archive"},
        {"!<arch>", "not an ar archive"},
        {"\177ELF....", "not an ar archive"},
        {"!<thin>\n", "a thin archive, whose members lie elsewhere: make it without ar's T"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_buf bytes = BUF_INIT;
        buf_add_str(&bytes, cases[i].bytes);
        assert_refused(&bytes, cases[i].text);
    }
}

static void ar_refuses_an_archive_cut_off_anywhere(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    add_raw_text(&bytes, "a.o/", "data");
    buf_set_len(&bytes, bytes.len - 1);
    assert_refused(&bytes, "the archive is cut off at byte 71, in the member at byte 8");
    buf_set_len(&bytes, 67);
    assert_refused(&bytes, "the archive is cut off at byte 67, in a header");
    buf_set_len(&bytes, 9);
    assert_refused(&bytes, "the archive is cut off at byte 9, in a header");
}

static void ar_refuses_broken_headers(void **state)
{
    static const struct {
        const char *name, *size, *end, *text;
    } cases[] = {
        {"a.o/", "1", "x\n", "the archive has no member's header at byte 8"},
        {"a.o/", "", "`\n", "the archive has no member's header at byte 8"},
        {"a.o/", "0x1", "`\n", "the archive has no member's header at byte 8"},
        {"a.o/", "-1", "`\n", "the archive has no member's header at byte 8"},
        {"a.o/", "9999999999", "`\n", "the archive is cut off at byte 69, in the member at byte 8"},
        {"/", "1", "`\n", "the archive's symbol index is broken"},
        {"/7", "1", "`\n", "the archive's member at byte 8 has a name that its table lacks"},
        {"/x", "1", "`\n", "the archive's member at byte 8 has a name that its table lacks"},
        {"#1/20", "1", "`\n", "a BSD archive: make it with GNU's ar or llvm-ar --format=gnu"},
        {"", "1", "`\n", "the archive's member at byte 8 has a broken name"},
        {"a\nb/", "1", "`\n", "the archive's member at byte 8 has a broken name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_buf bytes = BUF_INIT;
        buf_addf(&bytes, "%s%-48s%-10s%s.", AR_MAGIC, cases[i].name, cases[i].size, cases[i].end);
        assert_refused(&bytes, cases[i].text);
    }
}

static void ar_refuses_a_long_name_without_an_end(void **state)
{
    auto_buf bytes = BUF_INIT;

    (void)state;
    buf_add_str(&bytes, AR_MAGIC);
    add_raw_text(&bytes, "//", "endless/");
    add_raw_text(&bytes, "/3", "");
    assert_refused(&bytes, "the archive's member at byte 76 has a name without an end");
}

static void ar_refuses_an_endlessly_long_name(void **state)
{
    auto_buf names = BUF_INIT;
    auto_buf bytes = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < AR_LONG_NAME_CAP; i++)
        buf_add_char(&names, 'x');
    buf_add_str(&names, "/\n");
    buf_add_str(&bytes, AR_MAGIC);
    add_raw(&bytes, "//", names.data, names.len);
    add_raw_text(&bytes, "/0", "");
    assert_refused(&bytes, "the archive's member at byte 1094 has a name without an end");
}

static void ar_refuses_broken_indexes(void **state)
{
    static const struct {
        const char *index;
        size_t len;
    } cases[] = {
        {"\0\0\0", 3},               /* no count */
        {"\xff\xff\xff\xff....", 8}, /* more than there is room for */
        {"\0\0\0\1\0\0\0\x4e"
         "a",
         9}, /* a name without an end */
        {"\0\0\0\1\0\0\0\x4f"
         "a\0",
         10}, /* no member there */
        {"\0\0\0\2\0\0\0\x52\0\0\0\x52"
         "a\0",
         14}, /* a name too few */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_buf bytes = BUF_INIT;
        buf_add_str(&bytes, AR_MAGIC);
        add_raw(&bytes, "/", cases[i].index, cases[i].len);
        add_raw_text(&bytes, "a.o/", "");
        assert_refused(&bytes, "the archive's symbol index is broken");
    }
}

static void write_buf(const struct ar *ar, struct buf *bytes)
{
    auto_error err = ERROR_INIT;

    assert_success(ar_write_buf(ar, bytes, &err), &err);
}

static void ar_writes_headers_as_llvm_does(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    ar_add_member(&ar, "lib.rmeta", "odd", 3);
    ar_add_member(&ar, "sixteen bytes.oo", "even", 4);
    ar_add_symbol(&ar, "s");
    write_buf(&ar, &bytes);
    static const char expected[] = "!<arch>\n"
                                   "/               0           0     0     0       10        `\n"
                                   "\0\0\0\1\0\0\0\xdcs\0"
                                   "//                                              18        `\n"
                                   "sixteen bytes.oo/\n"
                                   "lib.rmeta/      0           0     0     644     3         `\n"
                                   "odd\n"
                                   "/0              0           0     0     644     4         `\n"
                                   "even";
    assert_int_equal(bytes.len, sizeof(expected) - 1);
    assert_memory_equal(bytes.data, expected, sizeof(expected) - 1);
}

static void ar_writes_an_index_for_members_without_symbols(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    ar_add_member(&ar, "a.o", "", 0);
    write_buf(&ar, &bytes);
    static const char expected[] = "!<arch>\n"
                                   "/               0           0     0     0       8         `\n"
                                   "\0\0\0\0\0\0\0\0"
                                   "a.o/            0           0     0     644     0         `\n";
    assert_int_equal(bytes.len, sizeof(expected) - 1);
    assert_memory_equal(bytes.data, expected, sizeof(expected) - 1);
}

static void ar_writes_nothing_but_the_magic_without_members(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_buf(&ar, &bytes);
    assert_buf(&bytes, AR_MAGIC);
}

static void ar_names_repeated_long_names_once(void **state)
{
    static const char *const names[] = {"b, a long name.o", "a.o", "a, a long name.o",
                                        "b, a long name.o", "with/slash"};
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;
    auto_ar again = AR_INIT;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        ar_add_member(&ar, names[i], "", 0);
    write_buf(&ar, &bytes);
    assert_non_null(memmem(bytes.data, bytes.len,
                           "`\nb, a long name.o/\na, a long name.o/\nwith/slash/\n/0 ", 53));
    parse(&bytes, &again);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(again.members[i].name, names[i]);
}

static void ar_reads_back_a_name_that_looks_like_another_format(void **state)
{
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;
    auto_ar again = AR_INIT;

    (void)state;
    ar_add_member(&ar, "#1", "", 0);
    write_buf(&ar, &bytes);
    parse(&bytes, &again);
    assert_string_equal(again.members[0].name, "#1");
}

static void ar_copies_a_member_with_its_symbols(void **state)
{
    auto_ar from = AR_INIT;
    auto_ar to = AR_INIT;

    (void)state;
    ar_add_member(&from, "a.o", "a", 1);
    ar_add_symbol(&from, "a1");
    ar_add_member(&from, "b.o", "b", 1);
    ar_add_symbol(&from, "b1");
    ar_add_symbol(&from, "b2");
    ar_add_copy(&to, &from, &from.members[1]);
    ar_add_copy(&to, &from, &from.members[0]);
    assert_string_equal(to.members[0].name, "b.o");
    assert_string_equal(symbol(&to, 0, 1), "b2");
    assert_string_equal(symbol(&to, 1, 0), "a1");
}

/* The name of the index of an archive whose last member starts that many bytes in. */
static void assert_index(uint64_t last_member_at, const char *name)
{
    auto_buf front = BUF_INIT;
    auto_ar ar = AR_INIT;
    uint64_t before = AR_MAGIC_LEN + AR_HEADER_LEN + 10 + AR_HEADER_LEN;

    ar_add_member(&ar, "big.o", "", last_member_at - before);
    ar_add_member(&ar, "last.o", "", 0);
    ar_add_symbol(&ar, "s");
    ar_write_front(&ar, &front);
    assert_memory_equal(front.data + AR_MAGIC_LEN, name, strlen(name));
}

static void ar_has_offsets_of_64_bits_only_where_it_must(void **state)
{
    (void)state;
    assert_index((1ull << 32) - 2, "/   ");
    assert_index(1ull << 32, "/SYM64/ ");
}

static void ar_places_members_behind_an_index_of_64_bits(void **state)
{
    auto_buf front = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    ar_add_member(&ar, "big.o", "", 5ull << 30);
    ar_add_member(&ar, "last.o", "", 0);
    ar_add_symbol(&ar, "s");
    ar_write_front(&ar, &front);
    static const char index[] = "`\n\0\0\0\0\0\0\0\1\0\0\0\1\x40\0\0\x92s\0";
    assert_memory_equal(front.data + AR_MAGIC_LEN + AR_HEADER_LEN - 2, index, sizeof(index) - 1);
    assert_int_equal(front.len, AR_MAGIC_LEN + AR_HEADER_LEN + 18);
}

static void ar_refuses_to_write_a_member_too_large_for_its_header(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    ar_add_member(&ar, "huge.o", "", 10000000000);
    assert_int_equal(ar_write_buf(&ar, &bytes, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the member huge.o is too large for an archive");
    assert_int_equal(ar_write(&ar, "out.a", &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "cannot write out.a: the member huge.o is too large for an archive");
}

static void ar_write_names_a_place_it_cannot_write(void **state)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    assert_int_equal(ar_write(&ar, "nowhere/out.a", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write nowhere/out.a: No such file or directory");
}

/* Reads the archive, writes it again, and compares. */
static void assert_rewritten(const char *path)
{
    auto_error err = ERROR_INIT;
    auto_mapping old = MAPPING_INIT;
    auto_mapping new = MAPPING_INIT;
    auto_ar ar = AR_INIT;

    assert_success(mapping_open(path, &old, &err), &err);
    assert_success(ar_parse(old.data, old.len, &ar, &err), &err);
    assert_success(ar_write(&ar, "again.a", &err), &err);
    assert_success(mapping_open("again.a", &new, &err), &err);
    assert_int_equal(new.len, old.len);
    assert_memory_equal(new.data, old.data, old.len);
}

static void ar_writes_the_archives_that_rustc_writes(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    test_write("empty.rs", "");
    test_write("lib.rs", "use std::fmt::Debug;\n"
                         "pub fn text<T: Debug>(t: T) -> String { format!(\"{t:?}\") }\n"
                         "#[no_mangle] pub extern \"C\" fn answer() -> usize { text(4).len() }\n");
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++) {
        test_run(*rustc, "--edition=2021", "--crate-type=rlib", "empty.rs", NULL);
        assert_rewritten("libempty.rlib");
        test_run(*rustc, "--edition=2021", "--crate-type=rlib,staticlib", "-g", "-Ccodegen-units=4",
                 "lib.rs", NULL);
        assert_rewritten("liblib.rlib");
        assert_rewritten("liblib.a");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ar_reads_members_names_and_symbols),
        cmocka_unit_test(ar_reads_an_archive_without_members),
        cmocka_unit_test(ar_reads_a_last_member_without_padding),
        cmocka_unit_test(ar_groups_the_symbols_of_a_mixed_index_by_member),
        cmocka_unit_test(ar_reads_an_index_of_64_bits),
        cmocka_unit_test(ar_refuses_what_is_no_archive),
        cmocka_unit_test(ar_refuses_an_archive_cut_off_anywhere),
        cmocka_unit_test(ar_refuses_broken_headers),
        cmocka_unit_test(ar_refuses_a_long_name_without_an_end),
        cmocka_unit_test(ar_refuses_an_endlessly_long_name),
        cmocka_unit_test(ar_refuses_broken_indexes),
        cmocka_unit_test(ar_writes_headers_as_llvm_does),
        cmocka_unit_test(ar_writes_an_index_for_members_without_symbols),
        cmocka_unit_test(ar_writes_nothing_but_the_magic_without_members),
        cmocka_unit_test(ar_names_repeated_long_names_once),
        cmocka_unit_test(ar_reads_back_a_name_that_looks_like_another_format),
        cmocka_unit_test(ar_copies_a_member_with_its_symbols),
        cmocka_unit_test(ar_has_offsets_of_64_bits_only_where_it_must),
        cmocka_unit_test(ar_places_members_behind_an_index_of_64_bits),
        cmocka_unit_test(ar_refuses_to_write_a_member_too_large_for_its_header),
        file_test(ar_write_names_a_place_it_cannot_write),
        file_test(ar_writes_the_archives_that_rustc_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
