/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/process.h"
#include "support/crates.h"
#include "support/test.h"

/* A link of "u" to "o/app", with the crates a/liba.rlib and s/libs.so, in the directory /w. */
struct fixture {
    struct plan plan;
    struct link_request request;
    struct link_crates crates;
    struct link_places places;
};

static void fixture_init(struct fixture *f)
{
    struct digest digest = test_digest("x");

    *f = (struct fixture){.plan = PLAN_INIT, .request = LINK_REQUEST_INIT};
    f->plan.linker = xstrdup("cc");
    f->plan.target = xstrdup("t");
    plan_add_crate(&f->plan, "liba.rlib", &digest);
    plan_add_crate(&f->plan, "libs.so", &digest);
    f->request.unit = "u";
    f->request.output = "o/app";
    f->crates.count = 2;
    f->crates.paths = xcalloc(2, sizeof(*f->crates.paths));
    f->crates.unproven = xcalloc(2, sizeof(*f->crates.unproven));
    f->crates.paths[0] = xstrdup("a/liba.rlib");
    f->crates.paths[1] = xstrdup("s/libs.so");
    f->places = (struct link_places){
        .request = &f->request,
        .plan = &f->plan,
        .crates = &f->crates,
        .cwd = xstrdup("/w"),
        .sysroot = xstrdup("/rust"),
        .output = xstrdup("o/.tmp/app"),
        .bundled_dir = xstrdup("o/.tmp/bundled"),
    };
}

static void fixture_release(struct fixture *f)
{
    plan_release(&f->plan);
    link_request_release(&f->request);
    link_crates_release(&f->crates);
    link_places_release(&f->places);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

static struct part *add_part(struct fixture *f, enum part_kind kind, const char *text)
{
    return word_add_part(plan_add_word(&f->plan), kind, text);
}

/* Renders and compares with the words, with '|' between them. */
static void assert_line(struct fixture *f, const char *expected)
{
    auto_strv argv = STRV_INIT;
    auto_buf text = BUF_INIT;
    auto_error err = ERROR_INIT;

    assert_success(link_line_render(&f->places, &argv, &err), &err);
    for (size_t i = 0; i < argv.len; i++)
        buf_addf(&text, "%s%s", i > 0 ? "|" : "", argv.items[i]);
    assert_buf(&text, expected);
}

static void assert_refused(struct fixture *f, enum error_kind kind, const char *text)
{
    auto_strv argv = STRV_INIT;
    auto_error err = ERROR_INIT;

    assert_int_equal(link_line_render(&f->places, &argv, &err), -1);
    assert_error(&err, kind, text);
}

static void part_is_rendered_with_the_paths_of_this_place(void **state)
{
    static const struct {
        enum part_kind kind;
        const char *text;
        size_t crate;
        bool outside;
        bool was_absolute;
        const char *word;
    } cases[] = {
        {PART_LITERAL, "-pie", 0, false, false, "-pie"},
        {PART_LITERAL, "", 0, false, false, ""},
        {PART_UNIT_FILE, "000-m.o", 0, false, false, "u/000-m.o"},
        {PART_CRATE, NULL, 1, false, false, "s/libs.so"},
        {PART_SYSROOT_FILE, "lib/rustlib/t/lib/x.rlib", 0, false, false,
         "/rust/lib/rustlib/t/lib/x.rlib"},
        {PART_BUNDLED, "libn.a", 1, false, false, "o/.tmp/bundled/1-libn.a"},
        {PART_PATH, "nat", 0, false, false, "nat"},
        {PART_PATH, "nat", 0, false, true, "/w/nat"},
        {PART_PATH, "", 0, false, true, "/w"},
        {PART_PATH, "/usr/lib", 0, true, false, "/usr/lib"},
        {PART_OUTPUT, NULL, 0, false, false, "o/.tmp/app"},
        {PART_FURTHER_OUTPUT, "app.dll.a", 0, false, false, "o/.tmp/app.dll.a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        fixture_init(&f);
        struct part *part = add_part(&f, cases[i].kind, cases[i].text);
        part->crate = cases[i].crate;
        part->outside = cases[i].outside;
        part->was_absolute = cases[i].was_absolute;
        auto_free char *expected = xasprintf("cc|%s", cases[i].word);
        assert_line(&f, expected);
    }
}

static void parts_of_a_word_are_joined(void **state)
{
    auto_fixture f;

    (void)state;
    fixture_init(&f);
    struct word *word = plan_add_word(&f.plan);
    word_add_part(word, PART_LITERAL, "-Wl,--version-script=");
    word_add_part(word, PART_UNIT_FILE, "000-list");
    plan_add_word(&f.plan);
    assert_line(&f, "cc|-Wl,--version-script=u/000-list|");
}

static void slots_are_filled_or_vanish(void **state)
{
    auto_fixture f;

    (void)state;
    fixture_init(&f);
    add_part(&f, PART_NATIVES_SLOT, "dep");
    add_part(&f, PART_NATIVES_SLOT, "");
    add_part(&f, PART_LINK_ARGS_SLOT, NULL);
    assert_line(&f, "cc");
    strv_push(&f.request.natives, "-lz");
    strv_push(&f.request.natives_of, "dep=-lq=1");
    strv_push(&f.request.natives_of, "dep=-lr");
    strv_push(&f.request.link_args, "-s");
    strv_push(&f.request.link_args, "");
    assert_line(&f, "cc|-lq=1|-lr|-lz|-s|");
}

static void slots_that_are_not_there_cannot_be_filled(void **state)
{
    static const struct {
        size_t list;
        const char *item;
        const char *text;
    } cases[] = {
        {offsetof(struct link_request, natives), "-lz",
         "--native fills a slot that u doesn't have; run codegen with --slot natives"},
        {offsetof(struct link_request, link_args), "-s",
         "--link-arg or --build-script fills a slot that u doesn't have; run codegen with --slot "
         "link-args"},
        {offsetof(struct link_request, natives_of), "dep", "--native-of dep: give CRATE=ARG"},
        {offsetof(struct link_request, natives_of), "other=-lz",
         "--native-of other=-lz: u has no natives slot of the crate other; compile that crate "
         "with --slot natives"},
        {offsetof(struct link_request, natives_of), "=-lz",
         "--native-of =-lz: u has no natives slot of the crate ; compile that crate with "
         "--slot natives"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        fixture_init(&f);
        add_part(&f, PART_NATIVES_SLOT, "dep");
        strv_push((struct strv *)((char *)&f.request + cases[i].list), cases[i].item);
        assert_refused(&f, ERROR_USAGE, cases[i].text);
    }
}

static void slot_inside_a_word_is_refused(void **state)
{
    auto_fixture f;

    (void)state;
    fixture_init(&f);
    word_add_part(plan_add_word(&f.plan), PART_LITERAL, "x");
    word_add_part(&f.plan.words[0], PART_LINK_ARGS_SLOT, NULL);
    assert_refused(&f, ERROR_REFUSED, "the plan has a slot inside a word");
}

static void paths_outside_are_mapped_by_the_longest_prefix(void **state)
{
    static const struct {
        const char *path;
        const char *mapped;
    } cases[] = {
        {"/abs/target/out/x", "/deep/x"}, {"/abs/target", "/new"}, {"/abs/target/y", "/new/y"},
        {"/abs/targets", "/abs/targets"}, {"/gone/lib", "lib"},    {"/other", "/other"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        fixture_init(&f);
        strv_push(&f.request.maps, "/abs/target/out=/deep");
        strv_push(&f.request.maps, "/abs/target=/new");
        strv_push(&f.request.maps, "/gone=");
        add_part(&f, PART_PATH, cases[i].path)->outside = true;
        auto_free char *expected = xasprintf("cc|%s", cases[i].mapped);
        assert_line(&f, expected);
    }
}

static void map_without_a_new_place_is_refused(void **state)
{
    auto_fixture f;

    (void)state;
    fixture_init(&f);
    strv_push(&f.request.maps, "/abs/target");
    assert_refused(&f, ERROR_USAGE, "--map /abs/target: give OLD=NEW");
}

static void another_linker_takes_the_line(void **state)
{
    auto_fixture f;

    (void)state;
    fixture_init(&f);
    add_part(&f, PART_LITERAL, "a.o");
    f.request.linker = "mold";
    assert_line(&f, "cc|a.o|-fuse-ld=mold");
    f.request.linker = "ld";
    assert_refused(&f, ERROR_REFUSED,
                   "ld can't do this link: its line is for a driver such as cc, which can be told "
                   "to use lld, mold, bfd or gold by name; give --linker a driver");
}

static void run_path_is_the_way_from_the_output(void **state)
{
    static const struct {
        const char *output;
        const char *library;
        const char *run_path;
    } cases[] = {
        {"o/app", "s/libs.so", "$ORIGIN/../s"},
        {"app", "s/libs.so", "$ORIGIN/s"},
        {"o/app", "libs.so", "$ORIGIN/.."},
        {"s/app", "s/libs.so", "$ORIGIN"},
        {"so/app", "s/libs.so", "$ORIGIN/../s"},
        {"s/app", "so/libs.so", "$ORIGIN/../so"},
        {"s/deep/er/app", "s/libs.so", "$ORIGIN/../.."},
        {"/app", "/usr/libs.so", "$ORIGIN/usr"},
        {"/usr/app", "/libs.so", "$ORIGIN/.."},
    };
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("s/deep/er", &err), &err);
    assert_success(fs_mkdir_all("o", &err), &err);
    assert_success(fs_mkdir_all("so", &err), &err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        fixture_init(&f);
        f.request.output = cases[i].output;
        free(f.crates.paths[1]);
        f.crates.paths[1] = xstrdup(cases[i].library);
        add_part(&f, PART_RUN_PATH_CRATE, NULL)->crate = 1;
        auto_free char *expected = xasprintf("cc|%s", cases[i].run_path);
        assert_line(&f, expected);
    }
}

static void run_path_leads_to_the_sysroot(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("rust/lib", &err), &err);
    assert_success(fs_mkdir_all("o", &err), &err);
    fixture_init(&f);
    free(f.places.sysroot);
    f.places.sysroot = xstrdup("rust");
    add_part(&f, PART_RUN_PATH_SYSROOT, "lib");
    assert_line(&f, "cc|$ORIGIN/../rust/lib");
}

static void place_crates(struct fixture *f, const char *one, const char *other)
{
    fixture_init(f);
    free(f->crates.paths[0]);
    free(f->crates.paths[1]);
    f->crates.paths[0] = xstrdup(one);
    f->crates.paths[1] = xstrdup(other);
    add_part(f, PART_BUNDLED, "libbundled.a")->crate = PLAN_NO_CRATE;
}

static void member_without_a_crate_is_looked_for(void **state)
{
    auto_fixture f;

    (void)state;
    test_write_rlib("libb.rlib", "b");
    test_write_hollow_rlib("liba.rlib", "a");
    place_crates(&f, "liba.rlib", "libb.rlib");
    assert_line(&f, "cc|o/.tmp/bundled/1-libbundled.a");
}

static void member_without_a_crate_must_be_in_one_alone(void **state)
{
    auto_fixture f;
    auto_fixture g;

    (void)state;
    test_write_rlib("liba.rlib", "a");
    test_write_rlib("libb.rlib", "b");
    place_crates(&f, "liba.rlib", "libb.rlib");
    assert_refused(&f, ERROR_REFUSED,
                   "liba.rlib and libb.rlib both bundle libbundled.a; run codegen against hollow "
                   "rlibs made from the rlibs, which tell them apart");
    place_crates(&g, "s/libs.so", "s/libs.so");
    assert_refused(&g, ERROR_REFUSED, "no rlib of the link has the member libbundled.a");
}

static void sysroot_is_the_requested_one_or_codegens(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(fs_mkdir_all("mine/lib/rustlib/t", &err), &err);
    assert_success(fs_mkdir_all("seen/lib/rustlib/t", &err), &err);
    fixture_init(&f);
    plan_set_path(&f.plan.sysroot, "seen", "/w");
    free(f.places.sysroot);
    f.places.sysroot = NULL;
    assert_success(link_places_find_sysroot(&f.places, &err), &err);
    assert_string_equal(f.places.sysroot, "seen");
    free(f.places.sysroot);
    f.request.sysroot = "mine";
    assert_success(link_places_find_sysroot(&f.places, &err), &err);
    assert_string_equal(f.places.sysroot, "mine");
}

static void sysroot_without_the_target_is_named(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    free(f.places.sysroot);
    f.places.sysroot = NULL;
    f.request.sysroot = "mine";
    assert_int_equal(link_places_find_sysroot(&f.places, &err), -1);
    assert_error(&err, ERROR_FAILURE,
                 "the sysroot mine has no libraries for t; give rustc's sysroot by --sysroot");
}

static void environment_is_what_rustc_set(void **state)
{
    auto_fixture f;
    auto_strv env = STRV_INIT;

    (void)state;
    fixture_init(&f);
    strv_push(&f.plan.environment, "LC_ALL=C");
    strv_push(&f.plan.environment, "no variable");
    strv_push(&f.plan.path_prefix, "lib/rustlib/t/bin");
    strv_push(&f.plan.path_prefix, "lib/x");
    strv_push(&env, "LC_ALL=de");
    strv_push(&env, "PATH=/bin");
    link_line_environment(&f.places, &env);
    assert_int_equal(env.len, 2);
    assert_string_equal(env_get(env.items, "LC_ALL"), "C");
    assert_string_equal(env_get(env.items, "PATH"), "/rust/lib/rustlib/t/bin:/rust/lib/x:/bin");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_is_rendered_with_the_paths_of_this_place),
        cmocka_unit_test(parts_of_a_word_are_joined),
        cmocka_unit_test(slots_are_filled_or_vanish),
        cmocka_unit_test(slots_that_are_not_there_cannot_be_filled),
        cmocka_unit_test(slot_inside_a_word_is_refused),
        cmocka_unit_test(paths_outside_are_mapped_by_the_longest_prefix),
        cmocka_unit_test(map_without_a_new_place_is_refused),
        cmocka_unit_test(another_linker_takes_the_line),
        file_test(run_path_is_the_way_from_the_output),
        file_test(run_path_leads_to_the_sysroot),
        file_test(member_without_a_crate_is_looked_for),
        file_test(member_without_a_crate_must_be_in_one_alone),
        file_test(sysroot_is_the_requested_one_or_codegens),
        file_test(sysroot_without_the_target_is_named),
        cmocka_unit_test(environment_is_what_rustc_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
