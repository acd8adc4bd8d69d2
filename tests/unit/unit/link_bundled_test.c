/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link_bundled.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rust/ar.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "support/crates.h"
#include "support/test.h"

/* A plan whose line has the crates liba.rlib, which bundles libn.a, and libs.so. */
struct fixture {
    struct plan plan;
    struct link_crates crates;
};

static void write_rlib(const char *path)
{
    static const struct elf_target target = ELF_TARGET_X86_64;
    const struct elf_section section = {.name = BUNDLED_SECTION,
                                        .type = SHT_PROGBITS,
                                        .align = 1,
                                        .data = (const unsigned char *)"library",
                                        .len = 7};
    auto_error err = ERROR_INIT;
    auto_buf library = BUF_INIT;
    auto_ar ar = AR_INIT;

    elf_write(&target, &section, 1, &library);
    ar_add_member(&ar, METADATA_MEMBER, "", 0);
    ar_add_member(&ar, "a.rcgu.o", "code", 4);
    ar_add_member(&ar, "libn.a", library.data, library.len);
    assert_success(ar_write(&ar, path, &err), &err);
}

static void fixture_init(struct fixture *f)
{
    struct digest digest = test_digest("x");

    *f = (struct fixture){.plan = PLAN_INIT};
    plan_add_crate(&f->plan, "liba.rlib", &digest);
    plan_add_crate(&f->plan, "libs.so", &digest);
    f->crates.count = 2;
    f->crates.paths = xcalloc(2, sizeof(*f->crates.paths));
    f->crates.unproven = xcalloc(2, sizeof(*f->crates.unproven));
    f->crates.paths[0] = xstrdup("liba.rlib");
    f->crates.paths[1] = xstrdup("libs.so");
    write_rlib("liba.rlib");
    test_write("libs.so", "no archive");
    for (size_t i = 0; i < 2; i++)
        word_add_part(plan_add_word(&f->plan), PART_CRATE, NULL)->crate = i;
}

static void fixture_release(struct fixture *f)
{
    plan_release(&f->plan);
    link_crates_release(&f->crates);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

static void add_part(struct fixture *f, enum part_kind kind, const char *text, size_t crate)
{
    struct word *word = plan_add_word(&f->plan);

    word_add_part(word, PART_LITERAL, "-Wl,");
    word_add_part(word, kind, text)->crate = crate;
}

static void a_line_with_every_bundled_library_is_good(void **state)
{
    static const struct {
        enum part_kind kind;
        const char *text;
        size_t crate;
    } cases[] = {
        {PART_BUNDLED, "libn.a", 0},
        {PART_BUNDLED, "libn.a", PLAN_NO_CRATE}, /* codegen saw no stand-in */
        {PART_UNIT_FILE, "003-libn.a", 0},       /* codegen saw the real rlib */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_fixture f;
        auto_error err = ERROR_INIT;
        fixture_init(&f);
        add_part(&f, cases[i].kind, cases[i].text, cases[i].crate);
        assert_success(link_bundled_check(&f.plan, &f.crates, &err), &err);
    }
}

static void a_bundled_library_that_the_line_lacks_is_refused(void **state)
{
    static const struct {
        enum part_kind kind;
        const char *text;
        size_t crate;
    } cases[] = {
        {PART_LITERAL, "libn.a", 0},       {PART_BUNDLED, "libm.a", 0},
        {PART_BUNDLED, "libn.a", 1}, /* another crate's */
        {PART_UNIT_FILE, "003-libm.a", 0}, {PART_UNIT_FILE, "libn.a", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_fixture f;
        auto_error err = ERROR_INIT;
        fixture_init(&f);
        add_part(&f, cases[i].kind, cases[i].text, cases[i].crate);
        assert_int_equal(link_bundled_check(&f.plan, &f.crates, &err), -1);
        assert_error(&err, ERROR_REFUSED,
                     "liba.rlib: it bundles libn.a, which codegen didn't ask the linker for: the "
                     "hollow that codegen saw didn't name it; run codegen against one made from "
                     "this rlib");
    }
}

static void a_rlib_that_the_line_lacks_may_bundle_anything(void **state)
{
    struct digest digest = test_digest("x");
    auto_plan plan = PLAN_INIT;
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    plan_add_crate(&plan, "liba.rlib", &digest);
    assert_success(link_bundled_check(&plan, &f.crates, &err), &err);
}

static void a_broken_rlib_is_refused_by_name(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    test_write("liba.rlib", "text");
    assert_int_equal(link_bundled_check(&f.plan, &f.crates, &err), -1);
    assert_error(&err, ERROR_REFUSED, "liba.rlib: not an ar archive");
}

static void bundled_libraries_are_written_as_files(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    add_part(&f, PART_BUNDLED, "libn.a", 0);
    auto_free char *dir = xstrdup("out");
    struct link_places places = {.plan = &f.plan, .crates = &f.crates, .bundled_dir = dir};
    assert_success(link_bundled_write(&places, &err), &err);
    assert_file("out/0-libn.a", "library");
    assert_int_equal(test_count_entries("out"), 1);
    add_part(&f, PART_BUNDLED, "libm.a", 0);
    assert_int_equal(link_bundled_write(&places, &err), -1);
    assert_error(&err, ERROR_REFUSED, "liba.rlib: no library libm.a is bundled in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(a_line_with_every_bundled_library_is_good),
        file_test(a_bundled_library_that_the_line_lacks_is_refused),
        file_test(a_rlib_that_the_line_lacks_may_bundle_anything),
        file_test(a_broken_rlib_is_refused_by_name),
        file_test(bundled_libraries_are_written_as_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
