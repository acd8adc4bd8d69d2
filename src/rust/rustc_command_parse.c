/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_command.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "rust/rustc_arguments.h"

/*
 * The options of rustc 1.63 to 1.97. A name of one letter is a short option; getopts takes it
 * with two dashes as well.
 */
struct option_name {
    const char *name;
    bool takes_value;
    enum rustc_option_kind kind;
};

static const struct option_name option_names[] = {
    {"crate-name", true, RUSTC_CRATE_NAME},
    {"crate-type", true, RUSTC_CRATE_TYPE},
    {"emit", true, RUSTC_EMIT},
    {"out-dir", true, RUSTC_OUT_DIR},
    {"o", true, RUSTC_OUTPUT},
    {"extern", true, RUSTC_EXTERN},
    {"L", true, RUSTC_SEARCH},
    {"l", true, RUSTC_NATIVE},
    {"C", true, RUSTC_CODEGEN},
    {"codegen", true, RUSTC_CODEGEN},
    {"Z", true, RUSTC_UNSTABLE},
    {"target", true, RUSTC_TARGET},
    {"sysroot", true, RUSTC_SYSROOT},
    {"test", false, RUSTC_TEST},
    {"print", true, RUSTC_PRINT},
    {"A", true, RUSTC_LINT},
    {"allow", true, RUSTC_LINT},
    {"W", true, RUSTC_LINT},
    {"warn", true, RUSTC_LINT},
    {"D", true, RUSTC_LINT},
    {"deny", true, RUSTC_LINT},
    {"F", true, RUSTC_LINT},
    {"forbid", true, RUSTC_LINT},
    {"force-warn", true, RUSTC_LINT},
    {"h", false, RUSTC_ANSWER},
    {"help", false, RUSTC_ANSWER},
    {"V", false, RUSTC_ANSWER},
    {"version", false, RUSTC_ANSWER},
    {"explain", true, RUSTC_ANSWER},
    {"error-format", true, RUSTC_ERROR_FORMAT},
    {"json", true, RUSTC_JSON},
    {"color", true, RUSTC_COLOR},
    {"cap-lints", true, RUSTC_OTHER},
    {"cfg", true, RUSTC_OTHER},
    {"check-cfg", true, RUSTC_OTHER},
    {"diagnostic-width", true, RUSTC_OTHER},
    {"edition", true, RUSTC_OTHER},
    {"env-set", true, RUSTC_OTHER},
    {"g", false, RUSTC_OTHER},
    {"O", false, RUSTC_OTHER},
    {"remap-path-prefix", true, RUSTC_OTHER},
    {"remap-path-scope", true, RUSTC_OTHER},
    {"v", false, RUSTC_OTHER},
    {"verbose", false, RUSTC_OTHER},
};

static const struct option_name *find_name(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(option_names) / sizeof(option_names[0]); i++)
        if (strlen(option_names[i].name) == len && memcmp(option_names[i].name, name, len) == 0)
            return &option_names[i];
    return NULL;
}

/* The words that are still to be read, and the command they go to. */
struct parser {
    char *const *words;
    size_t left;
    struct rustc_command *command;
    size_t option_cap;
};

static const char *next_word(struct parser *parser)
{
    if (parser->left == 0)
        return NULL;
    parser->left--;
    return *parser->words++;
}

/* Appends an option of one word; VALUE_AT is where its value begins in the word, 0 for none. */
static void add_option(struct parser *parser, enum rustc_option_kind kind, const char *word,
                       size_t value_at)
{
    struct rustc_command *command = parser->command;

    grow_for_one(command->options, command->option_count, parser->option_cap);
    strv_push(&command->words, word);
    size_t first = command->words.len - 1;
    const char *value = value_at > 0 ? command->words.items[first] + value_at : NULL;
    command->options[command->option_count++] = (struct rustc_option){kind, value, first, 1};
}

/* Appends an option whose value is the next word. */
static int add_option_with_next(struct parser *parser, enum rustc_option_kind kind,
                                const char *word, struct error *err)
{
    const char *value = next_word(parser);

    if (!value)
        return error_set(err, ERROR_REFUSED, "rustc's option %s needs a value", word);
    add_option(parser, kind, word, 0);
    strv_push(&parser->command->words, value);
    struct rustc_option *option = &parser->command->options[parser->command->option_count - 1];
    option->value = parser->command->words.items[option->first + 1];
    option->count = 2;
    return 0;
}

static int refuse_unknown(const char *word, struct error *err)
{
    return error_set(err, ERROR_REFUSED,
                     "rustc's option %s is not known to cleave, nor whether it takes a value",
                     word);
}

static int parse_long(struct parser *parser, const char *word, struct error *err)
{
    size_t len = strcspn(word + 2, "=");
    bool has_value = word[2 + len] == '=';
    const struct option_name *name = find_name(word + 2, len);

    if (!name)
        return refuse_unknown(word, err);
    if (has_value && !name->takes_value)
        return error_set(err, ERROR_REFUSED, "rustc's option --%s takes no value", name->name);
    if (name->takes_value && !has_value)
        return add_option_with_next(parser, name->kind, word, err);
    add_option(parser, name->kind, word, has_value ? 2 + len + 1 : 0);
    return 0;
}

/* "-gO", "-Copt-level=3", "-gC opt-level=3": switches, and at most one value at the end. */
static int parse_short(struct parser *parser, const char *word, struct error *err)
{
    for (const char *at = word + 1; *at; at++) {
        const struct option_name *name = find_name(at, 1);
        if (!name)
            return refuse_unknown(word, err);
        auto_free char *own = name->takes_value ? xasprintf("-%s", at) : xasprintf("-%c", *at);
        if (name->takes_value && at[1] == '\0')
            return add_option_with_next(parser, name->kind, own, err);
        add_option(parser, name->kind, own, name->takes_value ? 2 : 0);
        if (name->takes_value)
            return 0;
    }
    return 0;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static void add_input(struct parser *parser, const char *word)
{
    add_option(parser, RUSTC_INPUT, word, 0);
    struct rustc_option *option = &parser->command->options[parser->command->option_count - 1];
    option->value = parser->command->words.items[option->first];
}

static int parse_words(struct parser *parser, struct error *err)
{
    for (const char *word; (word = next_word(parser));) {
        int status = 0;
        if (strcmp(word, "--") == 0)
            break;
        if (!is_option(word))
            add_input(parser, word);
        else if (word[1] == '-')
            status = parse_long(parser, word, err);
        else
            status = parse_short(parser, word, err);
        if (status < 0)
            return -1;
    }
    for (const char *word; (word = next_word(parser));) {
        if (is_option(word))
            return error_set(err, ERROR_REFUSED,
                             "the source file %s looks like an option: give "
                             "it as ./%s",
                             word, word);
        add_input(parser, word);
    }
    return 0;
}

static void split_list(const char *value, struct strv *list)
{
    for (;;) {
        size_t len = strcspn(value, ",");
        strv_push_len(list, value, len);
        if (value[len] == '\0')
            return;
        value += len + 1;
    }
}

static void add_crate_types(const char *value, struct strv *crate_types)
{
    auto_strv types = STRV_INIT;

    split_list(value, &types);
    for (size_t i = 0; i < types.len; i++)
        if (!strv_contains(crate_types, types.items[i]))
            strv_push(crate_types, types.items[i]);
}

/* Puts what the option says where callers look for it. */
static int note_option(struct rustc_command *command, const struct rustc_option *option,
                       struct error *err)
{
    switch (option->kind) {
    case RUSTC_INPUT:
        if (command->input)
            return error_set(err, ERROR_REFUSED, "rustc takes one source file, not %s and %s",
                             command->input, option->value);
        command->input = option->value;
        break;
    case RUSTC_CRATE_NAME:
        command->crate_name = option->value;
        break;
    case RUSTC_CRATE_TYPE:
        add_crate_types(option->value, &command->crate_types);
        break;
    case RUSTC_EMIT:
        split_list(option->value, &command->emits);
        break;
    case RUSTC_OUT_DIR:
        command->out_dir = option->value;
        break;
    case RUSTC_OUTPUT:
        command->output = option->value;
        break;
    case RUSTC_TARGET:
        command->target = option->value;
        break;
    case RUSTC_SYSROOT:
        command->sysroot = option->value;
        break;
    case RUSTC_TEST:
        command->test = true;
        break;
    case RUSTC_JSON:
        split_list(option->value, &command->json);
        break;
    default:
        break;
    }
    return 0;
}

int rustc_command_parse(char *const *args, size_t count, struct rustc_command *ret_command,
                        struct error *err)
{
    auto_strv words = STRV_INIT;
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    if (rustc_arguments_expand(args, count, &words, err) < 0)
        return -1;
    struct parser parser = {words.items, words.len, &command, 0};
    if (parse_words(&parser, err) < 0)
        return -1;
    for (size_t i = 0; i < command.option_count; i++)
        if (note_option(&command, &command.options[i], err) < 0)
            return -1;
    *ret_command = command;
    command = (struct rustc_command)RUSTC_COMMAND_INIT;
    return 0;
}

void rustc_command_release(struct rustc_command *command)
{
    strv_release(&command->words);
    free(command->options);
    strv_release(&command->crate_types);
    strv_release(&command->emits);
    strv_release(&command->json);
    *command = (struct rustc_command)RUSTC_COMMAND_INIT;
}
