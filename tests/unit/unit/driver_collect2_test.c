/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_collect2.h"

#include "base/memory.h"
#include "support/test.h"
#include "support/words.h"

/* What collect2 hands on of the text's words, or NULL. Owned by the caller. */
static char *handed_on(const char *text, const char *options_text)
{
    auto_strv words = STRV_INIT;
    auto_strv options = STRV_INIT;
    auto_strv linker = STRV_INIT;

    words_push(&words, text);
    words_push(&options, options_text);
    if (!collect2_hand_on(&words, &options, &linker))
        return NULL;
    return words_join(&linker);
}

static void collect2_drops_its_own_words(void **state)
{
    auto_free char *words = handed_on("collect2 -plugin p.so -flto -fuse-ld=lld -flto=auto "
                                      "-fini f -o -fuse-ld=x --version-script=v a.o",
                                      "-o x");

    (void)state;
    assert_string_equal(words, "-plugin p.so -fini f -o -fuse-ld=x --version-script=v a.o");
}

static void collect2_without_plugin_must_not_look_for_bitcode(void **state)
{
    auto_free char *told = handed_on("collect2 -fno-lto a.o", "");
    auto_free char *option = handed_on("collect2 a.o", "-m64 -fno-lto");

    (void)state;
    assert_string_equal(told, "a.o");
    assert_string_equal(option, "a.o");
    assert_null(handed_on("collect2 a.o", "-m64"));
}

static void collect2_refuses_to_be_talkative(void **state)
{
    static const char *const words[] = {"-debug", "-v",         "--version",    "--help",
                                        "@args",  "--demangle", "--no-demangle"};

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        auto_free char *text = xasprintf("collect2 -plugin p.so %s a.o", words[i]);
        assert_null(handed_on(text, ""));
    }
}

static void collect2_says_which_linker(void **state)
{
    auto_free char *linker = collect2_linker_in("Looking for 'ld'\n"
                                                "ld_file_name        = /opt/my bin/ld.lld\n"
                                                "c_file_name         = /usr/bin/gcc\n");

    (void)state;
    assert_string_equal(linker, "/opt/my bin/ld.lld");
    assert_null(collect2_linker_in(""));
    assert_null(collect2_linker_in("c_file_name         = /usr/bin/gcc"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(collect2_drops_its_own_words),
        cmocka_unit_test(collect2_without_plugin_must_not_look_for_bitcode),
        cmocka_unit_test(collect2_refuses_to_be_talkative),
        cmocka_unit_test(collect2_says_which_linker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
