/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan.h"

#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "support/test.h"

static struct digest digest_of_text(const char *text)
{
    struct digest digest;

    digest_of(text, strlen(text), &digest);
    return digest;
}

static void plan_names_each_crate_once(void **state)
{
    auto_plan plan = PLAN_INIT;
    struct digest one = digest_of_text("1");
    struct digest two = digest_of_text("2");

    (void)state;
    assert_int_equal(plan_add_crate(&plan, "liba.rlib", &one), 0);
    assert_int_equal(plan_add_crate(&plan, "libb.rlib", &one), 1);
    assert_int_equal(plan_add_crate(&plan, "liba.rlib", &two), 2);
    assert_int_equal(plan_add_crate(&plan, "liba.rlib", &one), 0);
    assert_int_equal(plan.crate_count, 3);
    assert_string_equal(plan.crates[1].file_name, "libb.rlib");
}

static void plan_types_paths_by_their_place(void **state)
{
    static const struct {
        const char *path;
        const char *text;
        bool outside;
        bool was_absolute;
    } cases[] = {
        {"nat", "nat", false, false},          {"../nat", "../nat", false, false},
        {"/w/nat", "nat", false, true},        {"/w", "", false, true},
        {"/w//nat", "nat", false, true},       {"/wide/nat", "/wide/nat", true, false},
        {"/usr/lib", "/usr/lib", true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_plan plan = PLAN_INIT;
        struct part *part = word_add_part(plan_add_word(&plan), PART_PATH, "old");
        plan_set_path(part, cases[i].path, "/w");
        assert_string_equal(part->text, cases[i].text);
        assert_int_equal(part->outside, cases[i].outside);
        assert_int_equal(part->was_absolute, cases[i].was_absolute);
        assert_int_equal(plan_is_relocatable(&plan), !cases[i].outside);
    }
}

static void plan_stays_relocatable_with_a_sysroot_outside(void **state)
{
    auto_plan plan = PLAN_INIT;

    (void)state;
    plan_set_path(&plan.sysroot, "/usr", "/w");
    assert_true(plan.sysroot.outside);
    assert_true(plan_is_relocatable(&plan));
}

static void plan_holds_many_words_and_parts(void **state)
{
    auto_plan plan = PLAN_INIT;

    (void)state;
    for (size_t i = 0; i < 33; i++) {
        struct word *word = plan_add_word(&plan);
        for (size_t j = 0; j < i; j++)
            word_add_part(word, PART_UNIT_FILE, "ab");
    }
    assert_int_equal(plan.word_count, 33);
    assert_int_equal(plan.words[32].count, 32);
    assert_string_equal(plan.words[32].parts[31].text, "ab");
}

static void plan_describes_files_and_directories(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;
    struct digest digest = digest_of_text("bytes");

    (void)state;
    assert_int_equal(mkdir("unit", 0777) | mkdir("unit/000-raw-dylibs", 0777), 0);
    test_write("unit/000-raw-dylibs/libx.so", "bytes");
    test_write("unit/001-empty.o", "");
    assert_success(plan_add_file(&plan, "unit", "000-raw-dylibs", &err), &err);
    assert_success(plan_add_file(&plan, "unit", "001-empty.o", &err), &err);
    assert_int_equal(plan.file_count, 3);
    assert_true(plan.files[0].is_dir);
    assert_string_equal(plan.files[1].name, "000-raw-dylibs/libx.so");
    assert_int_equal(plan.files[1].size, 5);
    assert_true(digest_equal(&plan.files[1].digest, &digest));
    assert_int_equal(plan.files[2].size, 0);
    assert_false(plan.files[2].is_dir);
}

static void plan_cannot_describe_what_is_missing(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(plan_add_file(&plan, "unit", "000-a.o", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot open unit/000-a.o: No such file or directory");
    assert_int_equal(plan.file_count, 0);
}

static void plan_is_empty_after_release(void **state)
{
    struct plan plan = PLAN_INIT;

    (void)state;
    plan_release(&plan);
    word_add_part(plan_add_word(&plan), PART_LITERAL, "x");
    plan.linker = xstrdup("cc");
    plan_release(&plan);
    plan_release(&plan);
    assert_null(plan.linker);
    assert_int_equal(plan.word_count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_names_each_crate_once),
        cmocka_unit_test(plan_types_paths_by_their_place),
        cmocka_unit_test(plan_stays_relocatable_with_a_sysroot_outside),
        cmocka_unit_test(plan_holds_many_words_and_parts),
        file_test(plan_describes_files_and_directories),
        file_test(plan_cannot_describe_what_is_missing),
        cmocka_unit_test(plan_is_empty_after_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
