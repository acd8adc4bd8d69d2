/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

char *strv_empty[1];

void strv_release(struct strv *v)
{
    for (size_t i = 0; i < v->len; i++)
        free(v->items[i]);
    if (v->cap)
        free(v->items);
    *v = (struct strv)STRV_INIT;
}

void strv_push_take(struct strv *v, char *s)
{
    if (v->len + 2 > v->cap) {
        size_t cap = v->cap ? 2 * v->cap : 16;
        v->items = xrealloc(v->cap ? v->items : NULL, cap * sizeof(*v->items));
        v->cap = cap;
    }
    v->items[v->len++] = s;
    v->items[v->len] = NULL;
}

void strv_push(struct strv *v, const char *s)
{
    strv_push_take(v, xstrdup(s));
}

void strv_push_len(struct strv *v, const char *s, size_t len)
{
    strv_push_take(v, xstrndup(s, len));
}

void strv_pushf(struct strv *v, const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    assert(len >= 0);
    strv_push_take(v, text);
}

void strv_push_all(struct strv *v, char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strv_push(v, items[i]);
}

void strv_push_list(struct strv *v, char *const *items)
{
    for (; *items; items++)
        strv_push(v, *items);
}

bool strv_contains(const struct strv *v, const char *s)
{
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->items[i], s) == 0)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
    qsort(v->items, v->len, sizeof(*v->items), compare);
}
