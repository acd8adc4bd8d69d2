/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A driver's command line, taken apart: the names that change from link to link and that drivers
 * hand on unread (object files, search directories, the version script, the output) are blanks;
 * all other words shape the driver's answer. Lines of one shape differ in the names alone.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"

enum driver_blank_kind {
    BLANK_OUTPUT,
    BLANK_STEM,      /* the output without its extension */
    BLANK_TEMP,      /* a file in the scratch directory: not on the line, but in answers */
    BLANK_FILES,     /* files in a row with one extension */
    BLANK_ARGUMENT,  /* "-Wl,--version-script=FILE", "-Wl,FILE" */
    BLANK_DIRECTORY, /* "-LDIR" or "-L DIR" */
};

struct driver_blank {
    enum driver_blank_kind kind;
    struct strv texts; /* in an answer's spelling; more than one for BLANK_FILES alone */
};

#define DRIVER_WORDS_CAP (1u << 16)

struct driver_line {
    struct buf shape;            /* the words, with kinds in place of the names */
    struct driver_blank *blanks; /* the first three kinds, then the names in order */
    size_t len;
    size_t cap;
    struct strv question; /* the words that the driver is asked with */
    char *asked_output;   /* the output that the question names */
    char *asked_stem;     /* the same without its extension */
    bool relative;        /* the answer may depend on the working directory */
};

#define DRIVER_LINE_INIT                                                                           \
    {                                                                                              \
        BUF_INIT, NULL, 0, 0, STRV_INIT, NULL, NULL, false                                         \
    }

/*
 * Reads the words, the program excluded; OUTPUT is the one after "-o". The question names an
 * output in SCRATCH instead, a directory, so that a name that the driver makes from the output's
 * is seen to come from it. Returns false where the driver does or says more than its command
 * tells.
 */
bool driver_line_read(char *const *words, size_t count, const char *output, const char *scratch,
                      struct driver_line *ret_line);
void driver_line_release(struct driver_line *line);
#define auto_driver_line __attribute__((cleanup(driver_line_release))) struct driver_line

/* Whether the word stands in the line, alone or in part of a word: it isn't the driver's choice. */
bool driver_line_mentions(const struct driver_line *line, const char *word);

/* Appends the names, the output's excepted, each with a NUL behind it. */
void driver_line_names(const struct driver_line *line, struct buf *text);

/* Whether there is no control character in the word. */
bool driver_word_is_plain(const char *word);
