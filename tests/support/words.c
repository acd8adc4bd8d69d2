/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/words.h"

#include <string.h>

#include "base/buf.h"

void words_push(struct strv *words, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        strv_push_len(words, text, len);
        text += len + (text[len] == ' ');
    }
}

char *words_join(const struct strv *words)
{
    auto_buf text = BUF_INIT;

    for (size_t i = 0; i < words->len; i++)
        buf_addf(&text, "%s%s", i > 0 ? " " : "", words->items[i]);
    return buf_detach(&text);
}
