/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of cleaved: one function and one file each. They print; what they call doesn't. */

#include "base/error.h"
#include "base/options.h"

/*
 * A command: takes what follows its name, sets *ret_status to the exit status (0 is assumed), or
 * fails with the error to print.
 */
typedef int command_fn(int argc, char **argv, int *ret_status, struct error *err);

command_fn command_serve;
command_fn command_stats;
command_fn command_stop;
command_fn command_doctor;
command_fn command_cas;
command_fn command_exec;
command_fn command_action;

/* Prints "cleaved: warning: …" on standard error. */
void print_warning(const char *text);

/*
 * Parses the options of a command that takes nothing else; with --help it prints the help and
 * returns 1.
 */
int command_parse(const struct option_table *table, int argc, char **argv,
                  struct arguments *ret_arguments, struct error *err) must_check;
