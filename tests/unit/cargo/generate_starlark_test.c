/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_starlark.h"

#include "support/test.h"

static void fill(struct strv *list, const char *const *words)
{
    for (; *words; words++)
        strv_push(list, *words);
}

#define list(...) ((const char *const[]){__VA_ARGS__, NULL})

static void rule_is_written_in_the_order_of_buildifier(void **state)
{
    auto_starlark_rule rule = {.kind = "rust_library"};
    auto_strv labels = STRV_INIT;
    auto_strv features = STRV_INIT;
    auto_strv none = STRV_INIT;
    auto_buf text = BUF_INIT;

    (void)state;
    fill(&labels, list("@x//:a", "//b", ":z", "//a:b", "//a-b:c", ":a", ":z"));
    fill(&features, list("one"));
    starlark_labels(&rule, "deps", &labels);
    starlark_string(&rule, "version", "1.0.0");
    starlark_list(&rule, "crate_features", &features);
    starlark_list(&rule, "tags", &none);
    starlark_false(&rule, "use_libtest_harness");
    starlark_string(&rule, "name", "x");
    starlark_rule_write(&rule, &text);
    assert_string_equal(text.data, "\nrust_library(\n"
                                   "    name = \"x\",\n"
                                   "    crate_features = [\"one\"],\n"
                                   "    use_libtest_harness = False,\n"
                                   "    version = \"1.0.0\",\n"
                                   "    deps = [\n"
                                   "        \":a\",\n"
                                   "        \":z\",\n"
                                   "        \"//a:b\",\n"
                                   "        \"//a-b:c\",\n"
                                   "        \"//b\",\n"
                                   "        \"@x//:a\",\n"
                                   "    ],\n"
                                   ")\n");
}

static void dict_and_glob_are_written_one_item_a_line(void **state)
{
    auto_starlark_rule rule = {.kind = "r"};
    auto_starlark_glob glob = STARLARK_GLOB_INIT;
    auto_starlark_glob plain = STARLARK_GLOB_INIT;
    auto_strv pairs = STRV_INIT;
    auto_strv pair = STRV_INIT;
    auto_buf text = BUF_INIT;

    (void)state;
    fill(&pairs, list("B=2=3", "A="));
    fill(&pair, list("//x:y=z"));
    fill(&glob.include, list("**"));
    fill(&glob.exclude, list("b", "a"));
    fill(&glob.extra, list(":x"));
    glob.may_be_empty = true;
    fill(&plain.include, list("**/*.rs"));
    starlark_dict(&rule, "env", &pairs);
    starlark_dict(&rule, "aliases", &pair);
    starlark_globbed(&rule, "data", &glob);
    starlark_globbed(&rule, "srcs", &plain);
    starlark_rule_write(&rule, &text);
    assert_string_equal(text.data, "\nr(\n"
                                   "    srcs = glob([\"**/*.rs\"]),\n"
                                   "    aliases = {\"//x:y\": \"z\"},\n"
                                   "    data = glob(\n"
                                   "        [\"**\"],\n"
                                   "        allow_empty = True,\n"
                                   "        exclude = [\n"
                                   "            \"a\",\n"
                                   "            \"b\",\n"
                                   "        ],\n"
                                   "    ) + [\":x\"],\n"
                                   "    env = {\n"
                                   "        \"A\": \"\",\n"
                                   "        \"B\": \"2=3\",\n"
                                   "    },\n"
                                   ")\n");
}

static void text_is_quoted(void **state)
{
    auto_buf text = BUF_INIT;

    (void)state;
    starlark_quote(&text, "a\"b\\c\nd\te\x01ü");
    assert_string_equal(text.data, "\"a\\\"b\\\\c\\nd\\te\\001ü\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_is_written_in_the_order_of_buildifier),
        cmocka_unit_test(dict_and_glob_are_written_one_item_a_line),
        cmocka_unit_test(text_is_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
