/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/served_rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "support/test.h"

static char *why_not(const char *const *args)
{
    auto_strv words = STRV_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;
    auto_error err = ERROR_INIT;

    strv_push(&words, "src/lib.rs");
    for (; *args; args++)
        strv_push(&words, *args);
    assert_success(rustc_command_parse(words.items, words.len, &command, &err), &err);
    return served_why_not(&command);
}

static void cargos_usual_crates_are_served(void **state)
{
    static const char *const args[] = {"--crate-name=a",
                                       "--edition=2021",
                                       "--error-format=json",
                                       "--crate-type",
                                       "lib",
                                       "--emit=dep-info,metadata,link",
                                       "-C",
                                       "embed-bitcode=no",
                                       "-Cdebuginfo=2",
                                       "-C",
                                       "metadata=0",
                                       "-C",
                                       "extra-filename=-0",
                                       "--out-dir",
                                       "/t/deps",
                                       "-L",
                                       "dependency=/t/deps",
                                       "--extern",
                                       "b=/t/deps/libb.rmeta",
                                       "--cap-lints",
                                       "allow",
                                       "--cfg",
                                       "x",
                                       "-Cstrip=debuginfo",
                                       "--target=x86_64-unknown-linux-gnu",
                                       "-Csplit-debuginfo=off",
                                       "-Ctarget-cpu=x86-64-v2",
                                       NULL};

    (void)state;
    assert_null(why_not(args));
}

static void what_depends_on_more_than_is_sent_is_not(void **state)
{
    static const struct {
        const char *args[3], *why;
    } cases[] = {
        {{"--emit=dep-info,link", "-Clto=fat"}, "LTO"},
        {{"--emit=dep-info,link", "--crate-type=dylib"}, "dylib"},
        {{"--emit=link"}, "no dep-info"},
        {{"--emit=dep-info=x.d,link"}, "--emit with a path"},
        {{"--emit=dep-info", "-Csplit-debuginfo=unpacked"}, "split-debuginfo=unpacked"},
        {{"--emit=dep-info", "-Csplit-debuginfo=packed"}, "split-debuginfo=packed"},
        {{"--emit=dep-info", "-Ctarget-cpu=native"}, "target-cpu=native"},
        {{"--emit=dep-info", "-Cprofile-use=x"}, "-C profile-use"},
        {{"--emit=dep-info", "-Clinker-plugin-lto"}, "-C linker-plugin-lto"},
        {{"--emit=dep-info", "-Crpath"}, "-C rpath"},
        {{"--emit=dep-info", "-Zthreads=8"}, "-Z threads"},
        {{"--emit=dep-info", "--print=link-args"}, "--print"},
        {{"--emit=dep-info", "--sysroot=/s"}, "--sysroot"},
        {{"--emit=dep-info", "-ox"}, "-o"},
        {{"--emit=dep-info", "--target=t.json"}, "a target by its file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_free char *why = why_not(cases[i].args);
        assert_non_null(why);
        assert_string_equal(why, cases[i].why);
    }
}

static void toolchain_is_a_directory_that_has_all_of_it(void **state)
{
    auto_error err = ERROR_INIT;
    auto_free char *cwd = NULL;

    (void)state;
    assert_success(fs_getcwd(&cwd, &err), &err);
    auto_free char *path = xasprintf("%s/links", cwd);
    auto_free char *expected = xasprintf("%s/tools", cwd);
    assert_success(fs_mkdir_all("tools/bin", &err), &err);
    assert_success(fs_mkdir_all("tools/lib", &err), &err);
    assert_success(fs_mkdir_all("links", &err), &err);
    test_write("tools/bin/rustc", "");
    assert_int_equal(chmod("tools/bin/rustc", 0755), 0);
    assert_int_equal(symlink("../tools/bin/rustc", "links/rustc"), 0);
    setenv("PATH", path, 1);
    assert_null(served_sysroot("rustc"));
    test_write("tools/lib/librustc_driver-1.so", "");
    auto_free char *found = served_sysroot("rustc");
    assert_non_null(found);
    assert_string_equal(found, expected);
    assert_null(served_sysroot("no-such-rustc"));
}

static void cargos_variables_are_sent_and_its_users_are_not(void **state)
{
    static const struct {
        const char *variable;
        bool sent;
    } cases[] = {
        {"CARGO=/c", true},
        {"CARGO_PKG_NAME=a", true},
        {"CARGO_MANIFEST_DIR=/m", true},
        {"OUT_DIR=/o", true},
        {"MACOSX_DEPLOYMENT_TARGET=14.0", true},
        {"CARGO_HOME=/h", false},
        {"CARGO_REGISTRY_TOKEN=x", false},
        {"CARGO_INCREMENTAL=0", false},
        {"HOME=/h", false},
        {"OUT_DIRECTORY=x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(served_sends(cases[i].variable), cases[i].sent);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(cargos_usual_crates_are_served),
        cmocka_unit_test(what_depends_on_more_than_is_sent_is_not),
        file_test(toolchain_is_a_directory_that_has_all_of_it),
        cmocka_unit_test(cargos_variables_are_sent_and_its_users_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
