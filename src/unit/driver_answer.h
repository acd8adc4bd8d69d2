/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a linker driver prints for "-###": the commands it would run, which gcc (gcc.cc, execute
 * and xputenv) and clang (lib/Driver/Job.cpp, Command::Print) quote in the same way, after lines
 * about themselves; gcc prints the variables it sets for the commands too. Whatever isn't known
 * makes the whole answer not understood, diagnostics with it: only then is there nothing that the
 * driver would have said and a replay would not.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"

enum driver_family { DRIVER_GCC, DRIVER_CLANG };

#define DRIVER_ANSWER_CAP (16u << 20)

struct driver_answer {
    enum driver_family family;
    char *self;           /* gcc: how it was called; clang: the directory it is in; owned */
    struct strv command;  /* the words of the one command */
    struct strv settings; /* NAME=VALUE, what gcc sets in the command's environment */
    struct strv configs;  /* the configuration files that clang read */
};

#define DRIVER_ANSWER_INIT                                                                         \
    {                                                                                              \
        DRIVER_GCC, NULL, STRV_INIT, STRV_INIT, STRV_INIT                                          \
    }

void driver_answer_release(struct driver_answer *answer);
#define auto_driver_answer __attribute__((cleanup(driver_answer_release))) struct driver_answer

/* Whether the text, printed in the C locale, was understood and has exactly one command. */
bool driver_answer_parse(const char *text, size_t len, struct driver_answer *ret_answer);

/* Sets each NAME=VALUE in a list of environment strings. */
void driver_settings_apply(const struct strv *settings, struct strv *env);

/*
 * COLLECT_GCC_OPTIONS: words in single quotes, between them a space; a single quote is '\''. The
 * decoder appends the words and accepts only what the encoder writes.
 */
bool gcc_options_decode(const char *text, struct strv *words);
void gcc_options_encode(const char *word, struct buf *text);
