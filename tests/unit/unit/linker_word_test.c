/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/linker_word.h"

#include <string.h>

#include "base/memory.h"
#include "support/test.h"

static const char *const role_names[] = {
    [ROLE_OPTION] = "",
    [ROLE_POSITIONAL] = "input:",
    [ROLE_VALUE] = "value:",
    [ROLE_UNKNOWN] = "unknown:",
    [ROLE_INPUT_FILE] = "reads:",
    [ROLE_OUTPUT] = "output:",
    [ROLE_OUTPUT_FILE] = "writes:",
    [ROLE_SEARCH_DIR] = "dir:",
    [ROLE_RUN_PATH] = "run-path:",
    [ROLE_LIBRARY] = "library:",
};

static struct linker_piece pieces[LINKER_PIECES_CAP];

/* Takes one word apart: each piece that is no option in brackets, with its role. */
static void show_word(const char *word, struct linker_word_state *state, struct buf *shown)
{
    auto_error err = ERROR_INIT;
    auto_buf joined = BUF_INIT;
    size_t count = 0;

    assert_success(linker_word_split(word, state, pieces, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        bool option = pieces[i].role == ROLE_OPTION;
        buf_addf(shown, "%s%s%.*s%s", option ? "" : "[", role_names[pieces[i].role],
                 (int)pieces[i].len, pieces[i].text, option ? "" : "]");
        buf_add(&joined, pieces[i].text, pieces[i].len);
    }
    assert_buf(&joined, word);
}

/* The words of a line, between blanks. */
static void show_line(const char *line, struct buf *shown)
{
    struct linker_word_state state = {0};

    while (*line) {
        size_t len = strcspn(line, " ");
        auto_free char *word = xstrndup(line, len);
        show_word(word, &state, shown);
        line += len + (line[len] == ' ');
        if (*line)
            buf_add_char(shown, ' ');
    }
}

struct split_case {
    const char *line;
    const char *shown;
};

static void check_cases(const struct split_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        auto_buf shown = BUF_INIT;
        show_line(cases[i].line, &shown);
        assert_buf(&shown, cases[i].shown);
    }
}

#define check(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

/* What rustc writes, RUSTC.md §10. */
static void split_knows_the_words_that_rustc_writes(void **state)
{
    static const struct split_case cases[] = {
        {"out/m.0.rcgu.o", "[input:out/m.0.rcgu.o]"},
        {"-Wl,--version-script=t/list", "-Wl,--version-script=[reads:t/list]"},
        {"--version-script=t/list", "--version-script=[reads:t/list]"},
        {"-Wl,t/list.def", "-Wl,[input:t/list.def]"},
        {"-Wl,--dynamic-list -Wl,t/list", "-Wl,--dynamic-list -Wl,[reads:t/list]"},
        {"-Wl,--whole-archive -Wl,t/libn.a -Wl,--no-whole-archive",
         "-Wl,--whole-archive -Wl,[input:t/libn.a] -Wl,--no-whole-archive"},
        {"-L t/raw-dylibs -l:libx.so", "-L [dir:t/raw-dylibs] -l[library::libx.so]"},
        {"-Wl,--as-needed -Wl,-Bstatic -Wl,-Bdynamic",
         "-Wl,--as-needed -Wl,-Bstatic -Wl,-Bdynamic"},
        {"-Wl,-rpath,$ORIGIN/../d,-rpath,/x,--enable-new-dtags",
         "-Wl,-rpath,[run-path:$ORIGIN/../d],-rpath,[run-path:/x],--enable-new-dtags"},
        {"-B/s/bin/gcc-ld -fuse-ld=lld", "-B[dir:/s/bin/gcc-ld] -fuse-ld=[value:lld]"},
        {"-lgcc_s -l c", "-l[library:gcc_s] -l [library:c]"},
        {"-flavor wasm --rsp-quoting=posix", "-flavor [value:wasm] --rsp-quoting=[value:posix]"},
        {"--export main --export=__heap_base",
         "--export [value:main] --export=[value:__heap_base]"},
        {"-z stack-size=1048576 -Wl,-z,relro,-z,now",
         "-z [value:stack-size=1048576] -Wl,-z,[value:relro],-z,[value:now]"},
        {"-u __llvm_profile_runtime", "-u [value:__llvm_profile_runtime]"},
        {"-m64 -pie -static-pie -shared -nodefaultlibs",
         "-m64 -pie -static-pie -shared -nodefaultlibs"},
        {"-o out/prog", "-o [output:out/prog]"},
        {"-Wl,--out-implib=d/libx.dll.a -Wl,-Map=m",
         "-Wl,--out-implib=[writes:d/libx.dll.a] -Wl,-Map=[writes:m]"},
        {"-Wl,-soname=libx.so -Wl,--eh-frame-hdr",
         "-Wl,-soname=[value:libx.so] -Wl,--eh-frame-hdr"},
        {"--no-entry --gc-sections -Wl,-O1 -Wl,--strip-debug",
         "--no-entry --gc-sections -Wl,-O1 -Wl,--strip-debug"},
        {"-Wl,--build-id=none", "-Wl,--build-id=[value:none]"},
    };

    (void)state;
    check(cases);
}

static void split_knows_the_forms_of_an_option(void **state)
{
    static const struct split_case cases[] = {
        {"-Ld --library-path=d -L=d", "-L[dir:d] --library-path=[dir:d] -L=[dir:d]"},
        {"-Ba=b -La=b", "-B[dir:a=b] -L[dir:a=b]"},
        {"-T script -Tscript --script=s", "-T [reads:script] -T[reads:script] --script=[reads:s]"},
        {"--build-id a.o --out-implib a.a", "--build-id [input:a.o] --out-implib [writes:a.a]"},
        {"-Wl,-Map -Wl,m", "-Wl,-Map -Wl,[writes:m]"},
        {"-Wl,-Map,m", "-Wl,-Map,[writes:m]"},
        {"--plugin-thing=/a/b", "--plugin-thing=[unknown:/a/b]"},
        {"-plugin-opt=x", "-plugin-opt=[unknown:x]"},
        {"-Bsymbolic -Bsymbolic-functions -Bdir", "-Bsymbolic -Bsymbolic-functions -B[dir:dir]"},
        {"-Xlinker -rpath -Xlinker /x", "-Xlinker -rpath -Xlinker [run-path:/x]"},
        {"-oprog -hname -ename", "-o[output:prog] -h[value:name] -e[value:name]"},
    };

    (void)state;
    check(cases);
}

static void split_takes_odd_words_as_they_are(void **state)
{
    static const struct split_case cases[] = {
        {"-", "[input:-]"},
        {"--", "--"},
        {"-Wl,", "-Wl,[input:]"},
        {"-Wl,,", "-Wl,[input:],[input:]"},
        {"-=x", "-=[unknown:x]"},
        {"--=x", "--=[unknown:x]"},
        {"-Wl,-,--", "-Wl,[input:-],--"},
        {"-L -o", "-L [dir:-o]"},
        {"a,b=c", "[input:a,b=c]"},
        {"@file", "[input:@file]"},
    };
    struct linker_word_state line = {0};
    auto_buf shown = BUF_INIT;

    (void)state;
    check(cases);
    show_word("", &line, &shown);
    assert_buf(&shown, "[input:]");
}

static void split_refuses_too_many_parts(void **state)
{
    struct linker_word_state line = {0};
    auto_error err = ERROR_INIT;
    auto_buf word = BUF_INIT;
    size_t count = 7;

    (void)state;
    buf_add_str(&word, "-Wl");
    for (int i = 0; i < LINKER_PIECES_CAP; i++)
        buf_add_str(&word, ",a");
    assert_int_equal(linker_word_split(word.data, &line, pieces, &count, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "a linker argument has over 4096 parts: "
                 "-Wl,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
                 "a,a,…");
    assert_int_equal(count, 7);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_knows_the_words_that_rustc_writes),
        cmocka_unit_test(split_knows_the_forms_of_an_option),
        cmocka_unit_test(split_takes_odd_words_as_they_are),
        cmocka_unit_test(split_refuses_too_many_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
