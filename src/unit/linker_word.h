/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Words of a linker line, taken apart: where in a word a path may stand. Words of a driver ("cc")
 * and of a linker itself have the same shape but for "-Wl,", whose comma parts are words of the
 * linker.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* What an argument is, told by the option that it belongs to. */
enum argument_role {
    ROLE_OPTION,      /* the option itself, and text between arguments: "-Wl,", "," */
    ROLE_POSITIONAL,  /* an input file */
    ROLE_VALUE,       /* a value that is no path: a symbol, a soname, a keyword */
    ROLE_UNKNOWN,     /* a value that may be a path: "--some-option=VALUE" */
    ROLE_INPUT_FILE,  /* the file that an option reads: a linker script, a version script */
    ROLE_OUTPUT,      /* the file that is linked */
    ROLE_OUTPUT_FILE, /* a further file that the linker writes: a map, an import library */
    ROLE_SEARCH_DIR,
    ROLE_RUN_PATH,
    ROLE_LIBRARY, /* "-lNAME" and "-l NAME": the NAME */
};

/* A piece of a word; the pieces of a word, joined, are the word. */
struct linker_piece {
    enum argument_role role;
    const char *text; /* into the word, not NUL-terminated */
    size_t len;
};

/* What a word may leave for the next: the role of the argument that an option before it awaits. */
struct linker_word_state {
    bool awaits;
    enum argument_role role;
};

#define LINKER_PIECES_CAP 4096

/*
 * Takes the word apart. PIECES has room for LINKER_PIECES_CAP; sets *ret_count. STATE goes from
 * word to word, {0} at the start of the line.
 */
int linker_word_split(const char *word, struct linker_word_state *state,
                      struct linker_piece *pieces, size_t *ret_count, struct error *err) must_check;
