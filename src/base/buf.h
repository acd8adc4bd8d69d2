/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A growing byte buffer. The bytes are always followed by a NUL that is not counted in len. */

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data; /* never NULL: an empty buffer points to a constant "" */
    size_t len;
    size_t cap; /* 0 while data is not allocated */
};

extern char buf_empty[];

#define BUF_INIT                                                                                   \
    {                                                                                              \
        buf_empty, 0, 0                                                                            \
    }

void buf_release(struct buf *buf);
void buf_reset(struct buf *buf); /* empties it and keeps the memory */

/* What is added must not lie in BUF itself. */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_char(struct buf *buf, char c);
void buf_add_str(struct buf *buf, const char *s);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_zeros(struct buf *buf, size_t count);

/* Room for EXTRA more bytes at data + len; the caller writes them and calls buf_set_len. */
void buf_reserve(struct buf *buf, size_t extra);
void buf_set_len(struct buf *buf, size_t len);

/* Hands the bytes over as a malloced string and leaves the buffer empty. */
char *buf_detach(struct buf *buf);

/* Replaces every occurrence of the non-empty string FROM by TO. */
void buf_replace(struct buf *buf, const char *from, const char *to);

#define auto_buf __attribute__((cleanup(buf_release))) struct buf
