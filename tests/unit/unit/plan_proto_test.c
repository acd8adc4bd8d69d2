/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/memory.h"
#include "proto/plan.pb-c.h"
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
    fill_words(plan);
    strv_push(&plan->environment, "LC_ALL=C");
    strv_push(&plan->environment, "VSLANG=1033");
    strv_push(&plan->path_prefix, "lib/rustlib/t/bin");
    strv_push(&plan->debug_files, "app.dwo");
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
    plan.output_name = xstrdup("app");
    save(&plan);
    assert_success(plan_load("unit", &loaded, &err), &err);
    assert_null(loaded.rustc_version);
    assert_null(loaded.skeleton);
    assert_null(loaded.sysroot.text);
    assert_string_equal(loaded.output_name, "app");
    assert_string_equal(loaded.linker, "");
    assert_int_equal(loaded.word_count + loaded.crate_count + loaded.file_count, 0);
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

/* A message with one word of one part, for a test to spoil. */
struct message {
    Cleave__Unit__LinkPlan plan;
    Cleave__Unit__Word word, *words[1];
    Cleave__Unit__Part part, *parts[1];
    Cleave__Unit__Crate crate, *crates[1];
    Cleave__Unit__File file, *files[1];
    Cleave__Unit__BundledMember bundled;
    Cleave__Unit__Path path;
    Cleave__Unit__Slot slot;
    Cleave__Unit__RunPath run_path;
    ProtobufCBinaryData list[1];
    unsigned char digest[DIGEST_SIZE];
};

static ProtobufCBinaryData bytes_of(const char *text)
{
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static void link_messages(struct message *m)
{
    m->words[0] = &m->word;
    m->parts[0] = &m->part;
    m->crates[0] = &m->crate;
    m->files[0] = &m->file;
    m->word.parts = m->parts;
    m->word.n_parts = 1;
    m->plan.words = m->words;
    m->plan.n_words = 1;
    m->plan.crates = m->crates;
    m->plan.n_crates = 1;
    m->plan.files = m->files;
    m->plan.n_files = 1;
}

static void message_init(struct message *m)
{
    cleave__unit__link_plan__init(&m->plan);
    cleave__unit__word__init(&m->word);
    cleave__unit__part__init(&m->part);
    cleave__unit__crate__init(&m->crate);
    cleave__unit__file__init(&m->file);
    cleave__unit__bundled_member__init(&m->bundled);
    cleave__unit__path__init(&m->path);
    cleave__unit__slot__init(&m->slot);
    cleave__unit__run_path__init(&m->run_path);
    link_messages(m);
    m->plan.schema = m->plan.reader_schema = 1;
    m->plan.output_name = bytes_of("app");
    m->crate.file_name = bytes_of("liba.rlib");
    m->file.name = bytes_of("000-a.o");
    m->crate.digest = m->file.digest = (ProtobufCBinaryData){DIGEST_SIZE, m->digest};
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_LITERAL;
    m->part.literal = bytes_of("x");
}

static void need_newer_schema(struct message *m)
{
    m->plan.schema = 9;
    m->plan.reader_schema = 2;
}

static void say_no_schema(struct message *m)
{
    m->plan.schema = m->plan.reader_schema = 0;
}

static void empty_part(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE__NOT_SET;
}

static void leave_by_unit_file(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_UNIT_FILE;
    m->part.unit_file = bytes_of("../a.o");
}

static void leave_by_sysroot_file(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_SYSROOT_FILE;
    m->part.sysroot_file = bytes_of("/etc/passwd");
}

static void leave_by_further_output(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_FURTHER_OUTPUT;
    m->part.further_output = bytes_of("a/../../b");
}

static void leave_by_bundled(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_BUNDLED;
    m->part.bundled = &m->bundled;
    m->bundled.member = bytes_of("../../x");
}

static void leave_by_output(struct message *m)
{
    m->plan.output_name = bytes_of("..");
}

static void have_no_output(struct message *m)
{
    m->plan.output_name = bytes_of("");
}

static void leave_by_skeleton(struct message *m)
{
    m->plan.skeleton = bytes_of("/a");
}

static void leave_by_crate(struct message *m)
{
    m->crate.file_name = bytes_of("../liba.rlib");
}

static void leave_by_file(struct message *m)
{
    m->file.name = bytes_of("../a.o");
}

static void leave_by_debug_file(struct message *m)
{
    m->list[0] = bytes_of("../a.dwo");
    m->plan.n_debug_files = 1;
    m->plan.debug_files = m->list;
}

static void leave_by_path_prefix(struct message *m)
{
    m->list[0] = bytes_of("../bin");
    m->plan.n_path_prefix = 1;
    m->plan.path_prefix = m->list;
}

static void leave_by_run_path(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_RUN_PATH;
    m->part.run_path = &m->run_path;
    m->run_path.to_case = CLEAVE__UNIT__RUN_PATH__TO_SYSROOT_DIR;
    m->run_path.sysroot_dir = bytes_of("..");
}

static void run_path_to_nowhere(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_RUN_PATH;
    m->part.run_path = &m->run_path;
}

static void run_path_to_no_crate(struct message *m)
{
    run_path_to_nowhere(m);
    m->run_path.to_case = CLEAVE__UNIT__RUN_PATH__TO_CRATE;
    m->run_path.crate = 1;
}

static void name_no_crate(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_CRATE;
    m->part.crate = UINT32_MAX;
}

static void bundle_in_no_crate(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_BUNDLED;
    m->part.bundled = &m->bundled;
    m->bundled.member = bytes_of("liba.a");
    m->bundled.has_crate = true;
    m->bundled.crate = 3;
}

static void ask_for_an_unknown_slot(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_SLOT;
    m->part.slot = &m->slot;
    m->slot.kind = (Cleave__Unit__Slot__Kind)7;
}

static void need_a_sysroot(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_SYSROOT_FILE;
    m->part.sysroot_file = bytes_of("lib/rustlib/t/lib/libstd.rlib");
}

static void need_a_sysroot_for_markers(struct message *m)
{
    m->plan.skeleton = bytes_of("000-liba.a");
}

static void shorten_a_crates_digest(struct message *m)
{
    m->crate.digest.len = 31;
}

static void shorten_a_files_digest(struct message *m)
{
    m->file.digest.len = 1;
}

static void put_nul_into_a_literal(struct message *m)
{
    m->part.literal = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t) "a\0b"};
}

static void put_nul_into_a_variable(struct message *m)
{
    m->list[0] = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t) "A\0="};
    m->plan.n_environment = 1;
    m->plan.environment = m->list;
}

static void put_nul_into_the_linker(struct message *m)
{
    m->plan.linker = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t) "c\0c"};
}

static void parse_message(const struct message *m, struct plan *plan, struct error *err, int status)
{
    size_t len = cleave__unit__link_plan__get_packed_size(&m->plan);
    auto_free uint8_t *data = xmalloc(len);

    cleave__unit__link_plan__pack(&m->plan, data);
    assert_int_equal(plan_parse(data, len, "u/plan.pb", plan, err), status);
}

static void plan_parses_the_message_that_the_next_test_spoils(void **state)
{
    struct message m = {0};
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    message_init(&m);
    parse_message(&m, &plan, &err, 0);
    assert_string_equal(plan.words[0].parts[0].text, "x");
}

static void plan_refuses_what_is_wrong_in_it(void **state)
{
    static const struct {
        void (*spoil)(struct message *);
        const char *why;
    } cases[] = {
        {need_newer_schema,
         "it was written by a newer cleave (it needs schema 2, this cleave knows 1); use that "
         "cleave, or run codegen again with this one"},
        {say_no_schema, "it is not the plan of a link unit"},
        {empty_part, "it has an argument of an unknown kind"},
        {leave_by_unit_file, "the path '../a.o' in it leaves its directory"},
        {leave_by_sysroot_file, "the path '/etc/passwd' in it leaves its directory"},
        {leave_by_further_output, "the path 'a/../../b' in it leaves its directory"},
        {leave_by_bundled, "the path '../../x' in it leaves its directory"},
        {leave_by_output, "the path '..' in it leaves its directory"},
        {have_no_output, "the path '' in it leaves its directory"},
        {leave_by_skeleton, "the path '/a' in it leaves its directory"},
        {leave_by_crate, "the path '../liba.rlib' in it leaves its directory"},
        {leave_by_file, "the path '../a.o' in it leaves its directory"},
        {leave_by_debug_file, "the path '../a.dwo' in it leaves its directory"},
        {leave_by_path_prefix, "the path '../bin' in it leaves its directory"},
        {leave_by_run_path, "the path '..' in it leaves its directory"},
        {run_path_to_nowhere, "it has a run path to an unknown place"},
        {run_path_to_no_crate, "it names crate 1 of 1"},
        {name_no_crate, "it names crate 4294967295 of 1"},
        {bundle_in_no_crate, "it names crate 3 of 1"},
        {ask_for_an_unknown_slot, "it has a slot of an unknown kind"},
        {need_a_sysroot, "it names a file of the sysroot, and no sysroot"},
        {need_a_sysroot_for_markers, "it names a file of the sysroot, and no sysroot"},
        {shorten_a_crates_digest, "a digest in it has 31 bytes, not 32"},
        {shorten_a_files_digest, "a digest in it has 1 bytes, not 32"},
        {put_nul_into_a_literal, "a text in it holds a NUL byte"},
        {put_nul_into_a_variable, "a text in it holds a NUL byte"},
        {put_nul_into_the_linker, "a text in it holds a NUL byte"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct message m = {0};
        auto_plan plan = PLAN_INIT;
        auto_error err = ERROR_INIT;
        auto_free char *text = xasprintf("cannot use u/plan.pb: %s", cases[i].why);
        message_init(&m);
        cases[i].spoil(&m);
        parse_message(&m, &plan, &err, -1);
        assert_error(&err, ERROR_REFUSED, text);
        assert_null(plan.target);
        assert_int_equal(plan.word_count, 0);
    }
}

static void plan_refuses_damaged_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"\xff", 1}, {"\x08", 1}, {"\x12\x05g", 3}, {"!<arch>\n", 8}, {"\x62\x02\x0a\x09", 4}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_plan plan = PLAN_INIT;
        auto_error err = ERROR_INIT;
        assert_int_equal(plan_parse(cases[i].bytes, cases[i].len, "plan.pb", &plan, &err), -1);
        assert_error(&err, ERROR_REFUSED, "plan.pb is damaged, or not the plan of a link unit");
    }
}

static void plan_refuses_an_empty_file(void **state)
{
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(plan_parse("", 0, "plan.pb", &plan, &err), -1);
    assert_error(&err, ERROR_REFUSED, "cannot use plan.pb: it is not the plan of a link unit");
}

static void load_refuses_what_is_no_unit(void **state)
{
    static const struct {
        const char *unit;
        const char *text;
    } cases[] = {
        {"missing", "missing is not a link unit: it is not a directory"},
        {"file", "file is not a link unit: it is not a directory"},
        {"dir", "dir is not a link unit: it has no plan.pb"},
    };

    (void)state;
    test_write("file", "x");
    assert_int_equal(mkdir("dir", 0777), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_plan plan = PLAN_INIT;
        auto_error err = ERROR_INIT;
        assert_int_equal(plan_load(cases[i].unit, &plan, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
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
        cmocka_unit_test(plan_parses_the_message_that_the_next_test_spoils),
        cmocka_unit_test(plan_refuses_what_is_wrong_in_it),
        cmocka_unit_test(plan_refuses_damaged_bytes),
        cmocka_unit_test(plan_refuses_an_empty_file),
        file_test(load_refuses_what_is_no_unit),
        file_test(save_names_the_file_that_it_cannot_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
