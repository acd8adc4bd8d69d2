/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of words written as one text in tests: a space stands between two of them. */

#include "base/strv.h"

/* Appends the words; no space stands in a word. */
void words_push(struct strv *words, const char *text);

/* The words as a text again; owned by the caller. */
char *words_join(const struct strv *words);
