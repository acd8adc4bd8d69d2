/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void error_release(struct error *err)
{
    free(err->text);
    *err = (struct error)ERROR_INIT;
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        return xstrdup(format);
    return text;
}

static void replace(struct error *err, enum error_kind kind, char *text)
{
    error_release(err);
    err->kind = kind;
    err->text = text;
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    replace(err, kind, format_text(format, args));
    va_end(args);
    return -1;
}

int error_set_errno(struct error *err, int errnum, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    auto_free char *what = format_text(format, args);
    va_end(args);
    replace(err, ERROR_FAILURE, xasprintf("%s: %s", what, strerror(errnum)));
    return -1;
}

int error_set_child(struct error *err, int child_status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    replace(err, ERROR_CHILD, format_text(format, args));
    va_end(args);
    err->child_status = child_status;
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    auto_free char *prefix = format_text(format, args);
    va_end(args);
    char *text = xasprintf("%s: %s", prefix, err->text ? err->text : "unknown error");
    free(err->text);
    err->text = text;
    return -1;
}

int error_exit_status(const struct error *err)
{
    return err->kind == ERROR_CHILD ? err->child_status : (int)err->kind;
}
