/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plan.h"

#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "proto/plan.pb-c.h"
#include "support/test.h"

/* A message with one word of one part, for a test to spoil. */
struct message {
    Cleave__Unit__LinkPlan plan;
    Cleave__Unit__Word word, *words[1];
    Cleave__Unit__Part part, output, *parts[2];
    Cleave__Unit__Output nothing;
    Cleave__Unit__Crate crate, *crates[2];
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
    m->parts[1] = &m->output;
    m->crates[0] = &m->crate;
    m->files[0] = &m->file;
    m->word.parts = m->parts;
    m->word.n_parts = 2;
    m->plan.words = m->words;
    m->plan.n_words = 1;
    m->plan.crates = m->crates;
    m->plan.n_crates = 1;
    m->plan.files = m->files;
    m->plan.n_files = 1;
}

static void message_init(struct message *m)
{
    static char target[] = "x86_64-unknown-linux-gnu";
    static char crate_name[] = "app";
    static char crate_type[] = "bin";

    cleave__unit__link_plan__init(&m->plan);
    cleave__unit__word__init(&m->word);
    cleave__unit__part__init(&m->part);
    cleave__unit__part__init(&m->output);
    cleave__unit__output__init(&m->nothing);
    cleave__unit__crate__init(&m->crate);
    cleave__unit__file__init(&m->file);
    cleave__unit__bundled_member__init(&m->bundled);
    cleave__unit__path__init(&m->path);
    cleave__unit__slot__init(&m->slot);
    cleave__unit__run_path__init(&m->run_path);
    link_messages(m);
    m->plan.schema = m->plan.reader_schema = 1;
    m->plan.target = target;
    m->plan.crate_name = crate_name;
    m->plan.crate_type = crate_type;
    m->plan.output_name = bytes_of("app");
    m->plan.linker = bytes_of("cc");
    m->output.value_case = CLEAVE__UNIT__PART__VALUE_OUTPUT;
    m->output.output = &m->nothing;
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

static void name_a_crate_twice(struct message *m)
{
    m->crates[1] = &m->crate;
    m->plan.n_crates = 2;
}

static void lack_the_linker(struct message *m)
{
    m->plan.linker = bytes_of("");
}

static void lack_the_crate_type(struct message *m)
{
    static char nothing[] = "";

    m->plan.crate_type = nothing;
}

static void lack_an_argument_for_the_output(struct message *m)
{
    m->word.n_parts = 1;
}

static void name_a_file_that_is_not_listed(struct message *m)
{
    m->part.value_case = CLEAVE__UNIT__PART__VALUE_UNIT_FILE;
    m->part.unit_file = bytes_of("001-b.o");
}

static void name_a_debug_file_that_is_not_listed(struct message *m)
{
    m->list[0] = bytes_of("a.dwo");
    m->plan.n_debug_files = 1;
    m->plan.debug_files = m->list;
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
        {name_a_crate_twice, "it has the crate liba.rlib twice"},
        {ask_for_an_unknown_slot, "it has a slot of an unknown kind"},
        {lack_the_linker, "it is incomplete: it has no linker"},
        {lack_the_crate_type, "it is incomplete: it has no crate type"},
        {lack_an_argument_for_the_output, "it is incomplete: no argument names the output"},
        {name_a_file_that_is_not_listed,
         "it is incomplete: it names the file 001-b.o, which isn't in its list"},
        {name_a_debug_file_that_is_not_listed,
         "it is incomplete: it names the file a.dwo, which isn't in its list"},
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

static void plan_refuses_too_many_crates(void **state)
{
    struct message m = {0};
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;
    size_t count = PLAN_CRATES_CAP + 1;
    auto_free Cleave__Unit__Crate **crates = xcalloc(count, sizeof(*crates));

    (void)state;
    message_init(&m);
    for (size_t i = 0; i < count; i++)
        crates[i] = &m.crate;
    m.plan.crates = crates;
    m.plan.n_crates = count;
    parse_message(&m, &plan, &err, -1);
    assert_error(&err, ERROR_REFUSED, "cannot use u/plan.pb: it has more than 16384 crates");
}

static void plan_refuses_damaged_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\xff", 1}, {"\x08", 1}, {"\x12\x05g", 3}, {"!<arch>\n", 8}, {"\x62\x02\x0a\x09", 4}};

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_parses_the_message_that_the_next_test_spoils),
        cmocka_unit_test(plan_refuses_what_is_wrong_in_it),
        cmocka_unit_test(plan_refuses_too_many_crates),
        cmocka_unit_test(plan_refuses_damaged_bytes),
        cmocka_unit_test(plan_refuses_an_empty_file),
        file_test(load_refuses_what_is_no_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
