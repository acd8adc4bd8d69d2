/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Response files as GNU tools read them (libiberty, buildargv): words between white space; a
 * backslash takes the next character as it is; single and double quotes keep white space.
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

#define RESPONSE_FILE_CAP (256u << 20)
#define RESPONSE_FILE_DEPTH_CAP 8

/* Appends the words of the text. An open quote or a NUL is refused. */
int response_file_decode(const char *text, size_t len, struct strv *words,
                         struct error *err) must_check;

/* Appends the word, quoted where needed, and a newline. */
void response_file_encode(const char *word, struct buf *text);

/*
 * Appends the words with each @FILE replaced by the words of that file, and so on inside it. As
 * GNU tools do, a word whose file doesn't exist stays as it is.
 */
int response_file_expand(char *const *words, size_t count, struct strv *ret_words,
                         struct error *err) must_check;
