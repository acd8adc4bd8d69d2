/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/response_file.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/fs.h"

/* Takes one word from the text at AT. Returns where it ends, or NULL when a quote stays open. */
static const char *take_word(const char *at, const char *end, struct buf *word)
{
    char quote = '\0';

    for (; at < end; at++) {
        if (*at == '\\') {
            if (++at == end)
                return NULL;
            buf_add_char(word, *at);
        } else if (quote) {
            if (*at == quote)
                quote = '\0';
            else
                buf_add_char(word, *at);
        } else if (*at == '\'' || *at == '"') {
            quote = *at;
        } else if (isspace((unsigned char)*at)) {
            break;
        } else {
            buf_add_char(word, *at);
        }
    }
    return quote ? NULL : at;
}

int response_file_decode(const char *text, size_t len, struct strv *words, struct error *err)
{
    const char *at = text;
    const char *end = text + len;

    if (memchr(text, '\0', len))
        return error_set(err, ERROR_REFUSED, "a response file holds a NUL byte");
    for (;;) {
        while (at < end && isspace((unsigned char)*at))
            at++;
        if (at == end)
            return 0;
        auto_buf word = BUF_INIT;
        at = take_word(at, end, &word);
        if (!at)
            return error_set(err, ERROR_REFUSED,
                             "a response file ends inside a quote or after a backslash");
        strv_push_take(words, buf_detach(&word));
    }
}

void response_file_encode(const char *word, struct buf *text)
{
    if (*word == '\0')
        buf_add_str(text, "\"\"");
    for (const char *at = word; *at; at++) {
        if (isspace((unsigned char)*at) || strchr("\\\"'", *at))
            buf_add_char(text, '\\');
        buf_add_char(text, *at);
    }
    buf_add_char(text, '\n');
}

static int expand(char *const *words, size_t count, int depth, struct strv *ret_words,
                  struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        auto_buf text = BUF_INIT;
        auto_strv inner = STRV_INIT;
        const char *path = words[i] + 1;
        if (words[i][0] != '@' || !fs_exists(path)) {
            strv_push(ret_words, words[i]);
            continue;
        }
        if (depth == RESPONSE_FILE_DEPTH_CAP)
            return error_set(err, ERROR_REFUSED, "response files are nested over %d deep at %s",
                             RESPONSE_FILE_DEPTH_CAP, path);
        if (fs_read_file(path, RESPONSE_FILE_CAP, &text, err) < 0)
            return -1;
        if (response_file_decode(text.data, text.len, &inner, err) < 0)
            return error_prefix(err, "%s", path);
        if (expand(inner.items, inner.len, depth + 1, ret_words, err) < 0)
            return -1;
    }
    return 0;
}

int response_file_expand(char *const *words, size_t count, struct strv *ret_words,
                         struct error *err)
{
    return expand(words, count, 0, ret_words, err);
}
