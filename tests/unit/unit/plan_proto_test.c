/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan.h"

#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/crates.h"
#include "support/test.h"

/* A plan with every kind of part, and texts that aren't UTF-8. */
static void fill_words(struct plan *plan)
{
    struct word *word = plan_add_word(plan);

    word_add_part(word, PART_LITERAL, "-Wl,--version-script=");
    word_add_part(word, PART_UNIT_FILE, "000-list");
    word_add_part(plan_add_word(plan), PART_CRATE, NULL)->crate = 1;
    word_add_part(plan_add_word(plan), PART_SYSROOT_FILE, "lib/rustlib/t/lib/libstd.rlib");
    word_add_part(plan_add_word(plan), PART_BUNDLED, "liba.a")->crate = 0;
    word_add_part(plan_add_word(plan), PART_BUNDLED, "libb.a")->crate = PLAN_NO_CRATE;
    plan_set_path(word_add_part(plan_add_word(plan), PART_PATH, NULL), "/w/nat", "/w");
    plan_set_path(word_add_part(plan_add_word(plan), PART_PATH, NULL), "/\xff\xfe", "/w");
    word_add_part(plan_add_word(plan), PART_OUTPUT, NULL);
    word_add_part(plan_add_word(plan), PART_FURTHER_OUTPUT, "libx.dll.a");
    word_add_part(plan_add_word(plan), PART_NATIVES_SLOT, "");
    word_add_part(plan_add_word(plan), PART_NATIVES_SLOT, "dep-1");
    word_add_part(plan_add_word(plan), PART_LINK_ARGS_SLOT, NULL);
    word_add_part(plan_add_word(plan), PART_RUN_PATH_CRATE, NULL)->crate = 1;
    word_add_part(plan_add_word(plan), PART_RUN_PATH_SYSROOT, "lib/rustlib/t/lib");
    word_add_part(plan_add_word(plan), PART_LITERAL, "");
    plan_add_word(plan);
}

static void fill(struct plan *plan)
{
    struct digest one = test_digest("1");
    struct digest two = test_digest("2");

    plan->rustc_version = xstrdup("rustc 1.95.0 (59807616e 2026-04-14)");
    plan->target = xstrdup("t");
    plan->crate_name = xstrdup("app");
    plan->crate_type = xstrdup("cdylib");
    plan->output_name = xstrdup("libapp\xff.so");
    plan->linker = xstrdup("/opt/my cc");
    plan->skeleton = xstrdup("000-libapp.a");
    plan_set_path(&plan->sysroot, "/rust", "/w");
    plan_add_crate(plan, "liba.rlib", &one);
    plan_add_crate(plan, "libb.so", &two);
    plan->crates[0].searched = true;
    fill_words(plan);
    strv_push(&plan->environment, "LC_ALL=C");
    strv_push(&plan->environment, "VSLANG=1033");
    strv_push(&plan->path_prefix, "lib/rustlib/t/bin");
    strv_push(&plan->debug_files, "app.dwo");
    plan_add_entry(plan, "000-libapp.a")->is_dir = true;
    plan_add_entry(plan, "app.dwo")->is_dir = true;
    plan_add_entry(plan, "000-raw-dylibs")->is_dir = true;
    struct plan_file *file = plan_add_entry(plan, "001-m.o");
    file->size = (uint64_t)1 << 40;
    file->digest = one;
}

static void assert_same_strv(const struct strv *a, const struct strv *b)
{
    assert_int_equal(a->len, b->len);
    for (size_t i = 0; i < a->len; i++)
        assert_string_equal(a->items[i], b->items[i]);
}

static void assert_same_part(const struct part *a, const struct part *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->crate, b->crate);
    assert_int_equal(a->outside, b->outside);
    assert_int_equal(a->was_absolute, b->was_absolute);
    if (a->text || b->text)
        assert_string_equal(a->text, b->text);
}

static void assert_same_words(const struct plan *a, const struct plan *b)
{
    assert_int_equal(a->word_count, b->word_count);
    for (size_t i = 0; i < a->word_count; i++) {
        assert_int_equal(a->words[i].count, b->words[i].count);
        for (size_t j = 0; j < a->words[i].count; j++)
            assert_same_part(&a->words[i].parts[j], &b->words[i].parts[j]);
    }
}

static void assert_same_files(const struct plan *a, const struct plan *b)
{
    assert_int_equal(a->crate_count, b->crate_count);
    for (size_t i = 0; i < a->crate_count; i++) {
        assert_string_equal(a->crates[i].file_name, b->crates[i].file_name);
        assert_true(digest_equal(&a->crates[i].digest, &b->crates[i].digest));
        assert_int_equal(a->crates[i].searched, b->crates[i].searched);
    }
    assert_int_equal(a->file_count, b->file_count);
    for (size_t i = 0; i < a->file_count; i++) {
        assert_string_equal(a->files[i].name, b->files[i].name);
        assert_int_equal(a->files[i].size, b->files[i].size);
        assert_int_equal(a->files[i].is_dir, b->files[i].is_dir);
        assert_true(digest_equal(&a->files[i].digest, &b->files[i].digest));
    }
}

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
    assert_string_equal(a->rustc_version, b->rustc_version);
    assert_string_equal(a->target, b->target);
    assert_string_equal(a->crate_name, b->crate_name);
    assert_string_equal(a->crate_type, b->crate_type);
    assert_string_equal(a->output_name, b->output_name);
    assert_string_equal(a->linker, b->linker);
    assert_string_equal(a->skeleton, b->skeleton);
    assert_same_part(&a->sysroot, &b->sysroot);
    assert_same_words(a, b);
    assert_same_files(a, b);
    assert_same_strv(&a->environment, &b->environment);
    assert_same_strv(&a->path_prefix, &b->path_prefix);
    assert_same_strv(&a->debug_files, &b->debug_files);
}

static void save(const struct plan *plan)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_mkdir_all("unit", &err), &err);
    assert_success(plan_save(plan, "unit", &err), &err);
}

static void read_bytes(struct buf *bytes)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_read_file("unit/plan.pb", PLAN_SIZE_CAP, bytes, &err), &err);
}

static void plan_loads_what_was_saved(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_plan loaded = PLAN_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    fill(&plan);
    save(&plan);
    assert_success(plan_load("unit", &loaded, &err), &err);
    assert_same_plan(&plan, &loaded);
}

static void plan_loads_what_says_the_least(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_plan loaded = PLAN_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    plan.target = xstrdup("t");
    plan.crate_name = xstrdup("app");
    plan.crate_type = xstrdup("bin");
    plan.output_name = xstrdup("app");
    plan.linker = xstrdup("cc");
    word_add_part(plan_add_word(&plan), PART_OUTPUT, NULL);
    save(&plan);
    assert_success(plan_load("unit", &loaded, &err), &err);
    assert_null(loaded.rustc_version);
    assert_null(loaded.skeleton);
    assert_null(loaded.sysroot.text);
    assert_string_equal(loaded.output_name, "app");
    assert_string_equal(loaded.linker, "cc");
    assert_int_equal(loaded.word_count, 1);
    assert_int_equal(loaded.crate_count + loaded.file_count, 0);
}

static void plan_gives_the_same_bytes_again(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_plan loaded = PLAN_INIT;
    auto_buf first = BUF_INIT;
    auto_buf second = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    fill(&plan);
    save(&plan);
    read_bytes(&first);
    assert_success(plan_load("unit", &loaded, &err), &err);
    save(&loaded);
    read_bytes(&second);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
}

static void plan_of_a_newer_writer_is_read_without_what_may_be_ignored(void **state)
{
    /* Field 2000, a number: no reader of today knows it. */
    static const unsigned char unknown[] = {0x80, 0x7d, 0x2a};
    auto_plan plan = PLAN_INIT;
    auto_plan parsed = PLAN_INIT;
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    fill(&plan);
    save(&plan);
    read_bytes(&bytes);
    buf_add(&bytes, unknown, sizeof(unknown));
    assert_success(plan_parse(bytes.data, bytes.len, "plan", &parsed, &err), &err);
    assert_same_plan(&plan, &parsed);
}

static void save_names_the_file_that_it_cannot_write(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    plan.output_name = xstrdup("app");
    assert_int_equal(plan_save(&plan, "missing", &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write missing/plan.pb: No such file or directory");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(plan_loads_what_was_saved),
        file_test(plan_loads_what_says_the_least),
        file_test(plan_gives_the_same_bytes_again),
        file_test(plan_of_a_newer_writer_is_read_without_what_may_be_ignored),
        file_test(save_names_the_file_that_it_cannot_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
