/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Command lines of cleave's own commands. Each command has a table of options; long names only,
 * except -o. "--name=value" and "--name value" are the same. "--" ends the options: what follows
 * is foreign (rustc's, a linker's) and is left as it is.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

struct option {
    const char *name;  /* with its dashes: "--sysroot", "-o" */
    const char *value; /* what help calls the value: "DIR"; NULL for a switch */
    const char *help;  /* one line */
    /* Exactly one of these three, where the answer goes. */
    const char **ret_text; /* given twice: refused */
    struct strv *ret_list; /* may be given any number of times */
    bool *ret_switch;
    bool keeps_at; /* its value may begin with '@', and is then no argument file */
};

struct option_table {
    const char *usage;   /* "cleave link UNIT -o FILE [OPTION]…" */
    const char *summary; /* a sentence or more */
    const char *example; /* one command line */
    const struct option *options;
    size_t count;
    bool takes_foreign; /* whether "--" and arguments after it are part of the command */
};

struct arguments {
    struct strv words; /* argv with each @FILE replaced by its lines; the answers point into it */
    struct strv positional;
    bool help;      /* --help was given: the rest wasn't looked at */
    char **foreign; /* what follows "--", borrowed from words; NULL-terminated */
    size_t foreign_len;
};

#define ARGUMENTS_INIT                                                                             \
    {                                                                                              \
        STRV_INIT, STRV_INIT, false, NULL, 0                                                       \
    }

/*
 * Parses argv, from after the command's name, into *ARGUMENTS, which is empty before. "@FILE" in
 * front of "--" stands for the arguments in that file, one a line. The texts in the answers live
 * as long as *ARGUMENTS.
 */
int options_parse(const struct option_table *table, int argc, char **argv,
                  struct arguments *arguments, struct error *err) must_check;
void arguments_release(struct arguments *arguments);
#define auto_arguments __attribute__((cleanup(arguments_release))) struct arguments

/* The help text of a command. Owned by caller. */
char *options_help(const struct option_table *table);
