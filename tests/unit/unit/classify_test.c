/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/classify.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/ar.h"
#include "rust/marker.h"
#include "support/crates.h"
#include "support/test.h"

/*
 * A captured link, made by hand. rustc ran in the test's directory W with its outputs in W/out and
 * its temporary files in W/out/rustcAbC1d2, which the lines below call TMP. What is to be kept is
 * told by its path; the unit has it as NNN-<basename>.
 */
struct fixture {
    char *cwd;
    char *out_dir;
    char *base;
    char *private_dir;
    struct captured_link link;
    struct plan plan;
};

static void make_dir(const char *path)
{
    auto_error err = ERROR_INIT;

    assert_success(fs_mkdir_all(path, &err), &err);
}

static void make_sysroot(void)
{
    make_dir("sys/lib/rustlib/t/lib/self-contained");
    make_dir("sys/lib/rustlib/t/bin/gcc-ld");
    test_write_rlib("sys/lib/rustlib/t/lib/libstd-1.rlib", "std");
    test_write_dylib("sys/lib/rustlib/t/lib/libstd-1.so", "std");
    test_write("sys/lib/rustlib/t/lib/rsbegin.o", "");
    test_write("sys/lib/rustlib/t/lib/self-contained/crt1.o", "");
}

static void fixture_init(struct fixture *f)
{
    auto_error err = ERROR_INIT;

    *f = (struct fixture){.link = CAPTURED_LINK_INIT, .plan = PLAN_INIT};
    assert_success(fs_getcwd(&f->cwd, &err), &err);
    f->out_dir = path_join(f->cwd, "out");
    f->base = path_join(f->cwd, ".cleave-AbCdEf");
    f->private_dir = path_join(f->base, "out");
    f->link.unit_dir = xstrdup("unit");
    make_dir("unit");
    make_dir("out/rustcAbC1d2");
    make_dir("deps");
    make_dir("nat");
    make_sysroot();
    test_write_hollow_rlib("deps/libdep-1.rlib", "dep");
    test_write_hollow_dylib("deps/libdy.so", "dy");
    test_write("nat/n.o", "native");
    test_write("nat/script", "script");
    test_write("nat/libnat.so", "no crate");
}

static void fixture_release(struct fixture *f)
{
    free(f->cwd);
    free(f->out_dir);
    free(f->base);
    free(f->private_dir);
    captured_link_release(&f->link);
    plan_release(&f->plan);
}

#define auto_fixture __attribute__((cleanup(fixture_release))) struct fixture

/* TMP and W in the text become the directories. */
static char *fill_in(const struct fixture *f, const char *text)
{
    auto_buf buf = BUF_INIT;

    buf_add_str(&buf, text);
    buf_replace(&buf, "TMP", "out/rustcAbC1d2");
    buf_replace(&buf, "/W", f->cwd);
    return buf_detach(&buf);
}

/* Makes the file at PATH look as if the capture had kept it. */
static void keep(struct fixture *f, const char *path, const char *text)
{
    size_t number = f->link.kept.len / 2;
    auto_free char *spelled = fill_in(f, path);

    strv_push(&f->link.kept, spelled);
    strv_pushf(&f->link.kept, "%03zu-%s", number, path_basename(spelled));
    auto_free char *target = path_join("unit", f->link.kept.items[2 * number + 1]);
    test_write(target, text);
}

static void add_words(struct fixture *f, const char *line)
{
    auto_free char *text = fill_in(f, line);

    for (const char *at = text; *at;) {
        size_t len = strcspn(at, " ");
        strv_push_len(&f->link.words, at, len);
        at += len + (at[len] == ' ');
    }
}

static int classify(struct fixture *f, struct error *err)
{
    struct classify_context context = {
        .link = &f->link,
        .where = {f->private_dir, f->out_dir},
        .base = f->base,
        .cwd = f->cwd,
        .out_dir = f->out_dir,
        .slot = "app",
    };

    return classify_line(&context, &f->plan, err);
}

static void show_part(const struct plan *plan, const struct part *part, struct buf *text)
{
    static const char *const names[] = {
        [PART_LITERAL] = "",
        [PART_UNIT_FILE] = "unit",
        [PART_CRATE] = "crate",
        [PART_SYSROOT_FILE] = "sysroot",
        [PART_BUNDLED] = "bundled",
        [PART_PATH] = "path",
        [PART_OUTPUT] = "output",
        [PART_FURTHER_OUTPUT] = "further",
        [PART_NATIVES_SLOT] = "natives",
        [PART_LINK_ARGS_SLOT] = "link-args",
        [PART_RUN_PATH_CRATE] = "run-path-crate",
        [PART_RUN_PATH_SYSROOT] = "run-path-sysroot",
    };
    bool has_crate = part->kind == PART_CRATE || part->kind == PART_RUN_PATH_CRATE ||
                     (part->kind == PART_BUNDLED && part->crate != PLAN_NO_CRATE);

    if (part->kind == PART_LITERAL) {
        buf_add_str(text, part->text);
        return;
    }
    buf_addf(text, "[%s%s",
             part->outside        ? "outside-"
             : part->was_absolute ? "absolute-"
                                  : "",
             names[part->kind]);
    if (has_crate)
        buf_addf(text, ":%s", plan->crates[part->crate].file_name);
    if (part->text)
        buf_addf(text, ":%s", part->text);
    buf_add_char(text, ']');
}

/* The words from FIRST on, with blanks between them. */
static void show_words(const struct plan *plan, size_t first, struct buf *text)
{
    for (size_t i = first; i < plan->word_count; i++) {
        if (i > first)
            buf_add_char(text, ' ');
        for (size_t j = 0; j < plan->words[i].count; j++)
            show_part(plan, &plan->words[i].parts[j], text);
    }
}

struct line_case {
    const char *kept[3]; /* paths that the capture kept */
    const char *line;
    const char *plan;
};

/* Every line begins with an output and the sysroot's search directory, as rustc's do. */
static void check_case(const struct line_case *line)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;
    auto_buf shown = BUF_INIT;

    fixture_init(&f);
    for (size_t i = 0; i < 3 && line->kept[i]; i++)
        keep(&f, line->kept[i], "kept");
    add_words(&f, "-o out/app -L /W/sys/lib/rustlib/t/lib ");
    add_words(&f, line->line);
    if (classify(&f, &err) < 0)
        fail_msg("%s: %s", line->line, err.text);
    auto_free char *expected = fill_in(&f, line->plan);
    show_words(&f.plan, 4, &shown);
    assert_string_equal(shown.data, expected);
    assert_string_equal(f.plan.output_name, "app");
    assert_string_equal(f.plan.target, "t");
}

static void check_cases(const struct line_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case(&cases[i]);
}

#define check(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

/* RUSTC.md §10, row by row. */
static void line_types_what_rustc_made(void **state)
{
    static const struct line_case cases[] = {
        {{"out/m.0.rcgu.o", "out/m.s.rcgu.o.rcgu.o", "out/m.1.rcgu.rmeta"},
         "out/m.0.rcgu.o out/m.s.rcgu.o.rcgu.o out/m.1.rcgu.rmeta",
         "[unit:000-m.0.rcgu.o] [unit:001-m.s.rcgu.o.rcgu.o] [unit:002-m.1.rcgu.rmeta]"},
        {{"TMP/rmeta.o", "/W/TMP/symbols.o"},
         "TMP/rmeta.o /W/TMP/symbols.o",
         "[unit:000-rmeta.o] [unit:001-symbols.o]"},
        {{"TMP/list"},
         "-Wl,--version-script=TMP/list --version-script=TMP/list",
         "-Wl,--version-script=[unit:000-list] --version-script=[unit:000-list]"},
        {{"TMP/list.def"}, "-Wl,TMP/list.def", "-Wl,[unit:000-list.def]"},
        {{"TMP/list"}, "-Wl,--dynamic-list -Wl,TMP/list", "-Wl,--dynamic-list -Wl,[unit:000-list]"},
        {{"TMP/libX.rlib"}, "TMP/libX.rlib", "[unit:000-libX.rlib]"},
        {{"TMP/raw-dylibs"},
         "-L TMP/raw-dylibs -l:libabc.so",
         "-L [unit:000-raw-dylibs] -l:libabc.so"},
        {{NULL}, "-Wl,TMP/libn.a -Wl,TMP/odd.lib", "-Wl,[bundled:libn.a] -Wl,[bundled:odd.lib]"},
    };

    (void)state;
    check(cases);
}

static void line_types_dependencies(void **state)
{
    static const struct line_case cases[] = {
        {{NULL},
         "deps/libdep-1.rlib /W/deps/libdep-1.rlib",
         "[crate:libdep-1.rlib] [crate:libdep-1.rlib]"},
        {{NULL}, "deps/libdy.so", "[crate:libdy.so]"},
        {{NULL},
         "deps/libdy.so -Wl,-rpath,$ORIGIN/../deps,-rpath,$ORIGIN/../sys/lib/rustlib/t/lib,-z,now",
         "[crate:libdy.so] -Wl,-rpath,[run-path-crate:libdy.so],-rpath,"
         "[run-path-sysroot:lib/rustlib/t/lib],-z,now"},
        {{NULL},
         "deps/libdep-1.rlib -Wl,-rpath,$ORIGIN/../deps -Wl,-rpath,$ORIGIN/../sys/lib",
         "[crate:libdep-1.rlib] -Wl,-rpath,[run-path-crate:libdep-1.rlib] "
         "-Wl,-rpath,[run-path-sysroot:lib]"},
        {{NULL},
         "-Wl,-rpath,$ORIGIN/../deps -Wl,-rpath,$ORIGIN/../sys/no-lib -Wl,-rpath,/opt/lib",
         "-Wl,-rpath,$ORIGIN/../deps -Wl,-rpath,$ORIGIN/../sys/no-lib -Wl,-rpath,/opt/lib"},
        {{NULL},
         "-Wl,-rpath,$ORIGIN/../deps -Wl,-rpath,/opt/lib",
         "-Wl,-rpath,$ORIGIN/../deps -Wl,-rpath,/opt/lib"},
        {{NULL}, "-L deps -L /W/deps", "-L [path:deps] -L [absolute-path:deps]"},
    };

    (void)state;
    check(cases);
}

static void line_types_the_sysroot(void **state)
{
    static const struct line_case cases[] = {
        {{NULL},
         "/W/sys/lib/rustlib/t/lib/libstd-1.rlib",
         "[sysroot:lib/rustlib/t/lib/libstd-1.rlib]"},
        {{NULL}, "/W/sys/lib/rustlib/t/lib/libstd-1.so", "[sysroot:lib/rustlib/t/lib/libstd-1.so]"},
        {{NULL},
         "/W/sys/lib/rustlib/t/lib/rsbegin.o /W/sys/lib/rustlib/t/lib/self-contained/crt1.o",
         "[sysroot:lib/rustlib/t/lib/rsbegin.o] "
         "[sysroot:lib/rustlib/t/lib/self-contained/crt1.o]"},
        {{NULL},
         "-B/W/sys/lib/rustlib/t/bin/gcc-ld -fuse-ld=lld",
         "-B[sysroot:lib/rustlib/t/bin/gcc-ld] -fuse-ld=lld"},
        {{NULL}, "-L /W/sys/lib/rustlib/t/lib", "-L [sysroot:lib/rustlib/t/lib]"},
    };

    (void)state;
    check(cases);
}

static void line_leaves_options_as_they_are(void **state)
{
    static const char *const lines[] = {
        "-m64 -pie -shared -nodefaultlibs -Wl,--gc-sections -Wl,-z,relro,-z,now",
        "-lgcc_s -l c -l:libpthread.a -Wl,--as-needed -Wl,-Bstatic -Wl,-Bdynamic",
        "-flavor gnu --export main -z stack-size=1 -u S --no-entry",
        "-Wl,-soname=libapp.so --build-id=none --rsp-quoting=posix",
        "missing.o --anything=relative",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct line_case line = {{NULL}, lines[i], lines[i]};
        check_case(&line);
    }
}

static void line_copies_files_of_the_user(void **state)
{
    static const struct line_case cases[] = {
        {{"TMP/list"},
         "-Wl,--version-script=TMP/list nat/n.o /W/nat/n.o -T nat/script",
         "-Wl,--version-script=[unit:000-list] [unit:001-n.o] [unit:002-n.o] -T "
         "[unit:003-script]"},
        {{NULL},
         "-L nat -L ../x -L /usr/lib nat/libnat.so /usr/lib/libx.so.1",
         "-L [path:nat] -L [path:../x] -L [outside-path:/usr/lib] [path:nat/libnat.so] "
         "[outside-path:/usr/lib/libx.so.1]"},
        {{NULL}, "--anything=/W/nat/x", "--anything=[absolute-path:nat/x]"},
    };

    (void)state;
    check(cases);
}

static void line_types_further_outputs(void **state)
{
    static const struct line_case cases[] = {
        {{NULL}, "-Wl,--out-implib=TMP/libx.dll.a", "-Wl,--out-implib=[further:libx.dll.a]"},
        {{NULL},
         "-Wl,--out-implib=/W/.cleave-AbCdEf/out/0/libx.dll.a",
         "-Wl,--out-implib=[further:libx.dll.a]"},
        {{NULL}, "-Wl,-Map=app.map", "-Wl,-Map=[path:app.map]"},
    };

    (void)state;
    check(cases);
}

static void line_leaves_out_search_directories_of_codegen(void **state)
{
    static const struct line_case cases[] = {
        {{NULL}, "-L .cleave-AbCdEf/1 -L nat -L/W/.cleave-AbCdEf/2", "-L [path:nat]"},
    };

    (void)state;
    check(cases);
}

static void line_refuses_what_else_names_codegens_directory(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    add_words(&f, "-o x --anything=.cleave-AbCdEf/1/x");
    assert_int_equal(classify(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "the linker argument --anything=.cleave-AbCdEf/1/x names codegen's private "
                 "directory, and this cleave doesn't know what it is; compile this crate with "
                 "rustc alone and report it with rustc's version");
}

static void line_types_slots(void **state)
{
    static const struct line_case cases[] = {
        {{NULL},
         "-lcleave-slot-natives.app -lcleave-slot-natives.dep-1 cleave-slot-link-args",
         "[natives:] [natives:dep-1] [link-args]"},
        {{NULL}, "-l cleave-slot-natives.app -l c", "[natives:] -l c"},
        {{NULL},
         "-Wl,-Bstatic -lcleave-slot-natives.app -la -Wl,-Bdynamic -lcleave-slot-natives.b",
         "-Wl,-Bstatic -Wl,-Bdynamic [natives:] -Wl,-Bstatic -la -Wl,-Bdynamic [natives:b]"},
        {{NULL}, "-Bstatic -l cleave-slot-natives.app", "-Bstatic -Bdynamic [natives:] -Bstatic"},
        {{NULL}, "x.o cleave-slot-natives.app", "x.o cleave-slot-natives.app"},
    };

    (void)state;
    check(cases);
}

static void natives_slot_needs_an_option_before_it(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;
    auto_buf shown = BUF_INIT;

    (void)state;
    fixture_init(&f);
    add_words(&f, "cleave-slot-natives.app -o x");
    assert_success(classify(&f, &err), &err);
    show_words(&f.plan, 0, &shown);
    assert_buf(&shown, "cleave-slot-natives.app -o [output]");
}

/* A stand-in of libn.a in the hollow of the crate DEP, as the capture found it in TMP. */
static void keep_stand_in(struct fixture *f, const char *dep)
{
    struct marker marker = {MARKER_BUNDLED, test_digest(dep), xstrdup("libn.a")};
    auto_buf object = BUF_INIT;
    auto_ar ar = AR_INIT;
    auto_error err = ERROR_INIT;

    marker_write(&marker, &object);
    ar_add_member(&ar, MARKER_MEMBER, object.data, object.len);
    keep(f, "TMP/libn.a", "");
    assert_success(ar_write(&ar, "unit/000-libn.a", &err), &err);
    marker_release(&marker);
}

static void line_knows_whose_member_a_stand_in_is(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;
    auto_buf shown = BUF_INIT;

    (void)state;
    fixture_init(&f);
    keep_stand_in(&f, "dep");
    add_words(&f, "-o x deps/libdep-1.rlib -Wl,TMP/libn.a");
    assert_success(classify(&f, &err), &err);
    show_words(&f.plan, 2, &shown);
    assert_buf(&shown, "[crate:libdep-1.rlib] -Wl,[bundled:libdep-1.rlib:libn.a]");
    assert_false(fs_exists("unit/000-libn.a"));
}

static void line_refuses_a_stand_in_of_another_crate(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    keep_stand_in(&f, "other");
    add_words(&f, "-o x deps/libdep-1.rlib -Wl,TMP/libn.a");
    assert_int_equal(classify(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "the linker wants libn.a of a crate that isn't on its line before it");
}

static void line_keeps_bundled_libraries_of_real_rlibs(void **state)
{
    auto_fixture f;
    auto_ar ar = AR_INIT;
    auto_error err = ERROR_INIT;
    auto_buf shown = BUF_INIT;

    (void)state;
    fixture_init(&f);
    keep(&f, "TMP/libn.a", "");
    ar_add_member(&ar, "n.o", "native", 6);
    assert_success(ar_write(&ar, "unit/000-libn.a", &err), &err);
    add_words(&f, "-o x -Wl,TMP/libn.a");
    assert_success(classify(&f, &err), &err);
    show_words(&f.plan, 2, &shown);
    assert_buf(&shown, "-Wl,[unit:000-libn.a]");
}

static void line_refuses_synthesized_files_that_it_does_not_know(void **state)
{
    static const struct {
        const char *kept; /* NULL: the capture didn't find it */
        const char *word;
        const char *path;
    } cases[] = {
        {"TMP/new.bin", "TMP/new.bin", "TMP/new.bin"},
        {"TMP/new.bin", "-Wl,TMP/new.bin", "TMP/new.bin"},
        {"TMP/new-dir", "-L TMP/new-dir", "TMP/new-dir"},
        {NULL, "TMP/gone.o", "TMP/gone.o"},
        {NULL, "out/gone.rcgu.o", "out/gone.rcgu.o"},
        {NULL, "--anything=/W/.cleave-AbCdEf/out/x", "/W/.cleave-AbCdEf/out/x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_fixture f;
        auto_error err = ERROR_INIT;
        fixture_init(&f);
        if (cases[i].kept)
            keep(&f, cases[i].kept, "unknown");
        add_words(&f, "-o x");
        add_words(&f, cases[i].word);
        auto_free char *path = fill_in(&f, cases[i].path);
        auto_free char *text =
            xasprintf("rustc made a file for its linker that this cleave doesn't know: %s; "
                      "compile this crate with rustc alone and report it with rustc's version",
                      path);
        assert_int_equal(classify(&f, &err), -1);
        assert_error(&err, ERROR_REFUSED, text);
    }
}

static void line_refuses_a_broken_rlib(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    test_write("deps/libbad.rlib", "no archive at all");
    add_words(&f, "-o x deps/libbad.rlib");
    assert_int_equal(classify(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "deps/libbad.rlib: neither a rlib nor a dylib nor metadata that rustc made");
}

static void line_refuses_to_be_without_an_output(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    add_words(&f, "deps/libdep-1.rlib");
    assert_int_equal(classify(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED, "rustc ran its linker without an output (-o)");
}

static void line_refuses_two_outputs(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    add_words(&f, "-o out/app -o b");
    assert_int_equal(classify(&f, &err), -1);
    assert_error(&err, ERROR_REFUSED, "the linker's line has two outputs: app and b");
}

static void line_takes_what_counts_of_the_environment(void **state)
{
    static const char *const environment[] = {"HOME=/root", "LC_ALL=C", "VSLANG=1033",
                                              "SOURCE_DATE_EPOCH=1", "LC_ALLX=no"};
    auto_fixture f;
    auto_error err = ERROR_INIT;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
        strv_push(&f.link.environment, environment[i]);
    strv_pushf(&f.link.environment,
               "PATH=%s/sys/lib/rustlib/t/bin:%s/sys/lib/rustlib/t/bin/self-contained:"
               "%s/sys/lib/rustlib/t/bin:/usr/bin:%s/sys/lib/rustlib/t/lib",
               f.cwd, f.cwd, f.cwd, f.cwd);
    add_words(&f, "-o x -L /W/sys/lib/rustlib/t/lib");
    assert_success(classify(&f, &err), &err);
    assert_int_equal(f.plan.environment.len, 3);
    assert_string_equal(f.plan.environment.items[2], "SOURCE_DATE_EPOCH=1");
    assert_int_equal(f.plan.path_prefix.len, 2);
    assert_string_equal(f.plan.path_prefix.items[0], "lib/rustlib/t/bin");
    assert_string_equal(f.plan.path_prefix.items[1], "lib/rustlib/t/bin/self-contained");
    assert_string_equal(f.plan.sysroot.text, "sys");
    assert_true(f.plan.sysroot.was_absolute);
}

static void line_knows_a_sysroot_under_two_names(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;
    auto_buf shown = BUF_INIT;

    (void)state;
    fixture_init(&f);
    test_run("ln", "-s", "sys", "link", NULL);
    add_words(&f, "-o x /W/sys/lib/rustlib/t/lib/libstd-1.rlib -L link/lib/rustlib/t/lib");
    assert_success(classify(&f, &err), &err);
    show_words(&f.plan, 2, &shown);
    assert_buf(&shown, "[sysroot:lib/rustlib/t/lib/libstd-1.rlib] -L [sysroot:lib/rustlib/t/lib]");
    assert_string_equal(f.plan.sysroot.text, "link");
}

static void line_carries_the_digest_of_each_crate(void **state)
{
    auto_fixture f;
    auto_error err = ERROR_INIT;
    struct digest dep = test_digest("dep");
    struct digest dy = test_digest("dy");

    (void)state;
    fixture_init(&f);
    add_words(&f, "-o x deps/libdep-1.rlib deps/libdy.so deps/libdep-1.rlib");
    assert_success(classify(&f, &err), &err);
    assert_int_equal(f.plan.crate_count, 2);
    assert_true(digest_equal(&f.plan.crates[0].digest, &dep));
    assert_true(digest_equal(&f.plan.crates[1].digest, &dy));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        file_test(line_types_what_rustc_made),
        file_test(line_types_dependencies),
        file_test(line_types_the_sysroot),
        file_test(line_leaves_options_as_they_are),
        file_test(line_copies_files_of_the_user),
        file_test(line_types_further_outputs),
        file_test(line_leaves_out_search_directories_of_codegen),
        file_test(line_refuses_what_else_names_codegens_directory),
        file_test(line_types_slots),
        file_test(natives_slot_needs_an_option_before_it),
        file_test(line_knows_whose_member_a_stand_in_is),
        file_test(line_refuses_a_stand_in_of_another_crate),
        file_test(line_keeps_bundled_libraries_of_real_rlibs),
        file_test(line_refuses_synthesized_files_that_it_does_not_know),
        file_test(line_refuses_a_broken_rlib),
        file_test(line_refuses_to_be_without_an_output),
        file_test(line_refuses_two_outputs),
        file_test(line_takes_what_counts_of_the_environment),
        file_test(line_knows_a_sysroot_under_two_names),
        file_test(line_carries_the_digest_of_each_crate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
