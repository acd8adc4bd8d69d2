/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/crate_member.h"

#include <elf.h>
#include <string.h>

#include "rust/elf.h"
#include "rust/marker.h"
#include "support/test.h"

/* An object with "library" in the section of that name. */
static void write_object(const char *section_name, struct buf *buf)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    struct elf_section section = {.name = section_name,
                                  .type = SHT_PROGBITS,
                                  .data = (const unsigned char *)"library",
                                  .len = 7};

    elf_write(&target, &section, 1, buf);
}

static void crate_member_kind_tells_members_apart(void **state)
{
    auto_buf bundled = BUF_INIT;
    auto_buf object = BUF_INIT;
    auto_ar ar = AR_INIT;

    (void)state;
    write_object(BUNDLED_SECTION, &bundled);
    write_object(".text", &object);
    ar_add_member(&ar, "lib.rmeta", "", 0);
    ar_add_member(&ar, "lib.rmeta-link", "", 0);
    ar_add_member(&ar, MARKER_MEMBER, "", 0);
    ar_add_member(&ar, "libnat.a", bundled.data, bundled.len);
    ar_add_member(&ar, "a.o", object.data, object.len);
    ar_add_member(&ar, "liba.a", "!<arch>\n", 8);
    ar_add_member(&ar, "broken.o", "\177ELF", 4);
    static const enum crate_member_kind expected[] = {
        CRATE_MEMBER_METADATA, CRATE_MEMBER_METADATA, CRATE_MEMBER_MARKER, CRATE_MEMBER_BUNDLED,
        CRATE_MEMBER_CODE,     CRATE_MEMBER_CODE,     CRATE_MEMBER_CODE,
    };
    for (size_t i = 0; i < ar.member_count; i++)
        assert_int_equal(crate_member_kind(&ar.members[i]), expected[i]);
}

static bool is_bundled_under(const char *name, const struct buf *object)
{
    const struct ar_entry entry = {.name = name,
                                   .name_len = strlen(name),
                                   .data = (const unsigned char *)object->data,
                                   .len = object->len};

    return crate_entry_is_bundled(&entry);
}

static void crate_entry_is_bundled_when_an_object_holds_a_library(void **state)
{
    auto_buf bundled = BUF_INIT;
    auto_buf object = BUF_INIT;
    auto_buf broken = BUF_INIT;

    (void)state;
    write_object(BUNDLED_SECTION, &bundled);
    write_object(".text", &object);
    buf_add_str(&broken, "\177ELF");
    assert_true(is_bundled_under("libnat.a", &bundled));
    assert_true(is_bundled_under("x", &bundled));
    assert_false(is_bundled_under("libnat.a", &object));
    assert_false(is_bundled_under("libnat.a", &broken));
    assert_false(is_bundled_under("a.cgu.0.rcgu.o", &bundled));
}

static void crate_bundled_library_is_what_the_section_holds(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bundled = BUF_INIT;
    auto_ar ar = AR_INIT;
    const unsigned char *data;
    size_t len;

    (void)state;
    write_object(BUNDLED_SECTION, &bundled);
    ar_add_member(&ar, "libnat.a", bundled.data, bundled.len);
    assert_success(crate_bundled_library(&ar, "libnat.a", &data, &len, &err), &err);
    assert_int_equal(len, 7);
    assert_memory_equal(data, "library", 7);
}

static void crate_bundled_library_is_refused_where_there_is_none(void **state)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;
    const unsigned char *data;
    size_t len;

    (void)state;
    ar_add_member(&ar, "a.o", "", 0);
    assert_int_equal(crate_bundled_library(&ar, "a.o", &data, &len, &err), -1);
    assert_error(&err, ERROR_REFUSED, "no library a.o is bundled in it");
    assert_int_equal(crate_bundled_library(&ar, "libnat.a", &data, &len, &err), -1);
    assert_error(&err, ERROR_REFUSED, "no library libnat.a is bundled in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crate_member_kind_tells_members_apart),
        cmocka_unit_test(crate_entry_is_bundled_when_an_object_holds_a_library),
        cmocka_unit_test(crate_bundled_library_is_what_the_section_holds),
        cmocka_unit_test(crate_bundled_library_is_refused_where_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
