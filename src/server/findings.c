/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/findings.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"

void findings_release(struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++) {
        free(findings->items[i].text);
        free(findings->items[i].remedy);
    }
    free(findings->items);
    *findings = (struct findings)FINDINGS_INIT;
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list args)
{
    char *text = NULL;

    return vasprintf(&text, format, args) < 0 ? xstrdup(format) : text;
}

void findings_add(struct findings *findings, enum finding_level level, const char *subject,
                  const char *format, ...)
{
    va_list args;

    grow_for_one(findings->items, findings->len, findings->cap);
    va_start(args, format);
    findings->items[findings->len++] = (struct finding){
        .level = level,
        .subject = subject,
        .text = format_text(format, args),
    };
    va_end(args);
}

void findings_remedy(struct findings *findings, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    findings->items[findings->len - 1].remedy = format_text(format, args);
    va_end(args);
}

enum finding_level findings_worst(const struct findings *findings)
{
    enum finding_level worst = FINDING_OK;

    for (size_t i = 0; i < findings->len; i++)
        if (findings->items[i].level > worst)
            worst = findings->items[i].level;
    return worst;
}

const char *finding_level_name(enum finding_level level)
{
    static const char *const names[] = {
        [FINDING_OK] = "ok", [FINDING_WARN] = "warn", [FINDING_BAD] = "bad"};

    return names[level];
}
