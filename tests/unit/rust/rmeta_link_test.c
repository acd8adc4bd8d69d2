/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rmeta_link.h"

#include <elf.h>
#include <string.h>

#include "rust/crate_member.h"
#include "rust/elf.h"
#include "support/crates.h"
#include "support/test.h"

#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#define UNKNOWN                                                                                    \
    "its member lib.rmeta-link isn't of a form that cleave knows: is its rustc newer than this "   \
    "cleave?"

static int parse(const struct buf *member, struct rmeta_link *link, struct error *err)
{
    return rmeta_link_parse((const unsigned char *)member->data, member->len, link, err);
}

static void the_list_of_bundled_libraries_is_read(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf member = BUF_INIT;
    auto_rmeta_link link = RMETA_LINK_INIT;

    (void)state;
    test_rmeta_link(NAMES("libnat.a", "", "odd-name.lib"), &member);
    assert_success(parse(&member, &link, &err), &err);
    assert_true(link.names_bundled);
    assert_int_equal(link.bundled.len, 2);
    assert_string_equal(link.bundled.items[0], "libnat.a");
    assert_string_equal(link.bundled.items[1], "odd-name.lib");
}

static void before_1_99_there_is_no_such_list(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf member = BUF_INIT;
    auto_rmeta_link link = RMETA_LINK_INIT;

    (void)state;
    test_rmeta_link(NULL, &member);
    assert_success(parse(&member, &link, &err), &err);
    assert_false(link.names_bundled);
    assert_int_equal(link.bundled.len, 0);
}

static void lists_of_another_form_are_refused(void **state)
{
    /* Bare, as on targets for which rustc makes no objects. */
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
#define CASE(text) {text, sizeof(text) - 1}
        CASE(""),
        CASE("text"),
        CASE("\0rust-end-fil"),
        CASE("\0rust-end-file\n"),
        CASE("\1\1a\xc0rust-end-file"),         /* a string with another end */
        CASE("\0\1\2rust-end-file"),            /* neither there nor not */
        CASE("\0\1\1\1\0\xc1rust-end-file"),    /* a name that is no C string */
        CASE("\0\2\0rust-end-file"),            /* one too few */
        CASE("\0\1\0\1rust-end-file"),          /* a third list */
        CASE("\0\xff\xff\xff\xff\x0f\0\0\0\0"), /* very many */
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_error err = ERROR_INIT;
        auto_rmeta_link link = RMETA_LINK_INIT;
        assert_int_equal(
            rmeta_link_parse((const unsigned char *)cases[i].bytes, cases[i].len, &link, &err), -1);
        assert_error(&err, ERROR_REFUSED, UNKNOWN);
        assert_int_equal(link.bundled.len, 0);
    }
}

static void a_broken_object_is_refused(void **state)
{
    auto_error err = ERROR_INIT;
    auto_rmeta_link link = RMETA_LINK_INIT;

    (void)state;
    assert_int_equal(rmeta_link_parse((const unsigned char *)"\177ELF", 4, &link, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "its member lib.rmeta-link: the ELF file is cut off or broken: its header ends "
                 "early");
}

/* A rlib of members "lib.rmeta", OTHER unless NULL, and LIBRARIES that it bundles. */
struct fixture {
    struct buf rmeta_link;
    struct buf library;
    struct ar ar;
};

static void fixture_release(struct fixture *f)
{
    buf_release(&f->rmeta_link);
    buf_release(&f->library);
    ar_release(&f->ar);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

static void fixture_init(struct fixture *f, const char *const *named, const char *const *libraries)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    const struct elf_section section = {.name = BUNDLED_SECTION, .type = SHT_PROGBITS, .align = 1};

    *f = (struct fixture){.rmeta_link = BUF_INIT, .library = BUF_INIT, .ar = AR_INIT};
    elf_write(&target, &section, 1, &f->library);
    test_rmeta_link(named, &f->rmeta_link);
    ar_add_member(&f->ar, METADATA_MEMBER, "", 0);
    ar_add_member(&f->ar, METADATA_LINK_MEMBER, f->rmeta_link.data, f->rmeta_link.len);
    ar_add_member(&f->ar, "plain.o", "text", 4);
    for (; *libraries; libraries++)
        ar_add_member(&f->ar, *libraries, f->library.data, f->library.len);
}

static void the_member_is_found_where_it_names_libraries(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;
    const struct ar_member *member = NULL;

    (void)state;
    fixture_init(&f, NAMES("", "libn.a"), NAMES("libn.a"));
    assert_success(rmeta_link_find(&f.ar, &member, &err), &err);
    assert_ptr_equal(member, &f.ar.members[1]);
}

static void the_member_is_not_needed_where_it_names_none(void **state)
{
    static const char *const none[] = {NULL};
    const struct {
        const char *const *named;
        const char *const *libraries;
    } cases[] = {{none, none}, {NAMES(""), none}, {NULL, none}, {NULL, NAMES("libn.a")}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_fixture f;
        auto_error err = ERROR_INIT;
        const struct ar_member *member = NULL;
        fixture_init(&f, cases[i].named, cases[i].libraries);
        assert_int_equal(rmeta_link_find(&f.ar, &member, &err), 1);
        assert_null(member);
    }
}

static void a_rlib_without_the_member_is_an_old_one(void **state)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;
    const struct ar_member *member = NULL;

    (void)state;
    ar_add_member(&ar, METADATA_MEMBER, "", 0);
    assert_int_equal(rmeta_link_find(&ar, &member, &err), 1);
}

static void other_libraries_than_are_named_are_refused(void **state)
{
    static const char *const none[] = {NULL};
    const struct {
        const char *const *named;
        const char *const *libraries;
        const char *text;
    } cases[] = {
        {NAMES("libn.a"), none,
         "its member lib.rmeta-link names the bundled library libn.a, which isn't in it in a form "
         "that cleave knows"},
        {NAMES("plain.o"), none,
         "its member lib.rmeta-link names the bundled library plain.o, which isn't in it in a form "
         "that cleave knows"},
        {NAMES("libn.a"), NAMES("libn.a", "libm.a"),
         "its member lib.rmeta-link doesn't name libm.a, a library that is bundled in it"},
        {NAMES(""), NAMES("libm.a"),
         "its member lib.rmeta-link doesn't name libm.a, a library that is bundled in it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_fixture f;
        auto_error err = ERROR_INIT;
        const struct ar_member *member = NULL;
        fixture_init(&f, cases[i].named, cases[i].libraries);
        assert_int_equal(rmeta_link_find(&f.ar, &member, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
}

static void a_further_member_of_rustc_is_refused_by_name(void **state)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;
    const struct ar_member *member = NULL;

    (void)state;
    ar_add_member(&ar, METADATA_MEMBER, "", 0);
    ar_add_member(&ar, "lib.rmeta-more", "", 0);
    assert_int_equal(rmeta_link_find(&ar, &member, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "cleave doesn't know what its member lib.rmeta-more is: is its rustc newer than "
                 "this cleave?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_of_bundled_libraries_is_read),
        cmocka_unit_test(before_1_99_there_is_no_such_list),
        cmocka_unit_test(lists_of_another_form_are_refused),
        cmocka_unit_test(a_broken_object_is_refused),
        cmocka_unit_test(the_member_is_found_where_it_names_libraries),
        cmocka_unit_test(the_member_is_not_needed_where_it_names_none),
        cmocka_unit_test(a_rlib_without_the_member_is_an_old_one),
        cmocka_unit_test(other_libraries_than_are_named_are_refused),
        cmocka_unit_test(a_further_member_of_rustc_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
