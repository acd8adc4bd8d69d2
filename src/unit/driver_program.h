/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A program of a compiler, as it was found, and what it does depends on beside its words. */

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

struct driver_program {
    char *name;      /* as it was called; owned */
    char *path;      /* the file that this is; owned */
    char *real_path; /* the same, links resolved; owned */
};

#define DRIVER_PROGRAM_INIT                                                                        \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

/* Whether the name stands for a program. */
bool driver_program_find(const char *name, char *const *env, struct driver_program *ret_program);
void driver_program_release(struct driver_program *program);
#define auto_driver_program __attribute__((cleanup(driver_program_release))) struct driver_program

/*
 * Appends what tells the program, as it is now, in this environment from another. RELATIVE: whether
 * it is given relative names. Returns false where that can't be told.
 */
bool driver_program_key(const struct driver_program *program, char *const *env, bool relative,
                        struct buf *key);

/* Appends the directories in which the program looks for others and for libraries. */
void driver_program_dirs(char *const *env, struct strv *dirs);

/*
 * Runs the words in the C locale and appends all that they print. Returns 0, or 1 where that can't
 * be done or ends with another status than 0. Fails only when interrupted.
 */
int driver_program_ask(const struct strv *words, const struct strv *env, struct buf *text,
                       struct error *err) must_check;
