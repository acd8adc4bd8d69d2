/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A growing vector of owned strings, NULL-terminated so that it can serve as argv or environ. */

#include <stdbool.h>
#include <stddef.h>

struct strv {
    char **items; /* never NULL: an empty vector points to a constant list of none */
    size_t len;
    size_t cap; /* 0 while items is not allocated */
};

extern char *strv_empty[];

#define STRV_INIT                                                                                  \
    {                                                                                              \
        strv_empty, 0, 0                                                                           \
    }

void strv_release(struct strv *v);

void strv_push(struct strv *v, const char *s);
void strv_push_len(struct strv *v, const char *s, size_t len);
void strv_pushf(struct strv *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strv_push_take(struct strv *v, char *s); /* takes ownership of S */
/* The strings of a NULL-terminated list, copied. */
void strv_push_list(struct strv *v, char *const *items);
void strv_push_all(struct strv *v, char *const *items, size_t count);

bool strv_contains(const struct strv *v, const char *s);
void strv_sort(struct strv *v); /* by bytes */

#define auto_strv __attribute__((cleanup(strv_release))) struct strv
