/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/rustc_message.h"

#include <assert.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "base/path.h"

void rustc_artifact_release(struct rustc_artifact *artifact)
{
    free(artifact->path);
    free(artifact->emit);
    *artifact = (struct rustc_artifact)RUSTC_ARTIFACT_INIT;
}

static void decref_cleanup(json_t **json)
{
    json_decref(*json);
}

#define auto_json __attribute__((cleanup(decref_cleanup))) json_t

/* Whether a line is worth parsing: diagnostics can be long, and there are many. */
static bool may_be_artifact(const char *line, size_t len)
{
    static const char key[] = "\"artifact\"";

    return len <= RUSTC_ARTIFACT_LINE_CAP && len > 0 && line[0] == '{' &&
           memmem(line, len, key, sizeof(key) - 1);
}

int rustc_artifact_parse(const char *line, size_t len, struct rustc_artifact *ret_artifact)
{
    if (!may_be_artifact(line, len))
        return 0;
    auto_json *root = json_loadb(line, len, 0, NULL);
    const char *type = json_string_value(json_object_get(root, "$message_type"));
    const char *path = json_string_value(json_object_get(root, "artifact"));
    const char *emit = json_string_value(json_object_get(root, "emit"));
    if (!path || !emit || (type && strcmp(type, "artifact") != 0))
        return 0;
    *ret_artifact = (struct rustc_artifact){xstrdup(path), xstrdup(emit)};
    return 1;
}

/* Appends the text as the inside of a JSON string, escaped as serde_json does it. */
static void add_escaped(struct buf *buf, const char *text)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";

    for (; *text; text++) {
        const char *hit = strchr(plain, *text);
        if (hit)
            buf_addf(buf, "\\%c", letters[hit - plain]);
        else if ((unsigned char)*text < 0x20)
            buf_addf(buf, "\\u%04x", (unsigned)*text);
        else
            buf_add_char(buf, *text);
    }
}

/* Appends TO for a FROM that LEFT bytes at REST follow; returns how many of these it stands for. */
static size_t add_directory(struct buf *buf, const char *to, const char *rest, size_t left)
{
    bool in_path = left > 0 && rest[0] == '/';

    if (!in_path) {
        buf_add_str(buf, to[0] ? to : ".");
        return 0;
    }
    buf_add_str(buf, to);
    buf_add_str(buf, path_separator(to));
    return 1;
}

static void replace_directory(const char *line, size_t len, const char *from, const char *to,
                              struct buf *buf)
{
    const char *end = line + len;
    size_t from_len = strlen(from);

    for (const char *hit; (hit = memmem(line, (size_t)(end - line), from, from_len));) {
        buf_add(buf, line, (size_t)(hit - line));
        line = hit + from_len;
        line += add_directory(buf, to, line, (size_t)(end - line));
    }
    buf_add(buf, line, (size_t)(end - line));
}

void rustc_message_rename(const char *line, size_t len, const char *from, const char *to,
                          struct buf *buf)
{
    auto_buf escaped_from = BUF_INIT;
    auto_buf escaped_to = BUF_INIT;

    assert(from[0]);
    if (len == 0 || line[0] != '{') {
        replace_directory(line, len, from, to, buf);
        return;
    }
    add_escaped(&escaped_from, from);
    add_escaped(&escaped_to, to);
    replace_directory(line, len, escaped_from.data, escaped_to.data, buf);
}
