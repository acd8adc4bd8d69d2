/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_line.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

static bool read_text(const char *text, const char *output, struct driver_line *line)
{
    auto_strv words = STRV_INIT;

    words_push(&words, text);
    return driver_line_read(words.items, words.len, output, "scr", line);
}

static bool same_shape(const char *one, const char *other, const char *output)
{
    auto_driver_line a = DRIVER_LINE_INIT;
    auto_driver_line b = DRIVER_LINE_INIT;

    assert_true(read_text(one, "out", &a));
    assert_true(read_text(other, output, &b));
    return a.shape.len == b.shape.len && memcmp(a.shape.data, b.shape.data, a.shape.len) == 0;
}

static void line_asks_with_an_output_of_its_own(void **state)
{
    auto_driver_line line = DRIVER_LINE_INIT;

    (void)state;
    assert_true(read_text("-m64 a.o b.rlib -L d -o lib.v/x.so -pie", "lib.v/x.so", &line));
    auto_free char *question = words_join(&line.question);
    assert_string_equal(question, "-m64 a.o b.rlib -L d -o scr/cleave-output.so -pie");
}

static void lines_of_one_shape_differ_in_names(void **state)
{
    (void)state;
    assert_true(same_shape("a.o b.o -o out", "c/d.o e.o f.o -o new", "new"));
    assert_true(same_shape("a.o b.o -L d -o out", "a.o b.o -L e -o out", "out"));
    assert_false(same_shape("a.o b.o -o out", "a.o b.rlib -o out", "out"));
    assert_false(same_shape("a.o b.o -o out", "a.o -o out", "out"));
    assert_false(same_shape("a.o b.o -o out", "a.o b.o -o out.exe", "out.exe"));
    assert_false(same_shape("a.o b.o -o out", "a.o -lz b.o -o out", "out"));
    assert_false(same_shape("a.o b.o -lx -o out", "a.o b.o -ly -o out", "out"));
    assert_true(same_shape("a.o -Wl,d/a.a -o out", "a.o -Wl,e/b.a -o out", "out"));
    assert_false(same_shape("a.o -Wl,a.a -o out", "a.o -Wl,b.a -o out", "out"));
    assert_false(same_shape("a.o -Wl,-x/a -o out", "a.o -Wl,-x/b -o out", "out"));
    assert_false(same_shape("a.o -Wl,d/a,b -o out", "a.o -Wl,d/a,c -o out", "out"));
    assert_false(same_shape("a.o b.o -L d -o out", "a.o b.o -Ld -o out", "out"));
    assert_false(same_shape("a.o b.so.1 -o out", "a.o c.so.1 -o out", "out"));
}

static void line_tells_names(void **state)
{
    static const char expected[] = "a.o\0b.o\0--version-script=v\0-Ld\0";
    auto_driver_line line = DRIVER_LINE_INIT;
    auto_buf names = BUF_INIT;

    (void)state;
    assert_true(read_text("a.o b.o -Wl,--version-script=v -L d -o out", "out", &line));
    driver_line_names(&line, &names);
    assert_int_equal(names.len, sizeof(expected) - 1);
    assert_memory_equal(names.data, expected, names.len);
}

static void line_refuses_more_than_a_link(void **state)
{
    static const char *const texts[] = {
        "a.o",           "a.o -oout",
        "a.o -o other",  "a.o -o out -o out",
        "@args -o out",  "- -o out",
        "-v -o out",     "-### -o out",
        "-o out -L",     "-save-temps -o out",
        "out -o out",    "-specs=x -o out",
        "--help -o out", "-print-search-dirs -o out",
        "-o out a\tb.o", "-wrapper x -o out",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_driver_line line = DRIVER_LINE_INIT;
        if (read_text(texts[i], "out", &line))
            fail_msg("read: %s", texts[i]);
    }
}

static void line_refuses_a_bare_linkers(void **state)
{
    static const char *const texts[] = {"-flavor gnu a.o -o out", "--eh-frame-hdr a.o -o out",
                                        "a.o --as-needed b.a -o out", "a.o -o out --gc-sections"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_driver_line line = DRIVER_LINE_INIT;
        if (read_text(texts[i], "out", &line))
            fail_msg("read: %s", texts[i]);
    }
}

static void line_refuses_odd_outputs(void **state)
{
    static const char *const outputs[] = {"a.out", "d/a.out", "/dev/null", "-", "-x", "d/"};

    (void)state;
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        auto_driver_line line = DRIVER_LINE_INIT;
        auto_free char *text = xasprintf("a.o -o %s", outputs[i]);
        if (read_text(text, outputs[i], &line))
            fail_msg("read: %s", outputs[i]);
    }
}

static void line_knows_when_the_directory_matters(void **state)
{
    static const struct {
        const char *text;
        bool relative;
    } cases[] = {
        {"-m64 a/b.o -L c -lz -Wl,-z,now -pie -o out", false},
        {"a.o -B/usr/x -fuse-ld=lld -o out", false},
        {"a.o -fuse-ld=/opt/ld -o out", false},
        {"a.o -fuse-ld=./ld -o out", true},
        {"a.o -Bdir -o out", true},
        {"a.o -B dir -o out", true},
        {"a.o --sysroot=dir -o out", true},
        {"a.o --sysroot=/dir -o out", false},
        {"a.o -T script -o out", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_driver_line line = DRIVER_LINE_INIT;
        assert_true(read_text(cases[i].text, "out", &line));
        if (line.relative != cases[i].relative)
            fail_msg("wrong: %s", cases[i].text);
    }
}

static void line_mentions_its_own_words(void **state)
{
    auto_driver_line line = DRIVER_LINE_INIT;

    (void)state;
    assert_true(read_text("a.o -Wl,-rpath,/opt/lib -o out", "out", &line));
    assert_true(driver_line_mentions(&line, "/opt/lib"));
    assert_false(driver_line_mentions(&line, "/usr/lib/crt1.o"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_asks_with_an_output_of_its_own),
        cmocka_unit_test(lines_of_one_shape_differ_in_names),
        cmocka_unit_test(line_tells_names),
        cmocka_unit_test(line_refuses_more_than_a_link),
        cmocka_unit_test(line_refuses_a_bare_linkers),
        cmocka_unit_test(line_refuses_odd_outputs),
        cmocka_unit_test(line_knows_when_the_directory_matters),
        cmocka_unit_test(line_mentions_its_own_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
