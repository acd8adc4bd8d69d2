/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_env.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "support/test.h"
#include "support/words.h"

static void names_become_parts_of_variables(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {{"a-b_c", "A_B_C"}, {"Z", "Z"}, {"c.d+e", "C.D+E"}, {"", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *variable = build_script_variable(cases[i].name);
        assert_string_equal(variable, cases[i].expected);
    }
}

static void cfgs_become_variables_with_all_their_values(void **state)
{
    static const char text[] = "debug_assertions\n"
                               "panic=\"unwind\"\n"
                               "target_abi=\"\"\n"
                               "target_feature=\"sse\"\n"
                               "target_has_atomic\n"
                               "target_has_atomic=\"16\"\n"
                               "target_has_atomic=\"ptr\"\n"
                               "target_feature=\"sse2\"\n"
                               "unix\n";
    auto_strv features = STRV_INIT;
    auto_strv env = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    words_push(&features, "std a-b");
    assert_success(build_script_cfg_variables(text, &features, true, &env, &err), &err);
    auto_free char *joined = words_join(&env);
    assert_string_equal(joined, "CARGO_CFG_PANIC=unwind "
                                "CARGO_CFG_TARGET_ABI= "
                                "CARGO_CFG_TARGET_FEATURE=sse,sse2 "
                                "CARGO_CFG_TARGET_HAS_ATOMIC=16,ptr "
                                "CARGO_CFG_UNIX= "
                                "CARGO_CFG_FEATURE=a-b,std");
}

static void debug_assertions_are_those_of_the_profile(void **state)
{
    auto_strv features = STRV_INIT;
    auto_strv env = STRV_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(build_script_cfg_variables("", &features, false, &env, &err), &err);
    auto_free char *joined = words_join(&env);
    assert_string_equal(joined, "CARGO_CFG_FEATURE= CARGO_CFG_DEBUG_ASSERTIONS=");
}

static void unknown_cfgs_are_refused(void **state)
{
    static const char *const lines[] = {"a=b", "a=\"b", "a=\""};

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        auto_strv features = STRV_INIT;
        auto_strv env = STRV_INIT;
        auto_error err = ERROR_INIT;
        auto_free char *message = xasprintf("rustc --print=cfg printed \"%s\"", lines[i]);
        assert_int_equal(build_script_cfg_variables(lines[i], &features, true, &env, &err), -1);
        assert_error(&err, ERROR_REFUSED, message);
    }
}

static void versions_are_taken_apart(void **state)
{
    static const struct {
        const char *version, *major, *minor, *patch, *pre;
    } cases[] = {
        {"1.2.3", "1", "2", "3", ""},
        {"0.10.0-pre.1+b-7", "0", "10", "0", "pre.1"},
        {"1.0.0+b-7", "1", "0", "0", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strv env = STRV_INIT;
        auto_error err = ERROR_INIT;
        assert_success(build_script_version_variables(cases[i].version, &env, &err), &err);
        assert_string_equal(env_get(env.items, "CARGO_PKG_VERSION"), cases[i].version);
        assert_string_equal(env_get(env.items, "CARGO_PKG_VERSION_MAJOR"), cases[i].major);
        assert_string_equal(env_get(env.items, "CARGO_PKG_VERSION_MINOR"), cases[i].minor);
        assert_string_equal(env_get(env.items, "CARGO_PKG_VERSION_PATCH"), cases[i].patch);
        assert_string_equal(env_get(env.items, "CARGO_PKG_VERSION_PRE"), cases[i].pre);
    }
}

static void other_versions_are_refused(void **state)
{
    static const char *const versions[] = {"", "1", "1.2", "1.2.", "1.2.x", "1.2.3.4", "v1.2.3"};

    (void)state;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        auto_strv env = STRV_INIT;
        auto_error err = ERROR_INIT;
        auto_free char *message =
            xasprintf("--package-version %s: give MAJOR.MINOR.PATCH", versions[i]);
        assert_int_equal(build_script_version_variables(versions[i], &env, &err), -1);
        assert_error(&err, ERROR_USAGE, message);
    }
}

/* The environment that a script of "root/pkg" gets, with a rustc that is a script itself. */
static void environment(const struct build_script *script, bool relocates, struct strv *env)
{
    char root[] = "/root", manifest[] = "/root/pkg", out_dir[] = "/root/d/out";
    struct build_script_places places = {root, manifest, manifest, out_dir, relocates};
    auto_error err = ERROR_INIT;

    test_write("rustc", "#!/bin/sh\n"
                        "[ \"$1\" != -vV ] || printf 'rustc 1\\nhost: x-y-z\\nrelease: 1\\n'\n"
                        "[ \"$1\" != --print=cfg ] || echo unix\n");
    test_run("chmod", "+x", "rustc", NULL);
    assert_success(build_script_environment(script, &places, env, &err), &err);
}

#define assert_variable(env, name, expected)                                                       \
    do {                                                                                           \
        const char *value = env_get((env).items, name);                                            \
        assert_string_equal(value ? value : "(none)", expected);                                   \
    } while (0)

static char *own_rustc(void)
{
    auto_buf cwd = BUF_INIT;

    test_output((const char *const[]){"pwd", NULL}, &cwd);
    return xasprintf("%.*s/rustc", (int)cwd.len - 1, cwd.data);
}

static void profiles_have_their_defaults(void **state)
{
    auto_build_script script = BUILD_SCRIPT_INIT;
    auto_strv debug = STRV_INIT;
    auto_strv release = STRV_INIT;
    auto_free char *rustc = own_rustc();

    (void)state;
    script.rustc = rustc;
    environment(&script, false, &debug);
    script.profile = "release";
    environment(&script, false, &release);
    assert_variable(debug, "PROFILE", "debug");
    assert_variable(debug, "OPT_LEVEL", "0");
    assert_variable(debug, "DEBUG", "true");
    assert_variable(release, "PROFILE", "release");
    assert_variable(release, "OPT_LEVEL", "3");
    assert_variable(release, "DEBUG", "false");
    assert_variable(release, "HOST", "x-y-z");
    assert_variable(release, "TARGET", "x-y-z");
    assert_variable(release, "CARGO_CFG_UNIX", "");
}

static void what_is_meant_for_another_script_is_dropped(void **state)
{
    static const char *const names[] = {
        "CARGO_FEATURE_OTHER",     "CARGO_CFG_OTHER", "RUSTFLAGS",           "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER", "CARGO_PKG_OTHER", "CARGO_MANIFEST_LINKS"};
    auto_build_script script = BUILD_SCRIPT_INIT;
    auto_strv env = STRV_INIT;
    auto_free char *rustc = own_rustc();

    (void)state;
    script.rustc = rustc;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        setenv(names[i], "x", 1);
    setenv("OTHER", "kept", 1);
    environment(&script, false, &env);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_variable(env, names[i], "(none)");
        unsetenv(names[i]);
    }
    assert_variable(env, "OTHER", "kept");
}

static void compilers_are_told_to_rename_the_root_in_each_variable_they_read(void **state)
{
    auto_build_script script = BUILD_SCRIPT_INIT;
    auto_strv env = STRV_INIT;
    auto_strv plain = STRV_INIT;
    auto_free char *rustc = own_rustc();

    (void)state;
    script.rustc = rustc;
    words_push(&script.rustflags, "-Ca --cfg=b");
    words_push(&script.env, "CFLAGS_x_y_z=-O1 TARGET_CXXFLAGS=-O2 CFLAGSX=1 "
                            "P=/proc/self/cwd/a:/proc/self/cwd/b");
    environment(&script, true, &env);
    assert_variable(env, "CFLAGS", "-ffile-prefix-map=/root=.");
    assert_variable(env, "CXXFLAGS", "-ffile-prefix-map=/root=.");
    assert_variable(env, "CFLAGS_x_y_z", "-O1 -ffile-prefix-map=/root=.");
    assert_variable(env, "TARGET_CXXFLAGS", "-O2 -ffile-prefix-map=/root=.");
    assert_variable(env, "CFLAGSX", "1");
    assert_variable(env, "P", "/root/a:/root/b");
    assert_variable(env, "CARGO_ENCODED_RUSTFLAGS",
                    "-Ca\x1f--cfg=b\x1f--remap-path-prefix=/root=.");
    environment(&script, false, &plain);
    assert_variable(plain, "CFLAGS", "(none)");
    assert_variable(plain, "P", "/proc/self/cwd/a:/proc/self/cwd/b");
    assert_variable(plain, "CARGO_ENCODED_RUSTFLAGS", "-Ca\x1f--cfg=b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_parts_of_variables),
        cmocka_unit_test(cfgs_become_variables_with_all_their_values),
        cmocka_unit_test(debug_assertions_are_those_of_the_profile),
        cmocka_unit_test(unknown_cfgs_are_refused),
        cmocka_unit_test(versions_are_taken_apart),
        cmocka_unit_test(other_versions_are_refused),
        file_test(profiles_have_their_defaults),
        file_test(what_is_meant_for_another_script_is_dropped),
        file_test(compilers_are_told_to_rename_the_root_in_each_variable_they_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
