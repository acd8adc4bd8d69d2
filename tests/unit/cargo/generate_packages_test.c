/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_packages.h"

#include <string.h>

#include "base/memory.h"
#include "cargo/generate_manifest.h"
#include "support/test.h"

#define TARGET(kind, name, path)                                                                   \
    "{\"kind\":[\"" kind "\"],\"crate_types\":[\"bin\"],\"name\":\"" name                          \
    "\",\"src_path\":\"" path "\",\"edition\":\"2021\",\"test\":true}"

#define PACKAGE(id, version, source, dir, targets)                                                 \
    "{\"id\":\"" id "\",\"name\":\"a\",\"version\":\"" version "\",\"source\":" source             \
    ",\"manifest_path\":\"" dir "/Cargo.toml\",\"targets\":[" targets "]}"

#define METADATA(packages)                                                                         \
    "{\"packages\":[" packages "],\"workspace_members\":[\"p\"],\"workspace_root\":\"/w\","        \
    "\"resolve\":{\"nodes\":[{\"id\":\"p\",\"deps\":[{\"name\":\"other\",\"pkg\":\"r\"}]}]}}"

static const char four_of_one_name[] = METADATA(PACKAGE(
    "p", "1.0.0", "null", "/w/a",
    TARGET("lib", "a-b", "/w/a/src/lib.rs") "," TARGET("bin", "x", "/w/a/x.rs") "," TARGET(
        "test", "t",
        "/w/t.rs") "," TARGET("test", "u",
                              "/w/a/u.rs")) "," PACKAGE("r", "1.0.0", "\"registry+https://r\"",
                                                        "/r/a",
                                                        "") "," PACKAGE("g", "1.0.0",
                                                                        "\"git+https://"
                                                                        "g?branch=b#"
                                                                        "0123456789abcdef\"",
                                                                        "/g/a",
                                                                        "") "," PACKAGE("q",
                                                                                        "2.0.0",
                                                                                        "\"registry"
                                                                                        "+https://"
                                                                                        "r\"",
                                                                                        "/r/a2",
                                                                                        ""));

static int parse(const char *text, struct cargo_packages *packages, struct error *err)
{
    return cargo_packages_parse(text, strlen(text), packages, err);
}

static void packages_of_one_name_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        const char *id;
    } cases[] = {
        {"a v1.0.0", "r"},
        {"a v1.0.0 (/w/a)", "p"},
        {"a v1.0.0 (proc-macro) (/w/a)", "p"},
        {"a v1.0.0 (https://g?branch=b#01234567)", "g"},
        {"a v2.0.0", "q"},
    };
    auto_cargo_packages packages = CARGO_PACKAGES_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(parse(four_of_one_name, &packages, &err), &err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t index;
        assert_success(cargo_packages_find(&packages, cases[i].text, &index, &err), &err);
        assert_string_equal(packages.items[index].id, cases[i].id);
    }
}

static void packages_that_are_not_there_are_named(void **state)
{
    auto_cargo_packages packages = CARGO_PACKAGES_INIT;
    auto_error err = ERROR_INIT;
    size_t index = 7;

    (void)state;
    assert_success(parse(four_of_one_name, &packages, &err), &err);
    assert_int_equal(cargo_packages_find(&packages, "b v1.0.0", &index, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "cargo tree names a package that cargo metadata doesn't know: b v1.0.0");
    assert_int_equal(cargo_packages_find(&packages, "a v1.0.0 (/elsewhere)", &index, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "cargo tree's a v1.0.0 (/elsewhere) may be any of 3 packages of cargo metadata");
    assert_int_equal(index, 7);
}

static void packages_know_targets_and_names_of_dependencies(void **state)
{
    auto_cargo_packages packages = CARGO_PACKAGES_INIT;
    auto_error err = ERROR_INIT;
    size_t member, other;

    (void)state;
    assert_success(parse(four_of_one_name, &packages, &err), &err);
    assert_success(cargo_packages_find(&packages, "a v1.0.0 (/w/a)", &member, &err), &err);
    assert_success(cargo_packages_find(&packages, "a v1.0.0", &other, &err), &err);
    const struct cargo_package *package = &packages.items[member];
    assert_true(package->is_member);
    assert_string_equal(cargo_package_library(package)->root, "src/lib.rs");
    assert_null(package->targets[2].root);
    assert_null(cargo_package_build_script(package));
    assert_string_equal(cargo_package_dep_name(package, &packages.items[other]), "other");
    assert_null(cargo_package_dep_name(&packages.items[other], package));
}

static void packages_refuse_what_is_no_metadata(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"{}", "cargo metadata gave no \"workspace_root\" where one belongs"},
        {METADATA("{}"), "cargo metadata gave no \"id\" where one belongs"},
        {METADATA(""), "cargo metadata names a member p that is not among its packages"},
        {METADATA(PACKAGE("p", "1.0.0", "null", "/w", TARGET("odd", "x", "/w/x"))),
         "a 1.0.0: a target of kind odd, which cleave doesn't know"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_cargo_packages packages = CARGO_PACKAGES_INIT;
        auto_error err = ERROR_INIT;
        assert_int_equal(parse(cases[i].text, &packages, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].message);
        assert_null(packages.items);
    }
}

static void manifest_says_which_targets_have_a_main_of_their_own(void **state)
{
    static const char text[] = "[package]\nname = \"a\" # harness = false\n"
                               "[[test]]\n  harness=false # so\n  name = 't'\n"
                               "[[test]]\nname = \"u\"\n# harness = false\n"
                               "[lib]\nharness = false\n[[bench]]\nharness = false\n";
    auto_cargo_packages packages = CARGO_PACKAGES_INIT;
    auto_error err = ERROR_INIT;
    size_t at;

    (void)state;
    assert_success(parse(four_of_one_name, &packages, &err), &err);
    assert_success(cargo_packages_find(&packages, "a v1.0.0 (/w/a)", &at, &err), &err);
    cargo_manifest_apply(text, strlen(text), &packages.items[at]);
    assert_false(packages.items[at].targets[0].harness);
    assert_true(packages.items[at].targets[1].harness);
    assert_false(packages.items[at].targets[2].harness);
    assert_true(packages.items[at].targets[3].harness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_of_one_name_are_told_apart),
        cmocka_unit_test(packages_that_are_not_there_are_named),
        cmocka_unit_test(packages_know_targets_and_names_of_dependencies),
        cmocka_unit_test(packages_refuse_what_is_no_metadata),
        cmocka_unit_test(manifest_says_which_targets_have_a_main_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
