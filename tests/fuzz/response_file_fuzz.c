/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Response files: words that were decoded, or any others, are the same after a round trip. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit/response_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct strv *words)
{
    auto_buf text = BUF_INIT;
    auto_strv again = STRV_INIT;
    auto_error err = ERROR_INIT;

    for (size_t i = 0; i < words->len; i++)
        response_file_encode(words->items[i], &text);
    if (response_file_decode(text.data, text.len, &again, &err) < 0 || again.len != words->len)
        abort();
    for (size_t i = 0; i < words->len; i++)
        if (strcmp(again.items[i], words->items[i]) != 0)
            abort();
}

/* The input's own lines as words. */
static void split(const char *text, size_t len, struct strv *words)
{
    const char *end = text + len;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((newline ? newline : end) - text);
        strv_push_len(words, text, line_len);
        text += line_len + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    auto_strv words = STRV_INIT;
    auto_strv lines = STRV_INIT;
    auto_error err = ERROR_INIT;

    if (response_file_decode(text, size, &words, &err) == 0)
        check_round_trip(&words);
    split(text, size, &lines);
    check_round_trip(&lines);
    return 0;
}
