/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"

enum line_kind {
    LINE_UNKNOWN,
    LINE_IGNORED,
    LINE_COMMAND,
    LINE_SETTING,
    LINE_GCC_SELF,
    LINE_GCC_TARGET,
    LINE_CLANG_SELF,
    LINE_CLANG_CONFIG,
};

struct known_line {
    const char *start;
    enum line_kind kind;
};

static const struct known_line gcc_lines[] = {
    {"Using built-in specs.", LINE_IGNORED},
    {"COLLECT_GCC=", LINE_GCC_SELF},
    {"Target: ", LINE_GCC_TARGET},
    {"Configured with: ", LINE_IGNORED},
    {"Thread model: ", LINE_IGNORED},
    {"Supported LTO compression algorithms: ", LINE_IGNORED},
    {"gcc version ", LINE_IGNORED},
};

static const struct known_line clang_lines[] = {
    {"Target: ", LINE_IGNORED},
    {"Thread model: ", LINE_IGNORED},
    {"InstalledDir: ", LINE_CLANG_SELF},
    {"Build config: ", LINE_IGNORED},
    {"Configuration file: ", LINE_CLANG_CONFIG},
};

struct known_lines {
    const struct known_line *lines;
    size_t count;
};

static const struct known_lines families[] = {
    [DRIVER_GCC] = {gcc_lines, sizeof(gcc_lines) / sizeof(gcc_lines[0])},
    [DRIVER_CLANG] = {clang_lines, sizeof(clang_lines) / sizeof(clang_lines[0])},
};

void driver_answer_release(struct driver_answer *answer)
{
    free(answer->self);
    strv_release(&answer->command);
    strv_release(&answer->settings);
    strv_release(&answer->configs);
    *answer = (struct driver_answer)DRIVER_ANSWER_INIT;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_setting(const char *line)
{
    size_t len = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

    return len > 0 && line[len] == '=';
}

/* The words of a command line; each has a space before it, the first too. */
static bool decode_command(const char *line, struct strv *words)
{
    while (*line == ' ') {
        auto_buf word = BUF_INIT;
        bool quoted = *++line == '"';
        if (quoted)
            line++;
        for (; quoted ? *line && *line != '"' : is_alnum(*line) || (*line && strchr("_/-.", *line));
             line++) {
            if (*line == '\\' && (!*++line || !strchr("\"\\$", *line)))
                return false;
            buf_add_char(&word, *line);
        }
        if (quoted ? *line++ != '"' : word.len == 0)
            return false;
        strv_push_take(words, buf_detach(&word));
    }
    return *line == '\0';
}

static enum line_kind kind_of(const char *line, enum driver_family family, const char **ret_rest)
{
    const struct known_lines *known = &families[family];

    *ret_rest = line;
    if (*line == ' ')
        return LINE_COMMAND;
    for (size_t i = 0; i < known->count; i++) {
        const char *rest = after_prefix(line, known->lines[i].start);
        if (rest) {
            *ret_rest = rest;
            return known->lines[i].kind;
        }
    }
    return family == DRIVER_GCC && is_setting(line) ? LINE_SETTING : LINE_UNKNOWN;
}

static bool set_once(char **place, const char *text)
{
    if (*place)
        return false;
    *place = xstrdup(text);
    return true;
}

static bool take_line(const char *line, struct driver_answer *answer)
{
    const char *rest;

    switch (kind_of(line, answer->family, &rest)) {
    case LINE_IGNORED:
        return true;
    case LINE_COMMAND:
        return answer->command.len == 0 && decode_command(line, &answer->command);
    case LINE_GCC_SELF:
        strv_push(&answer->settings, line);
        return set_once(&answer->self, rest);
    case LINE_SETTING:
        /* What follows the command is for gcc's next one. */
        if (answer->command.len == 0)
            strv_push(&answer->settings, line);
        return true;
    case LINE_GCC_TARGET:
        /* Elsewhere collect2 may link twice, or rewrite the line (USE_COLLECT2 in gcc). */
        return strstr(rest, "linux") != NULL;
    case LINE_CLANG_SELF:
        return set_once(&answer->self, rest);
    case LINE_CLANG_CONFIG:
        strv_push(&answer->configs, rest);
        return true;
    case LINE_UNKNOWN:
        break;
    }
    return false;
}

/* Clang's first line is its version, which starts with the vendor's name, if any. */
static bool is_clang_version(const char *line)
{
    return has_prefix(line, "clang version ") ||
           (*line != ' ' && strstr(line, " clang version ") && !is_setting(line));
}

static bool parse_lines(const char *text, const char *end, struct driver_answer *answer)
{
    for (bool first = true; text < end; first = false) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline)
            return false;
        auto_free char *line = xstrndup(text, (size_t)(newline - text));
        text = newline + 1;
        if (first && is_clang_version(line))
            answer->family = DRIVER_CLANG;
        else if (!take_line(line, answer))
            return false;
    }
    return answer->self && answer->command.len > 0;
}

bool driver_answer_parse(const char *text, size_t len, struct driver_answer *ret_answer)
{
    auto_driver_answer answer = DRIVER_ANSWER_INIT;

    if (len > DRIVER_ANSWER_CAP || memchr(text, '\0', len))
        return false;
    if (!parse_lines(text, text + len, &answer))
        return false;
    *ret_answer = answer;
    answer = (struct driver_answer)DRIVER_ANSWER_INIT;
    return true;
}

void driver_settings_apply(const struct strv *settings, struct strv *env)
{
    for (size_t i = 0; i < settings->len; i++) {
        const char *value = strchr(settings->items[i], '=');
        if (!value)
            continue;
        auto_free char *name = xstrndup(settings->items[i], (size_t)(value - settings->items[i]));
        env_set(env, name, value + 1);
    }
}

static bool decode_option(const char **at, struct buf *word)
{
    if (*(*at)++ != '\'')
        return false;
    for (;;) {
        const char *rest = after_prefix(*at, "'\\''");
        if (rest) {
            buf_add_char(word, '\'');
            *at = rest;
        } else if (**at == '\'') {
            ++*at;
            return true;
        } else if (**at == '\0') {
            return false;
        } else {
            buf_add_char(word, *(*at)++);
        }
    }
}

bool gcc_options_decode(const char *text, struct strv *words)
{
    while (*text) {
        auto_buf word = BUF_INIT;
        if (!decode_option(&text, &word))
            return false;
        strv_push_take(words, buf_detach(&word));
        if (*text == ' ' && text[1])
            text++;
        else if (*text)
            return false;
    }
    return true;
}

void gcc_options_encode(const char *word, struct buf *text)
{
    if (text->len > 0)
        buf_add_char(text, ' ');
    buf_add_char(text, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_add_str(text, "'\\''");
        else
            buf_add_char(text, *word);
    }
    buf_add_char(text, '\'');
}
