/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of cleave: one function and one file each. They print; what they call doesn't. */

#include "base/error.h"
#include "base/options.h"

/*
 * A command: takes what follows its name, sets *ret_status to the exit status (0 is assumed), or
 * fails with the error to print.
 */
typedef int command_fn(int argc, char **argv, int *ret_status, struct error *err);

command_fn command_codegen;
command_fn command_link;
command_fn command_metadata;
command_fn command_hollow;
command_fn command_build_script;
command_fn command_inspect;
command_fn command_rustc;
command_fn command_cargo;
command_fn command_generate;

/* Prints "cleave: warning: …" on standard error. */
void print_warning(const char *text);

void print_help_text(const char *text);

/*
 * Parse a command's own options; with --help they print the help and return 1. The first is for a
 * command that takes one positional argument, WHAT, the second for one that takes the command line
 * of WHAT after "--", the third for one where that is rustc's; what else is given is refused.
 */
int command_parse_one(const struct option_table *table, const char *what, int argc, char **argv,
                      struct arguments *ret_arguments, struct error *err) must_check;
int command_parse_foreign(const struct option_table *table, const char *what, int argc, char **argv,
                          struct arguments *ret_arguments, struct error *err) must_check;
int command_parse_rustc(const struct option_table *table, int argc, char **argv,
                        struct arguments *ret_arguments, struct error *err) must_check;
