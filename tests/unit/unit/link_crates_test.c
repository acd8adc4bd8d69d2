/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/link_crates.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "support/crates.h"
#include "support/test.h"

/* A plan of one crate, and where it is looked for. */
struct fixture {
    struct plan plan;
    struct strv files;
    struct strv dirs;
    struct link_crates crates;
};

#define FIXTURE_INIT                                                                               \
    {                                                                                              \
        PLAN_INIT, STRV_INIT, STRV_INIT, LINK_CRATES_INIT                                          \
    }

static void fixture_release(struct fixture *f)
{
    plan_release(&f->plan);
    strv_release(&f->files);
    strv_release(&f->dirs);
    link_crates_release(&f->crates);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

static void want(struct fixture *f, const char *file_name, const char *text)
{
    struct digest digest = test_digest(text);

    plan_add_crate(&f->plan, file_name, &digest);
}

static int find(struct fixture *f, struct error *err)
{
    return link_crates_find(&f->plan, &f->files, &f->dirs, &f->crates, err);
}

static void make_dirs(void)
{
    assert_int_equal(mkdir("a", 0777) | mkdir("b", 0777), 0);
}

static char *mismatch_text(const char *path, const char *name, const char *found,
                           const char *wanted)
{
    struct digest one = test_digest(found);
    struct digest other = test_digest(wanted);
    char found_hex[DIGEST_HEX_SIZE];
    char wanted_hex[DIGEST_HEX_SIZE];

    return xasprintf("%s is not the %s that the unit was compiled against: its metadata is "
                     "sha256:%s, not sha256:%s; it is another version or build of the crate, or a "
                     "macro in it isn't deterministic: run codegen again against this one's hollow",
                     path, name, digest_hex(&one, found_hex), digest_hex(&other, wanted_hex));
}

static void crates_are_found_by_name(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dirs();
    test_write_link_rlib("a/libx.rlib", "x");
    test_write_link_rlib("b/liby.rlib", "y");
    test_write_dylib("b/libz.so", "z");
    want(&f, "libx.rlib", "x");
    want(&f, "liby.rlib", "y");
    want(&f, "libz.so", "z");
    strv_push(&f.files, "a/libx.rlib");
    strv_push(&f.dirs, "missing");
    strv_push(&f.dirs, "b");
    assert_success(find(&f, &err), &err);
    assert_int_equal(f.crates.count, 3);
    assert_string_equal(f.crates.paths[0], "a/libx.rlib");
    assert_string_equal(f.crates.paths[1], "b/liby.rlib");
    assert_string_equal(f.crates.paths[2], "b/libz.so");
}

static void crates_without_a_marker_are_proven_later(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dirs();
    test_write_rlib("a/libx.rlib", "x");
    test_write_link_rlib("a/liby.rlib", "y");
    want(&f, "libx.rlib", "x");
    want(&f, "liby.rlib", "y");
    strv_push(&f.dirs, "a");
    assert_success(find(&f, &err), &err);
    assert_true(f.crates.unproven[0]);
    assert_false(f.crates.unproven[1]);
    assert_success(link_crates_prove(&f.plan, &f.crates, &err), &err);
    assert_false(f.crates.unproven[0]);
}

static void real_rlib_of_another_build_is_not_proven(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;
    auto_free char *text = mismatch_text("a/libx.rlib", "libx.rlib", "other", "x");

    (void)state;
    make_dirs();
    test_write_rlib("a/libx.rlib", "other");
    want(&f, "libx.rlib", "x");
    strv_push(&f.dirs, "a");
    assert_success(find(&f, &err), &err);
    assert_int_equal(link_crates_prove(&f.plan, &f.crates, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
}

static void link_rlib_of_another_build_is_refused_at_once(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;
    auto_free char *text = mismatch_text("a/libx.rlib", "libx.rlib", "other", "x");

    (void)state;
    make_dirs();
    test_write_link_rlib("a/libx.rlib", "other");
    want(&f, "libx.rlib", "x");
    strv_push(&f.dirs, "a");
    assert_int_equal(find(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
    assert_int_equal(f.crates.count, 0);
}

static void files_without_code_are_refused(void **state)
{
    static const struct {
        void (*write)(const char *, const char *);
        const char *text;
    } cases[] = {
        {test_write_metadata,
         "a/libx.rlib is mere metadata: it has no code to link; give the real or the link rlib"},
        {test_write_hollow_rlib,
         "a/libx.rlib is a hollow rlib: it has no code to link; give the real or the link rlib"},
        {test_write_hollow_dylib,
         "a/libx.rlib is a hollow dylib: it has no code to link; give the real or the link rlib"},
    };

    (void)state;
    make_dirs();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f = FIXTURE_INIT;
        auto_error err = ERROR_INIT;
        cases[i].write("a/libx.rlib", "x");
        want(&f, "libx.rlib", "x");
        strv_push(&f.dirs, "a");
        assert_int_equal(find(&f, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].text);
    }
}

static void missing_crates_are_named(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dirs();
    want(&f, "libx.rlib", "x");
    strv_push(&f.dirs, "a");
    assert_int_equal(find(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "the link needs the crate file libx.rlib and it was not given; give it by "
                 "--crate FILE or --crate-dir DIR");
}

static void files_that_were_given_must_be_there(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    strv_push(&f.files, "a/libx.rlib");
    assert_int_equal(find(&f, &err), -1);
    assert_error(&err, ERROR_FAILURE, "there is no file a/libx.rlib (--crate)");
}

static void broken_files_are_named(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dirs();
    test_write("a/libx.rlib", "not a crate");
    want(&f, "libx.rlib", "x");
    strv_push(&f.dirs, "a");
    assert_int_equal(find(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "a/libx.rlib: neither a rlib nor a dylib nor metadata that rustc made");
}

static void dylib_beside_a_searched_rlib_is_refused(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    make_dirs();
    test_write_link_rlib("a/libx.rlib", "x");
    test_write_dylib("a/libx.so", "x");
    want(&f, "libx.rlib", "x");
    strv_push(&f.dirs, "a");
    assert_success(find(&f, &err), &err);
    link_crates_release(&f.crates);
    f.plan.crates[0].searched = true;
    assert_int_equal(find(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "rustc alone would link a/libx.so here, and codegen saw only libx.rlib: give "
                 "codegen the hollow of the dylib too, or name the rlib by --extern");
}

static void digest_chooses_among_files_of_one_name(void **state)
{
    static void (*const writers[])(const char *, const char *) = {test_write_rlib,
                                                                  test_write_link_rlib};

    (void)state;
    make_dirs();
    for (size_t i = 0; i < 2; i++) {
        auto_fixture f = FIXTURE_INIT;
        auto_error err = ERROR_INIT;
        writers[i]("a/libx.rlib", "other");
        writers[i]("b/libx.rlib", "x");
        want(&f, "libx.rlib", "x");
        strv_push(&f.dirs, "a");
        strv_push(&f.dirs, "b");
        assert_success(find(&f, &err), &err);
        assert_string_equal(f.crates.paths[0], "b/libx.rlib");
        assert_false(f.crates.unproven[0]);
        assert_null(err.text);
    }
}

static void none_of_several_may_be_the_crate(void **state)
{
    auto_fixture f = FIXTURE_INIT;
    auto_error err = ERROR_INIT;
    auto_free char *text = mismatch_text("b/libx.rlib", "libx.rlib", "2", "x");

    (void)state;
    make_dirs();
    test_write_rlib("a/libx.rlib", "1");
    test_write_rlib("b/libx.rlib", "2");
    want(&f, "libx.rlib", "x");
    strv_push(&f.dirs, "a");
    strv_push(&f.dirs, "b");
    assert_int_equal(find(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(crates_are_found_by_name),
        file_test(crates_without_a_marker_are_proven_later),
        file_test(real_rlib_of_another_build_is_not_proven),
        file_test(link_rlib_of_another_build_is_refused_at_once),
        file_test(files_without_code_are_refused),
        file_test(missing_crates_are_named),
        file_test(files_that_were_given_must_be_there),
        file_test(broken_files_are_named),
        file_test(dylib_beside_a_searched_rlib_is_refused),
        file_test(digest_chooses_among_files_of_one_name),
        file_test(none_of_several_may_be_the_crate),
    };

    /* Without these nothing is remembered: what a test hashes isn't the user's business. */
    unsetenv("HOME");
    unsetenv("XDG_CACHE_HOME");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
