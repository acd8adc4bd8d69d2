/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One error doctrine: a function that can fail returns int, 0 on success and -1 on failure, and
 * takes a struct error to say what went wrong. Whoever sees more on the way up puts it in front
 * with error_prefix. Positive values are documented answers, never errors. The text names the
 * thing that is wrong and, where there is one, the remedy; it has no trailing newline or full stop.
 */

/* The kinds are cleave's exit statuses. */
enum error_kind {
    ERROR_NONE = 0,
    ERROR_FAILURE = 100, /* the world: a file, a process, the disk */
    ERROR_USAGE = 101,   /* cleave's own command line */
    ERROR_REFUSED = 102, /* input that would give a wrong result, or that cleave doesn't know */
    ERROR_REMOTE = 103,  /* a service */
    ERROR_CHILD,         /* rustc or a linker failed; it has said why, and child_status passes on */
};

struct error {
    enum error_kind kind;
    char *text;       /* owned; NULL when nothing failed */
    int child_status; /* with ERROR_CHILD: the exit status to pass on (128 + signal if killed) */
};

#define ERROR_INIT                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

void error_release(struct error *err);

/* Sets the error, in place of an earlier one. Returns -1. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the text of the errno value ERRNUM at the end. Returns -1. */
int error_set_errno(struct error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets ERROR_CHILD with the status to pass on. Returns -1. */
int error_set_child(struct error *err, int child_status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context and ": " in front of the text. Returns -1. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The status a command exits with for this error. */
int error_exit_status(const struct error *err);

#define auto_error __attribute__((cleanup(error_release))) struct error

/* The result of a function that can fail must be looked at. */
#define must_check __attribute__((warn_unused_result))
