/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_message.h"

#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/path.h"
#include "support/test.h"

static void notice_is_parsed_with_and_without_its_type(void **state)
{
    static const char *const lines[] = {
        "{\"$message_type\":\"artifact\",\"artifact\":\"a\\\"b/\xc3\xa9.d\",\"emit\":\"link\"}\n",
        "{\"artifact\":\"a\\\"b/\xc3\xa9.d\",\"emit\":\"link\"}",
        "{\"artifact\":\"a\\u0022b\\/\\u00e9.d\",\"new\":[1],\"emit\":\"link\"}\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;
        assert_int_equal(rustc_artifact_parse(lines[i], strlen(lines[i]), &artifact), 1);
        assert_string_equal(artifact.path, "a\"b/\xc3\xa9.d");
        assert_string_equal(artifact.emit, "link");
    }
}

static void other_lines_are_no_notices(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        "error: \"artifact\" is not here",
        "{\"artifact\":\"a\",\"emit\":\"link\"",
        "{\"artifact\":\"a\",\"emit\":\"link\"} x",
        "{\"artifact\":\"a\",\"emit\":1}",
        "{\"artifact\":null,\"emit\":\"link\"}",
        "{\"artifact\":\"a\"}",
        "{\"artifact\":\"a\\u0000b\",\"emit\":\"link\"}",
        "{\"artifact\":\"\xff\",\"emit\":\"link\"}",
        "{\"$message_type\":\"diagnostic\",\"artifact\":\"a\",\"emit\":\"link\"}",
        "[{\"artifact\":\"a\",\"emit\":\"link\"}]",
        "{\"$message_type\":\"diagnostic\",\"message\":\"the \\\"artifact\\\" is odd\"}",
    };
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(rustc_artifact_parse(lines[i], strlen(lines[i]), &artifact), 0);
        assert_null(artifact.path);
    }
}

static void line_over_the_cap_is_no_notice(void **state)
{
    auto_buf line = BUF_INIT;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;

    (void)state;
    buf_add_str(&line, "{\"artifact\":\"");
    for (size_t i = 0; i < RUSTC_ARTIFACT_LINE_CAP; i++)
        buf_add_char(&line, 'a');
    buf_add_str(&line, "\",\"emit\":\"link\"}");
    assert_int_equal(rustc_artifact_parse(line.data, line.len, &artifact), 0);
}

static void message_paths_are_renamed(void **state)
{
    static const struct {
        const char *line, *from, *to, *expected;
    } cases[] = {
        {"error: P/x: no\n", "P", "out", "error: out/x: no\n"},
        {"in P/a and P/b", "P", "", "in a and b"},
        {"in P/a", "P", "o/", "in o/a"},
        {"directory P.", "P", "", "directory .."},
        {"directory P", "P", "out", "directory out"},
        {"nothing\n", "P", "out", "nothing\n"},
        {"", "P", "out", ""},
        {"{\"rendered\":\"--> q\\\"P/a\"}", "q\"P", "r\\s", "{\"rendered\":\"--> r\\\\s/a\"}"},
        {"{\"rendered\":\"P/P\"}", "P", "\xc3\xa9\x01",
         "{\"rendered\":\"\xc3\xa9\\u0001/\xc3\xa9\\u0001\"}"},
        {"not JSON: q\"P/a", "q\"P", "r\\s", "not JSON: r\\s/a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_buf out = BUF_INIT;
        buf_add_str(&out, "> ");
        rustc_message_rename(cases[i].line, strlen(cases[i].line), cases[i].from, cases[i].to,
                             &out);
        auto_free char *expected = xasprintf("> %s", cases[i].expected);
        assert_buf(&out, expected);
    }
}

/* Out-dirs with what JSON escapes and what it doesn't. */
static const char *const odd_dirs[] = {
    "plain", "sp ace", "we\"ird", "back\\slash", "\xc3\xa9\xf0\x9f\x98\x80", "\x01\x1f\x7f\t\b\f"};

#define ODD_DIR_COUNT (sizeof(odd_dirs) / sizeof(odd_dirs[0]))

/* What RUSTC says about its artifacts, with DIR as its output directory, which is made. */
static void compile(const char *rustc, const char *dir, struct buf *output)
{
    const char *const argv[] = {rustc,
                                "lib.rs",
                                "--crate-type=lib",
                                "--emit=dep-info,metadata,link",
                                "--error-format=json",
                                "--json=artifacts",
                                "--out-dir",
                                dir,
                                NULL};

    test_run("mkdir", "-p", dir, NULL);
    test_output(argv, output);
}

static void notices_are_renamed_to_what_rustc_prints_there(void **state)
{
    (void)state;
    if (!*test_rustcs())
        skip();
    test_write("lib.rs", "pub fn f() {}");
    for (const char *const *rustc = test_rustcs(); *rustc; rustc++)
        for (size_t i = 0; i < ODD_DIR_COUNT; i++) {
            auto_buf theirs = BUF_INIT;
            auto_buf private = BUF_INIT;
            auto_buf ours = BUF_INIT;
            auto_free char *dir = xasprintf("%s/.private", odd_dirs[i]);
            compile(*rustc, odd_dirs[i], &theirs);
            compile(*rustc, dir, &private);
            rustc_message_rename(private.data, private.len, dir, odd_dirs[i], &ours);
            assert_buf(&ours, theirs.data);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notice_is_parsed_with_and_without_its_type),
        cmocka_unit_test(other_lines_are_no_notices),
        cmocka_unit_test(line_over_the_cap_is_no_notice),
        cmocka_unit_test(message_paths_are_renamed),
        file_test(notices_are_renamed_to_what_rustc_prints_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
