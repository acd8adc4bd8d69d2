/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/dep_info.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/path.h"

/* How much of an unknown line a message shows. */
#define SHOWN_CAP 80

/* A comment, a rule, or nothing. */
static bool is_dep_info_line(const char *line, size_t len)
{
    if (len == 0 || line[0] == '#')
        return true;
    return line[len - 1] == ':' || memmem(line, len, ": ", 2);
}

static int refuse_line(const char *line, size_t len, struct error *err)
{
    int shown = len < SHOWN_CAP ? (int)len : SHOWN_CAP;

    return error_set(err, ERROR_REFUSED, "\"%.*s\" is no line of a dep-info file", shown, line);
}

/* Appends one line, with its newline if it has one. FROM ends with '/', TO as it must. */
static void add_line(const char *line, size_t len, const char *from, const char *to,
                     struct buf *out)
{
    size_t from_len = strlen(from);

    if (len >= from_len && memcmp(line, from, from_len) == 0) {
        buf_add_str(out, to);
        line += from_len;
        len -= from_len;
    }
    buf_add(out, line, len);
}

int dep_info_retarget(const char *text, size_t len, const char *from, const char *to,
                      struct buf *out, struct error *err)
{
    auto_buf from_slash = BUF_INIT;
    auto_buf to_slash = BUF_INIT;
    size_t start = out->len;

    assert(from[0]);
    buf_addf(&from_slash, "%s%s", from, path_separator(from));
    buf_addf(&to_slash, "%s%s", to, path_separator(to));
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((newline ? newline : end) - text);
        if (!is_dep_info_line(text, line_len)) {
            buf_set_len(out, start);
            return refuse_line(text, line_len, err);
        }
        size_t taken = line_len + (newline ? 1 : 0);
        add_line(text, taken, from_slash.data, to_slash.data, out);
        text += taken;
    }
    return 0;
}

/* A name up to END, with "\\ " as a space. */
static void add_file(const char *name, const char *end, struct strv *files)
{
    auto_buf plain = BUF_INIT;

    for (; name < end; name++) {
        if (*name == '\\' && name + 1 < end && name[1] == ' ')
            continue;
        buf_add_char(&plain, *name);
    }
    strv_push(files, plain.data);
}

int dep_info_reads(const char *text, struct strv *files, struct strv *names, struct error *err)
{
    static const char variable[] = "# env-dep:";

    while (*text) {
        size_t len = strcspn(text, "\n");
        const char *rest = after_prefix(text, variable);
        if (!is_dep_info_line(text, len))
            return refuse_line(text, len, err);
        if (rest)
            strv_push_len(names, rest, strcspn(rest, "=\n"));
        else if (len > 1 && text[0] != '#' && text[len - 1] == ':')
            add_file(text, text + len - 1, files);
        text += len + (text[len] == '\n');
    }
    return 0;
}
