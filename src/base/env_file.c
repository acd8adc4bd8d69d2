/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env_file.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/process.h"

bool env_item_is_valid(const char *item)
{
    size_t len = strcspn(item, "=");

    if (len == 0 || item[len] != '=')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)item[i] <= ' ' || item[i] == 0x7f)
            return false;
    return true;
}

int env_file_read(const char *path, struct strv *items, struct error *err)
{
    auto_buf text = BUF_INIT;
    size_t number = 1;

    if (fs_read_file(path, ENV_FILE_CAP, &text, err) < 0)
        return -1;
    if (memchr(text.data, '\0', text.len))
        return error_set(err, ERROR_REFUSED, "%s has a NUL byte", path);
    for (const char *at = text.data; *at; number++) {
        size_t len = strcspn(at, "\n");
        auto_free char *item = xstrndup(at, len);
        if (*item && !env_item_is_valid(item))
            return error_set(err, ERROR_REFUSED, "%s:%zu: \"%.80s\" is not NAME=VALUE", path,
                             number, item);
        if (*item)
            strv_push(items, item);
        at += len + (at[len] == '\n');
    }
    return 0;
}

void env_set_items(struct strv *env, const struct strv *items)
{
    for (size_t i = 0; i < items->len; i++) {
        size_t len = strcspn(items->items[i], "=");
        auto_free char *name = xstrndup(items->items[i], len);
        env_set(env, name, items->items[i] + len + 1);
    }
}
