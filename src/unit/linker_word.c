/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/linker_word.h"

#include <string.h>

#include "base/path.h"

/* Options by their names without dashes; each may be "-NAME VALUE" or "-NAME=VALUE". */
static const struct option_role {
    const char *name;
    enum argument_role role;
} option_roles[] = {
    {"o", ROLE_OUTPUT},
    {"output", ROLE_OUTPUT},
    {"L", ROLE_SEARCH_DIR},
    {"library-path", ROLE_SEARCH_DIR},
    {"rpath-link", ROLE_SEARCH_DIR},
    {"F", ROLE_SEARCH_DIR},
    {"B", ROLE_SEARCH_DIR},
    {"rpath", ROLE_RUN_PATH},
    {"l", ROLE_LIBRARY},
    {"Map", ROLE_OUTPUT_FILE},
    {"out-implib", ROLE_OUTPUT_FILE},
    {"output-def", ROLE_OUTPUT_FILE},
    {"dependency-file", ROLE_OUTPUT_FILE},
    {"cref-file", ROLE_OUTPUT_FILE},
    {"T", ROLE_INPUT_FILE},
    {"script", ROLE_INPUT_FILE},
    {"default-script", ROLE_INPUT_FILE},
    {"dT", ROLE_INPUT_FILE},
    {"version-script", ROLE_INPUT_FILE},
    {"dynamic-list", ROLE_INPUT_FILE},
    {"retain-symbols-file", ROLE_INPUT_FILE},
    {"just-symbols", ROLE_INPUT_FILE},
    {"export-dynamic-symbol-list", ROLE_INPUT_FILE},
    {"symbol-ordering-file", ROLE_INPUT_FILE},
    {"section-ordering-file", ROLE_INPUT_FILE},
    {"call-graph-ordering-file", ROLE_INPUT_FILE},
    {"soname", ROLE_VALUE},
    {"h", ROLE_VALUE},
    {"u", ROLE_VALUE},
    {"undefined", ROLE_VALUE},
    {"require-defined", ROLE_VALUE},
    {"z", ROLE_VALUE},
    {"m", ROLE_VALUE},
    {"e", ROLE_VALUE},
    {"entry", ROLE_VALUE},
    {"init", ROLE_VALUE},
    {"fini", ROLE_VALUE},
    {"y", ROLE_VALUE},
    {"trace-symbol", ROLE_VALUE},
    {"defsym", ROLE_VALUE},
    {"wrap", ROLE_VALUE},
    {"export", ROLE_VALUE},
    {"export-dynamic-symbol", ROLE_VALUE},
    {"flavor", ROLE_VALUE},
    {"rsp-quoting", ROLE_VALUE},
    {"dynamic-linker", ROLE_VALUE},
    {"I", ROLE_VALUE},
    {"hash-style", ROLE_VALUE},
    {"build-id", ROLE_VALUE},
    {"target", ROLE_VALUE},
    {"x", ROLE_VALUE},
    {"arch", ROLE_VALUE},
    {"framework", ROLE_VALUE},
    {"exclude-libs", ROLE_VALUE},
    {"version-exports-section", ROLE_VALUE},
    {"fuse-ld", ROLE_VALUE},
};

/* Options that only exist with "=": without it the next word isn't theirs. */
static const char *const only_with_equals[] = {"build-id", "fuse-ld", "rsp-quoting", "target"};

/* Options of one letter whose value may follow without anything between. */
static const char attached[] = "LlBFTuzeoh";

/* "-B" and one of these is no search directory. */
static const char *const binding_modes[] = {
    "static", "dynamic", "shareable", "symbolic", "symbolic-functions", "group"};

static bool is_binding_mode(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof(binding_modes) / sizeof(binding_modes[0]); i++)
        if (strlen(binding_modes[i]) == len && memcmp(binding_modes[i], text, len) == 0)
            return true;
    return false;
}

static const enum argument_role *find_role(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(option_roles) / sizeof(option_roles[0]); i++)
        if (strlen(option_roles[i].name) == len && memcmp(option_roles[i].name, name, len) == 0)
            return &option_roles[i].role;
    return NULL;
}

static bool takes_next_word(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(only_with_equals) / sizeof(only_with_equals[0]); i++)
        if (strlen(only_with_equals[i]) == len && memcmp(only_with_equals[i], name, len) == 0)
            return false;
    return true;
}

struct splitter {
    struct linker_piece *pieces;
    size_t count;
    struct linker_word_state *state;
};

static void add(struct splitter *to, enum argument_role role, const char *text, size_t len)
{
    to->pieces[to->count++] = (struct linker_piece){role, text, len};
}

static void await(struct splitter *to, enum argument_role role)
{
    *to->state = (struct linker_word_state){true, role};
}

/* One option: alone, with a value after '=', or with a value right behind its one letter. */
static void split_option(struct splitter *to, const char *text, size_t len)
{
    size_t dashes = len > 1 && text[1] == '-' ? 2 : 1;
    const char *name = text + dashes;
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - name) : len - dashes;
    const enum argument_role *role = find_role(name, name_len);

    if (equals && (role || dashes == 2 || !strchr(attached, name[0]))) {
        size_t head = (size_t)(equals - text) + 1;
        add(to, ROLE_OPTION, text, head);
        add(to, role ? *role : ROLE_UNKNOWN, text + head, len - head);
    } else if (role && !equals) {
        add(to, ROLE_OPTION, text, len);
        if (takes_next_word(name, name_len))
            await(to, *role);
    } else if (name[0] == 'B' && is_binding_mode(name + 1, name_len - 1)) {
        add(to, ROLE_OPTION, text, len);
    } else if (dashes == 1 && len > 2 && strchr(attached, name[0])) {
        add(to, ROLE_OPTION, text, 2);
        add(to, *find_role(name, 1), text + 2, len - 2);
    } else {
        add(to, ROLE_OPTION, text, len);
    }
}

static void split_argument(struct splitter *to, const char *text, size_t len)
{
    if (to->state->awaits) {
        to->state->awaits = false;
        add(to, to->state->role, text, len);
    } else if (len > 1 && text[0] == '-') {
        split_option(to, text, len);
    } else {
        add(to, ROLE_POSITIONAL, text, len);
    }
}

int linker_word_split(const char *word, struct linker_word_state *state,
                      struct linker_piece *pieces, size_t *ret_count, struct error *err)
{
    struct splitter to = {pieces, 0, state};
    const char *rest = after_prefix(word, "-Wl,");

    if (strcmp(word, "-Xlinker") == 0) {
        add(&to, ROLE_OPTION, word, strlen(word));
    } else if (!rest) {
        split_argument(&to, word, strlen(word));
    } else {
        add(&to, ROLE_OPTION, word, 4);
        for (;;) {
            size_t len = strcspn(rest, ",");
            if (to.count + 4 > LINKER_PIECES_CAP)
                return error_set(err, ERROR_REFUSED, "a linker argument has over %d parts: %.80s…",
                                 LINKER_PIECES_CAP, word);
            split_argument(&to, rest, len);
            if (!rest[len])
                break;
            add(&to, ROLE_OPTION, rest + len, 1);
            rest += len + 1;
        }
    }
    *ret_count = to.count;
    return 0;
}
