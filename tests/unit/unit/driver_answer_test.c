/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_answer.h"

#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "support/test.h"

/* What gcc 12 and clang 14 of Debian print, with fewer words. */
#define GCC_HEAD                                                                                   \
    "Using built-in specs.\n"                                                                      \
    "COLLECT_GCC=gcc\n"                                                                            \
    "COLLECT_LTO_WRAPPER=/usr/lib/gcc/x86_64-linux-gnu/12/lto-wrapper\n"                           \
    "OFFLOAD_TARGET_NAMES=nvptx-none:amdgcn-amdhsa\n"                                              \
    "OFFLOAD_TARGET_DEFAULT=1\n"                                                                   \
    "Target: x86_64-linux-gnu\n"                                                                   \
    "Configured with: ../src/configure -v --with-pkgversion='Debian 12.2.0-14+deb12u1'\n"          \
    "Thread model: posix\n"                                                                        \
    "Supported LTO compression algorithms: zlib zstd\n"                                            \
    "gcc version 12.2.0 (Debian 12.2.0-14+deb12u1) \n"                                             \
    "COMPILER_PATH=/usr/lib/gcc/x86_64-linux-gnu/12/:/usr/lib/gcc/x86_64-linux-gnu/\n"             \
    "LIBRARY_PATH=/usr/lib/gcc/x86_64-linux-gnu/12/:/lib/:/usr/lib/\n"                             \
    "COLLECT_GCC_OPTIONS='-Lsp ace' '-o' 'o u'\\''t' '-dumpdir' 'o u'\\''t.'\n"

#define GCC_COMMAND                                                                                \
    " /usr/lib/gcc/x86_64-linux-gnu/12/collect2 -plugin /usr/lib/liblto_plugin.so"                 \
    " \"-plugin-opt=-fresolution=/tmp/cccLa68h.res\" \"--hash-style=gnu\" -o \"o u't\""            \
    " \"-Lsp ace\" \"m'q\\$x\\\"b\\\\s.o\" so.o \"--version-script=ver.map\"\n"

#define GCC_TAIL "COLLECT_GCC_OPTIONS='-o' 'later'\n"

#define CLANG_HEAD                                                                                 \
    "Debian clang version 14.0.6\n"                                                                \
    "Target: x86_64-pc-linux-gnu\n"                                                                \
    "Thread model: posix\n"                                                                        \
    "InstalledDir: /usr/bin\n"

#define CLANG_COMMAND                                                                              \
    " \"/usr/bin/ld\" \"--hash-style=both\" \"-o\" \"o u't\" \"-Lsp ace\""                         \
    " \"m'q\\$x\\\"b\\\\s.o\" \"\" \"so.o\"\n"

static bool parse(const char *text, struct driver_answer *answer)
{
    return driver_answer_parse(text, strlen(text), answer);
}

static void assert_words(const struct strv *words, const char *const *expected)
{
    size_t i = 0;

    for (; expected[i]; i++) {
        assert_true(i < words->len);
        assert_string_equal(words->items[i], expected[i]);
    }
    assert_int_equal(words->len, i);
}

static void answer_of_gcc_is_its_command_and_settings(void **state)
{
    static const char *const command[] = {"/usr/lib/gcc/x86_64-linux-gnu/12/collect2",
                                          "-plugin",
                                          "/usr/lib/liblto_plugin.so",
                                          "-plugin-opt=-fresolution=/tmp/cccLa68h.res",
                                          "--hash-style=gnu",
                                          "-o",
                                          "o u't",
                                          "-Lsp ace",
                                          "m'q$x\"b\\s.o",
                                          "so.o",
                                          "--version-script=ver.map",
                                          NULL};
    auto_driver_answer answer = DRIVER_ANSWER_INIT;

    (void)state;
    assert_true(parse(GCC_HEAD GCC_COMMAND GCC_TAIL, &answer));
    assert_int_equal(answer.family, DRIVER_GCC);
    assert_string_equal(answer.self, "gcc");
    assert_words(&answer.command, command);
    assert_int_equal(answer.settings.len, 7);
    assert_string_equal(answer.settings.items[0], "COLLECT_GCC=gcc");
    assert_string_equal(answer.settings.items[3], "OFFLOAD_TARGET_DEFAULT=1");
    assert_string_equal(answer.settings.items[6],
                        "COLLECT_GCC_OPTIONS='-Lsp ace' '-o' 'o u'\\''t' '-dumpdir' 'o u'\\''t.'");
}

static void answer_of_clang_is_its_command(void **state)
{
    static const char *const command[] = {"/usr/bin/ld", "--hash-style=both", "-o", "o u't",
                                          "-Lsp ace",    "m'q$x\"b\\s.o",     "",   "so.o",
                                          NULL};
    auto_driver_answer answer = DRIVER_ANSWER_INIT;

    (void)state;
    assert_true(parse(CLANG_HEAD "Configuration file: /etc/clang.cfg\n" CLANG_COMMAND, &answer));
    assert_int_equal(answer.family, DRIVER_CLANG);
    assert_string_equal(answer.self, "/usr/bin");
    assert_words(&answer.command, command);
    assert_int_equal(answer.settings.len, 0);
    assert_int_equal(answer.configs.len, 1);
    assert_string_equal(answer.configs.items[0], "/etc/clang.cfg");
}

static void answer_knows_clang_by_any_vendor(void **state)
{
    static const char *const firsts[] = {"clang version 19.1.7\n", "Ubuntu clang version 15.0.7\n",
                                         "AMD clang version 17 (roc)\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        auto_driver_answer answer = DRIVER_ANSWER_INIT;
        auto_free char *text = xasprintf("%sInstalledDir: /opt/bin\n \"/bin/ld\"\n", firsts[i]);
        assert_true(parse(text, &answer));
        assert_string_equal(answer.self, "/opt/bin");
    }
}

static void answer_refuses_what_it_does_not_know(void **state)
{
    static const char *const texts[] = {
        "",
        GCC_HEAD,
        CLANG_HEAD,
        GCC_COMMAND,
        GCC_HEAD GCC_COMMAND GCC_COMMAND,
        CLANG_HEAD CLANG_COMMAND CLANG_COMMAND,
        GCC_HEAD "gcc: warning: x.rs: linker input file unused\n" GCC_COMMAND,
        GCC_HEAD "Reading specs from /usr/lib/libgomp.spec\n" GCC_COMMAND,
        CLANG_HEAD "clang: warning: argument unused during compilation: '-nopie'\n" CLANG_COMMAND,
        CLANG_HEAD "clang: error: no such file or directory: 'x.o'\n" CLANG_COMMAND,
        CLANG_HEAD " (in-process)\n" CLANG_COMMAND,
        CLANG_HEAD "COLLECT_GCC=gcc\n" CLANG_COMMAND,
        GCC_HEAD "\n" GCC_COMMAND,
        GCC_HEAD "COLLECT_GCC=gcc\n" GCC_COMMAND,
        GCC_HEAD " collect2 -o x",
        GCC_HEAD " collect2 -o x |\n as\n",
        GCC_HEAD " collect2  -o x\n",
        GCC_HEAD " collect2 -o x \n",
        GCC_HEAD " collect2 -o=x\n",
        GCC_HEAD " collect2 \"x\n",
        GCC_HEAD " collect2 \"x\"y\n",
        GCC_HEAD " collect2 \"x\\n\"\n",
        GCC_HEAD " collect2 \"x\\\n",
        "Using built-in specs.\nCOLLECT_GCC=gcc\nTarget: x86_64-w64-mingw32\n" GCC_COMMAND,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_driver_answer answer = DRIVER_ANSWER_INIT;
        if (parse(texts[i], &answer))
            fail_msg("understood: %s", texts[i]);
        assert_null(answer.self);
    }
}

static void answer_refuses_a_nul(void **state)
{
    static const char text[] = GCC_HEAD " a\0 b\n";
    auto_driver_answer answer = DRIVER_ANSWER_INIT;

    (void)state;
    assert_false(driver_answer_parse(text, sizeof(text) - 1, &answer));
}

static void gcc_options_come_back_as_they_were(void **state)
{
    static const char *const texts[] = {"", "'-o' 'x'", "''", "'a'\\''b' ''\\''' 'c d\"$\\'"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_strv words = STRV_INIT;
        auto_buf text = BUF_INIT;
        assert_true(gcc_options_decode(texts[i], &words));
        for (size_t j = 0; j < words.len; j++)
            gcc_options_encode(words.items[j], &text);
        assert_string_equal(text.data, texts[i]);
    }
}

static void gcc_options_decode_quotes(void **state)
{
    static const char *const expected[] = {"-L", "a'b", "c d", "'", NULL};
    auto_strv words = STRV_INIT;

    (void)state;
    assert_true(gcc_options_decode("'-L' 'a'\\''b' 'c d' ''\\'''", &words));
    assert_words(&words, expected);
}

static void gcc_options_refuse_other_quoting(void **state)
{
    static const char *const texts[] = {"a",    "'a",   "'a' ",     "'a'  'b'", "'a''b'",
                                        " 'a'", "'a'b", "'a'\\'b'", "\"a\""};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_strv words = STRV_INIT;
        if (gcc_options_decode(texts[i], &words))
            fail_msg("understood: %s", texts[i]);
    }
}

static void settings_replace_and_add(void **state)
{
    auto_strv env = STRV_INIT;
    auto_strv settings = STRV_INIT;

    (void)state;
    strv_push(&env, "A=1");
    strv_push(&settings, "A=2=3");
    strv_push(&settings, "B=");
    driver_settings_apply(&settings, &env);
    assert_string_equal(env_get(env.items, "A"), "2=3");
    assert_string_equal(env_get(env.items, "B"), "");
    assert_int_equal(env.len, 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_of_gcc_is_its_command_and_settings),
        cmocka_unit_test(answer_of_clang_is_its_command),
        cmocka_unit_test(answer_knows_clang_by_any_vendor),
        cmocka_unit_test(answer_refuses_what_it_does_not_know),
        cmocka_unit_test(answer_refuses_a_nul),
        cmocka_unit_test(gcc_options_come_back_as_they_were),
        cmocka_unit_test(gcc_options_decode_quotes),
        cmocka_unit_test(gcc_options_refuse_other_quoting),
        cmocka_unit_test(settings_replace_and_add),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
