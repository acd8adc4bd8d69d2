/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_output.h"

#include <string.h>

#include "base/buf.h"
#include "support/test.h"

static void add_list(struct buf *text, const char *name, const struct strv *list)
{
    for (size_t i = 0; i < list->len; i++)
        buf_addf(text, "%s[%s]\n", name, list->items[i]);
}

static int parse(const char *text, size_t len, struct buf *shown, struct error *err)
{
    auto_build_script_output output = BUILD_SCRIPT_OUTPUT_INIT;

    if (build_script_output_parse(text, len, "zlib", "/out", &output, err) < 0)
        return -1;
    add_list(shown, "search", &output.searches);
    add_list(shown, "lib", &output.libs);
    add_list(shown, "cfg", &output.cfgs);
    add_list(shown, "check-cfg", &output.check_cfgs);
    add_list(shown, "env", &output.env);
    add_list(shown, "link-arg", &output.link_args);
    add_list(shown, "metadata", &output.metadata);
    add_list(shown, "warning", &output.warnings);
    add_list(shown, "error", &output.errors);
    return 0;
}

static void assert_parsed(const char *text, const char *expected)
{
    auto_buf shown = BUF_INIT;
    auto_error err = ERROR_INIT;

    assert_success(parse(text, strlen(text), &shown, &err), &err);
    assert_buf(&shown, expected);
}

static void assert_refused(const char *text, size_t len, const char *message)
{
    auto_buf shown = BUF_INIT;
    auto_error err = ERROR_INIT;

    assert_int_equal(parse(text, len, &shown, &err), -1);
    assert_error(&err, ERROR_REFUSED, message);
}

static void each_directive_is_taken_in_both_spellings(void **state)
{
    static const struct {
        const char *directive;
        const char *expected;
    } cases[] = {
        {"rustc-link-lib=static:+whole-archive=z", "lib[static:+whole-archive=z]\n"},
        {"rustc-link-search=native=/a b", "search[native=/a b]\n"},
        {"rustc-flags=-l a  -lstatic=b -L /x -Lnative=/y",
         "search[/x]\nsearch[native=/y]\nlib[a]\nlib[static=b]\n"},
        {"rustc-flags=", ""},
        {"rustc-cfg=a=\"b\"", "cfg[a=\"b\"]\n"},
        {"rustc-check-cfg=cfg(a, values(\"b\"))", "check-cfg[cfg(a, values(\"b\"))]\n"},
        {"rustc-env=A=b=c", "env[A=b=c]\n"},
        {"rustc-env=A=", "env[A=]\n"},
        {"rustc-link-arg=-Wl,-a", "link-arg[all\t-Wl,-a]\n"},
        {"rustc-link-arg-bins=-b", "link-arg[bins\t-b]\n"},
        {"rustc-link-arg-bin=x=-c=d", "link-arg[bin:x\t-c=d]\n"},
        {"rustc-link-arg-tests=-d", "link-arg[tests\t-d]\n"},
        {"rustc-link-arg-examples=-e", "link-arg[examples\t-e]\n"},
        {"rustc-link-arg-benches=-f", "link-arg[benches\t-f]\n"},
        {"rustc-link-arg-cdylib=-g", "link-arg[cdylib\t-g]\n"},
        {"rustc-cdylib-link-arg=-h", "link-arg[cdylib\t-h]\n"},
        {"warning=a: b=c", "warning[a: b=c]\n"},
        {"warning=", "warning[]\n"},
        {"rerun-if-changed=a", ""},
        {"rerun-if-env-changed=A", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int form = 0; form < 2; form++) {
            auto_buf text = BUF_INIT;
            buf_addf(&text, "%s%s\n", form ? "cargo::" : "cargo:", cases[i].directive);
            assert_parsed(text.data, cases[i].expected);
        }
}

static void data_of_the_scripts_own_has_two_spellings(void **state)
{
    (void)state;
    assert_parsed("cargo::metadata=root=/a=b\n", "metadata[root=/a=b]\n");
    assert_parsed("cargo:root=/a=b\n", "metadata[root=/a=b]\n");
    /* What the older form never knew is data in it. */
    assert_parsed("cargo:metadata=a=b\n", "metadata[metadata=a=b]\n");
    assert_parsed("cargo:error=a\n", "metadata[error=a]\n");
    assert_parsed("cargo::error=a\n", "error[a]\n");
}

static void what_the_script_has_built_is_looked_into_first(void **state)
{
    (void)state;
    assert_parsed("cargo:rustc-link-search=/usr\n"
                  "cargo:rustc-link-search=native=/out/b\n"
                  "cargo:rustc-link-search=/outside\n"
                  "cargo:rustc-link-search=/out\n",
                  "search[native=/out/b]\nsearch[/out]\nsearch[/usr]\nsearch[/outside]\n");
}

static void other_lines_are_the_scripts_own(void **state)
{
    (void)state;
    assert_parsed("", "");
    assert_parsed("hello\n\n cargo\nCargo:a=b\n=cargo:a=b\n", "");
    assert_parsed("cargo:warning=\xff\n\xff\ncargo:warning=b", "warning[b]\n");
}

static void blanks_around_a_line_do_not_count(void **state)
{
    (void)state;
    assert_parsed(" \t cargo::rustc-cfg=a \r\ncargo:b= c \t", "cfg[a]\nmetadata[b= c]\n");
}

static void what_cargo_would_refuse_is_refused_with_its_line(void **state)
{
#define PRINTED(line, why) "the build script of zlib printed \"" line "\": " why
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"cargo::rustc-link-lib",
         PRINTED("cargo::rustc-link-lib", "there is no \"=\"; print cargo::KEY=VALUE")},
        {"cargo:rustc-link-lib",
         PRINTED("cargo:rustc-link-lib", "there is no \"=\"; print cargo::KEY=VALUE")},
        {"cargo::", PRINTED("cargo::", "there is no \"=\"; print cargo::KEY=VALUE")},
        {"cargo: compiling", PRINTED("cargo: compiling", "there is no \"=\"; print "
                                                         "cargo::metadata=KEY=VALUE")},
        {"cargo::metadata=a",
         PRINTED("cargo::metadata=a", "there is no \"=\"; print cargo::metadata=KEY=VALUE")},
        {"cargo::metadata==a",
         PRINTED("cargo::metadata==a", "the key is empty; print cargo::metadata=KEY=VALUE")},
        {"cargo:=a", PRINTED("cargo:=a", "the key is empty; print cargo::metadata=KEY=VALUE")},
        {"cargo::root=a", PRINTED("cargo::root=a", "Cargo has no such key; print "
                                                   "cargo::metadata=KEY=VALUE for data of the "
                                                   "script's own")},
        {"cargo::rustc-link-lib=",
         PRINTED("cargo::rustc-link-lib=", "its value is empty; leave the line out")},
        {"cargo:rustc-link-search= ",
         PRINTED("cargo:rustc-link-search=", "its value is empty; leave the line out")},
        {"cargo:rustc-cfg=", PRINTED("cargo:rustc-cfg=", "its value is empty; leave the line out")},
        {"cargo:rustc-flags=-l a -C b",
         PRINTED("cargo:rustc-flags=-l a -C b", "only -l and -L may stand in rustc-flags")},
        {"cargo:rustc-flags=-L", PRINTED("cargo:rustc-flags=-L", "its last flag has no value")},
        {"cargo:rustc-env=A",
         PRINTED("cargo:rustc-env=A", "give a variable and its value, rustc-env=NAME=VALUE")},
        {"cargo:rustc-env= A=b",
         PRINTED("cargo:rustc-env= A=b", "give a variable and its value, rustc-env=NAME=VALUE")},
        {"cargo:rustc-link-arg-bin=-a",
         PRINTED("cargo:rustc-link-arg-bin=-a", "give the program, rustc-link-arg-bin=BIN=ARG")},
        {"cargo:rustc-link-arg-bin==a",
         PRINTED("cargo:rustc-link-arg-bin==a", "give the program, rustc-link-arg-bin=BIN=ARG")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
    assert_refused("cargo:a=b\0c", 11, PRINTED("cargo:a=b", "a NUL byte follows"));
}

static void only_the_beginning_of_a_long_line_is_shown(void **state)
{
    auto_buf text = BUF_INIT;
    auto_buf message = BUF_INIT;

    (void)state;
    buf_add_str(&text, "cargo::");
    while (text.len < 300)
        buf_add_char(&text, 'x');
    buf_addf(&message,
             "the build script of zlib printed \"%.200s\": there is no \"=\"; print "
             "cargo::KEY=VALUE",
             text.data);
    assert_refused(text.data, text.len, message.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_directive_is_taken_in_both_spellings),
        cmocka_unit_test(data_of_the_scripts_own_has_two_spellings),
        cmocka_unit_test(what_the_script_has_built_is_looked_into_first),
        cmocka_unit_test(other_lines_are_the_scripts_own),
        cmocka_unit_test(blanks_around_a_line_do_not_count),
        cmocka_unit_test(what_cargo_would_refuse_is_refused_with_its_line),
        cmocka_unit_test(only_the_beginning_of_a_long_line_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
