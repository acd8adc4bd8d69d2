/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status_file.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"

int status_file_read(const char *path, struct strv *items, struct error *err)
{
    auto_buf text = BUF_INIT;
    size_t number = 1;

    if (fs_read_file(path, STATUS_FILE_CAP, &text, err) < 0)
        return -1;
    if (memchr(text.data, '\0', text.len))
        return error_set(err, ERROR_REFUSED, "%s has a NUL byte", path);
    for (const char *at = text.data; *at; number++) {
        size_t len = strcspn(at, "\n");
        size_t key = strcspn(at, " \n");
        if (len > 0 && key == 0)
            return error_set(err, ERROR_REFUSED, "%s:%zu: \"%.*s\" is not KEY VALUE", path, number,
                             (int)(len < 80 ? len : 80), at);
        const char *value = at + key + (key < len);
        if (len > 0)
            strv_pushf(items, "%.*s=%.*s", (int)key, at, (int)(at + len - value), value);
        at += len + (at[len] == '\n');
    }
    return 0;
}

static const char *find_value(const struct strv *items, const char *key, size_t len)
{
    for (size_t i = 0; i < items->len; i++)
        if (strncmp(items->items[i], key, len) == 0 && items->items[i][len] == '=')
            return items->items[i] + len + 1;
    return NULL;
}

char *status_expand(const char *text, const struct strv *items)
{
    auto_buf expanded = BUF_INIT;

    while (*text) {
        size_t len = strcspn(text + 1, "{}");
        const char *value = *text == '{' && text[1 + len] == '}' && len > 0
                                ? find_value(items, text + 1, len)
                                : NULL;
        if (value)
            buf_add_str(&expanded, value);
        else
            buf_add_char(&expanded, *text);
        text += value ? len + 2 : 1;
    }
    return buf_detach(&expanded);
}
