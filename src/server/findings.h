/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an examination found: a list, in the order in which it was looked at. */

#include <stddef.h>

enum finding_level {
    FINDING_OK,
    FINDING_WARN, /* the service works, with less than it could have */
    FINDING_BAD,  /* it can't serve */
};

struct finding {
    enum finding_level level;
    const char *subject; /* one word: "store" */
    char *text;          /* owned: what there is */
    char *remedy;        /* owned: what to do; NULL when there is nothing */
};

struct findings {
    struct finding *items;
    size_t len, cap;
};

#define FINDINGS_INIT                                                                              \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void findings_release(struct findings *findings);
#define auto_findings __attribute__((cleanup(findings_release))) struct findings

void findings_add(struct findings *findings, enum finding_level level, const char *subject,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Sets the remedy of the one that was added last. */
void findings_remedy(struct findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The worst of the levels. */
enum finding_level findings_worst(const struct findings *findings);

/* "ok", "warn", "bad". */
const char *finding_level_name(enum finding_level level);
