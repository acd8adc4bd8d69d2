/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

#define ARGUMENT_FILE_CAP (16u << 20)
#define HELP_COLUMN 26

static const struct option *find_option(const struct option_table *table, const char *word,
                                        const char **ret_inline_value)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->options[i];
        if (strlen(option->name) != len || strncmp(option->name, word, len) != 0)
            continue;
        *ret_inline_value = word[len] == '=' ? word + len + 1 : NULL;
        return option;
    }
    return NULL;
}

static int set_option(const struct option *option, const char *value, struct error *err)
{
    if (option->ret_switch) {
        *option->ret_switch = true;
    } else if (option->ret_list) {
        strv_push(option->ret_list, value);
    } else if (*option->ret_text) {
        return error_set(err, ERROR_USAGE, "%s was given twice", option->name);
    } else {
        *option->ret_text = value;
    }
    return 0;
}

/* One option with its value. Returns how many words of argv it took. */
static int parse_option(const struct option_table *table, char **words, size_t left,
                        struct error *err)
{
    const char *value = NULL;
    const struct option *option = find_option(table, words[0], &value);

    if (!option)
        return error_set(err, ERROR_USAGE, "unknown option %s; see --help", words[0]);
    if (!option->value && value)
        return error_set(err, ERROR_USAGE, "%s takes no value", option->name);
    int taken = 1;
    if (option->value && !value) {
        if (left < 2)
            return error_set(err, ERROR_USAGE, "%s needs a value: %s %s", option->name,
                             option->name, option->value);
        value = words[1];
        taken = 2;
    }
    return set_option(option, value, err) < 0 ? -1 : taken;
}

static int read_argument_file(const char *path, struct strv *words, struct error *err)
{
    auto_buf text = BUF_INIT;

    if (fs_read_file(path, ARGUMENT_FILE_CAP, &text, err) < 0)
        return -1;
    if (memchr(text.data, '\0', text.len))
        return error_set(err, ERROR_REFUSED, "the argument file %s has a NUL byte", path);
    for (const char *at = text.data; *at;) {
        size_t len = strcspn(at, "\n");
        strv_push_len(words, at, len);
        at += len + (at[len] == '\n');
    }
    return 0;
}

/* Whether WORD is an option whose value follows and may begin with '@'. */
static bool keeps_at(const struct option_table *table, const char *word)
{
    const char *value = NULL;
    const struct option *option = find_option(table, word, &value);

    return option && option->keeps_at && !value;
}

/* Replaces each @FILE in front of "--" by the lines of the file. */
static int expand_files(const struct option_table *table, char **argv, size_t argc,
                        struct strv *words, struct error *err)
{
    bool foreign = false;

    for (size_t i = 0; i < argc; i++) {
        foreign = foreign || strcmp(argv[i], "--") == 0;
        if (foreign || argv[i][0] != '@' || (i > 0 && keeps_at(table, argv[i - 1])))
            strv_push(words, argv[i]);
        else if (read_argument_file(argv[i] + 1, words, err) < 0)
            return -1;
    }
    return 0;
}

static void set_foreign(struct arguments *arguments, size_t first)
{
    arguments->foreign = arguments->words.items + first;
    arguments->foreign_len = arguments->words.len - first;
}

int options_parse(const struct option_table *table, int argc, char **argv,
                  struct arguments *arguments, struct error *err)
{
    struct strv *words = &arguments->words;

    if (expand_files(table, argv, (size_t)argc, words, err) < 0)
        return -1;
    for (size_t i = 0; i < words->len;) {
        const char *word = words->items[i];
        if (strcmp(word, "--") == 0) {
            if (!table->takes_foreign)
                return error_set(err, ERROR_USAGE, "nothing may follow --; see --help");
            set_foreign(arguments, i + 1);
            return 0;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            arguments->help = true;
            return 0;
        }
        if (word[0] != '-' || word[1] == '\0') {
            strv_push(&arguments->positional, word);
            i++;
            continue;
        }
        int taken = parse_option(table, words->items + i, words->len - i, err);
        if (taken < 0)
            return -1;
        i += (size_t)taken;
    }
    return 0;
}

void arguments_release(struct arguments *arguments)
{
    strv_release(&arguments->words);
    strv_release(&arguments->positional);
    *arguments = (struct arguments)ARGUMENTS_INIT;
}

char *options_help(const struct option_table *table)
{
    auto_buf out = BUF_INIT;

    buf_addf(&out, "usage: %s\n\n%s\n", table->usage, table->summary);
    if (table->count > 0)
        buf_add_str(&out, "\noptions:\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->options[i];
        auto_free char *left = xasprintf("%s%s%s", option->name, option->value ? " " : "",
                                         option->value ? option->value : "");
        buf_addf(&out, "  %-*s %s\n", HELP_COLUMN, left, option->help);
    }
    buf_addf(&out, "\nexample:\n  %s\n", table->example);
    return buf_detach(&out);
}
