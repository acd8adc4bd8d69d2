/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

char buf_empty[1];

void buf_release(struct buf *buf)
{
    if (buf->cap)
        free(buf->data);
    *buf = (struct buf)BUF_INIT;
}

void buf_reset(struct buf *buf)
{
    buf_set_len(buf, 0);
}

void buf_reserve(struct buf *buf, size_t extra)
{
    size_t need = buf->len + extra + 1;

    if (need <= buf->cap)
        return;
    size_t cap = buf->cap ? 2 * buf->cap : 64;
    if (cap < need)
        cap = need;
    buf->data = xrealloc(buf->cap ? buf->data : NULL, cap);
    buf->cap = cap;
    buf->data[buf->len] = '\0';
}

void buf_set_len(struct buf *buf, size_t len)
{
    assert(len == 0 || len < buf->cap);
    buf->len = len;
    if (buf->cap)
        buf->data[len] = '\0';
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return; /* DATA may then be NULL, which memcpy doesn't take */
    buf_reserve(buf, len);
    memcpy(buf->data + buf->len, data, len);
    buf_set_len(buf, buf->len + len);
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_add_str(struct buf *buf, const char *s)
{
    buf_add(buf, s, strlen(s));
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    assert(len >= 0);
    buf_add(buf, text, (size_t)len);
    free(text);
}

void buf_add_zeros(struct buf *buf, size_t count)
{
    if (count == 0)
        return;
    buf_reserve(buf, count);
    memset(buf->data + buf->len, 0, count);
    buf_set_len(buf, buf->len + count);
}

char *buf_detach(struct buf *buf)
{
    char *data = buf->cap ? buf->data : xstrdup("");

    *buf = (struct buf)BUF_INIT;
    return data;
}

void buf_replace(struct buf *buf, const char *from, const char *to)
{
    size_t from_len = strlen(from);
    auto_buf out = BUF_INIT;
    const char *at = buf->data;
    const char *end = buf->data + buf->len;

    assert(from_len > 0);
    for (const char *hit; (hit = memmem(at, (size_t)(end - at), from, from_len));) {
        buf_add(&out, at, (size_t)(hit - at));
        buf_add_str(&out, to);
        at = hit + from_len;
    }
    if (at == buf->data)
        return;
    buf_add(&out, at, (size_t)(end - at));
    struct buf old = *buf;
    *buf = out;
    out = old;
}
