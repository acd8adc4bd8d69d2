/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_graph.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

/* Packages app (the member), a, b and the proc macro m, each with what it takes to be built. */
#define TARGET(kind, name)                                                                         \
    "{\"kind\":[\"" kind "\"],\"name\":\"" name "\",\"src_path\":\"/" name "/x.rs\","              \
    "\"edition\":\"2021\"}"
#define PACKAGE(name, kind)                                                                        \
    "{\"id\":\"" name "\",\"name\":\"" name "\",\"version\":\"1\",\"manifest_path\":\"/" name      \
    "/Cargo.toml\",\"targets\":[" TARGET(kind, name) "," TARGET("custom-build", name) "]}"

static const char metadata[] =
    "{\"packages\":[" PACKAGE("app", "lib") "," PACKAGE("a", "lib") "," PACKAGE(
        "b", "lib") "," PACKAGE("m", "proc-macro") "],\"workspace_members\":[\"app\"],\"workspace_"
                                                   "root\":\"/\"}";

/* The graph of the two trees as text: "NAME[features]: dependencies", what is wanted only. */
static int build(const char *normal, const char *test, struct buf *text, struct error *err)
{
    const struct override_settings settings[4] = {OVERRIDE_SETTINGS_INIT, OVERRIDE_SETTINGS_INIT,
                                                  OVERRIDE_SETTINGS_INIT, OVERRIDE_SETTINGS_INIT};
    auto_cargo_packages packages = CARGO_PACKAGES_INIT;
    struct cargo_tree trees[2] = {CARGO_TREE_INIT, CARGO_TREE_INIT};
    auto_graph graph = GRAPH_INIT;

    assert_success(cargo_packages_parse(metadata, strlen(metadata), &packages, err), err);
    assert_success(cargo_tree_parse(normal, strlen(normal), &trees[0], err), err);
    assert_success(cargo_tree_parse(test, strlen(test), &trees[1], err), err);
    int result = graph_build(&packages, settings, &trees[0], &trees[1], &graph, err);
    for (size_t i = 0; i < graph.len; i++) {
        const struct graph_variant *variant = &graph.variants[i];
        buf_addf(text, "%s%s%s[", text->len ? " " : "", packages.items[variant->package].name,
                 variant->suffix);
        for (size_t k = 0; k < variant->features.len; k++)
            buf_add_str(text, variant->features.items[k]);
        buf_add_str(text, variant->wanted ? "]" : "] unwanted");
    }
    cargo_tree_release(&trees[0]);
    cargo_tree_release(&trees[1]);
    return result;
}

static void variants_are_shared_where_all_below_them_is_the_same(void **state)
{
    static const struct {
        const char *normal;
        const char *test; /* NULL: the same */
        const char *variants;
    } cases[] = {
        /* One for the host and for the target. */
        {"app v1\t\n|-- a v1\tx\n[build-dependencies]\n`-- a v1\tx\n", NULL, "a[x] app[]"},
        {"app v1\t\n|-- a v1\tx\n[build-dependencies]\n`-- a v1\ty\n", NULL,
         "a[x] a__host[y] app[]"},
        /* A proc macro and what is below it are the host's. */
        {"app v1\t\n|-- a v1\tx\n`-- m v1\t\n    `-- a v1\ty\n", NULL, "a[x] a__host[y] m[] app[]"},
        {"app v1\t\n`-- m v1\t\n    `-- a v1\ty\n", NULL, "a[y] m[] app[]"},
        /* A difference below is one above. */
        {"app v1\t\n|-- b v1\t\n|   `-- a v1\tx\n[build-dependencies]\n`-- b v1\t\n    `-- a "
         "v1\ty\n",
         NULL, "a[x] b[] a__host[y] b__host[] app[]"},
        /* A dev-dependency's feature. */
        {"app v1\t\n`-- a v1\tx\n", "app v1\t\n`-- a v1\txy\n[dev-dependencies]\n`-- a v1\txy\n",
         "a[x] app[] a__test[xy] app__test[]"},
        /* A dev-dependency that depends on what it tests. */
        {"app v1\t\n", "app v1\t\n[dev-dependencies]\n`-- b v1\t\n    `-- app v1\t (*)\n",
         "app[] b[]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf text = BUF_INIT;
        const char *test = cases[i].test ? cases[i].test : cases[i].normal;
        assert_success(build(cases[i].normal, test, &text, &err), &err);
        assert_string_equal(text.data, cases[i].variants);
    }
}

static void trees_that_contradict_themselves_are_refused(void **state)
{
    static const struct {
        const char *tree;
        const char *message;
    } cases[] = {
        {"app v1\t\n`-- a v1\t\n    `-- b v1\t\n        `-- a v1\t (*)\n",
         "app 1: a 1: b 1: a 1 depends on itself"},
        {"app v1\t\n|-- a v1\tx\n`-- b v1\t\n    `-- a v1\ty\n",
         "cargo tree gives a 1 two sets of features where cleave knows of one"},
        {"app v1\t\n`-- a v1\t (*)\n",
         "cargo tree doesn't show the dependencies of a 1, and says that it has"},
        {"app v1\t\n`-- c v1\t\n",
         "cargo tree names a package that cargo metadata doesn't know: c v1"},
        {"a v1\t\n", "cargo tree doesn't show the member app"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_error err = ERROR_INIT;
        auto_buf text = BUF_INIT;
        assert_int_equal(build(cases[i].tree, cases[i].tree, &text, &err), -1);
        assert_error(&err, ERROR_REFUSED, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_are_shared_where_all_below_them_is_the_same),
        cmocka_unit_test(trees_that_contradict_themselves_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
