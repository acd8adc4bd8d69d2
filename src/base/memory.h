/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Allocation. Running out of memory aborts the process, here and nowhere else: no caller checks for
 * NULL, and nothing cleave does can be finished without the memory it asked for.
 */

#include <stddef.h>
#include <stdlib.h>

void *xmalloc(size_t size) __attribute__((malloc));
void *xcalloc(size_t count, size_t size) __attribute__((malloc));
void *xrealloc(void *ptr, size_t size);
char *xstrdup(const char *s) __attribute__((malloc));
char *xstrndup(const char *s, size_t len) __attribute__((malloc));
char *xasprintf(const char *format, ...) __attribute__((malloc, format(printf, 1, 2)));

/* Makes room for one more item at the end of the array ITEMS, which holds LEN of CAP. */
#define grow_for_one(items, len, cap)                                                              \
    do {                                                                                           \
        if ((len) == (cap)) {                                                                      \
            (cap) = (cap) ? 2 * (cap) : 8;                                                         \
            (items) = xrealloc((items), (cap) * sizeof(*(items)));                                 \
        }                                                                                          \
    } while (0)

static inline void auto_free_cleanup(void *ptr)
{
    free(*(void **)ptr);
}

/* Frees the pointer when it goes out of scope. */
#define auto_free __attribute__((cleanup(auto_free_cleanup)))
