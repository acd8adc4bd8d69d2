/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The dependencies that codegen sees: one form of each crate, in one place. A bare .rmeta, by
 * --extern or in a search directory, is wrapped as a hollow rlib in a private directory.
 */

#include <stddef.h>

#include "base/digest.h"
#include "base/error.h"
#include "rust/rustc_command.h"
#include "rust/rustc_rewrite.h"

/* Wraps what must be wrapped below BASE, and changes the command line to see it. */
int dependencies_wrap(const struct rustc_command *command, const char *base,
                      struct rustc_rewrite *rewrite, struct error *err) must_check;

/*
 * Refuses hollow rlibs among the dependencies, and --extern with metadata alone: with LTO rustc
 * would leave out their code and say nothing. A .rmeta in a search directory may be of a crate that
 * is just being compiled; should it be needed, rustc says that its rlib is missing.
 */
int dependencies_refuse_hollow(const struct rustc_command *command, struct error *err) must_check;

/* A rlib among the dependencies, and whose metadata it stands for. */
struct dependency {
    char *file_name;
    struct digest digest;
};

struct dependency_list {
    struct dependency *items;
    size_t count;
};

#define DEPENDENCY_LIST_INIT                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

/* Every hollow or link rlib by --extern and in search directories: those with a marker. */
int dependencies_list(const struct rustc_rewrite *rewrite, struct dependency_list *ret_list,
                      struct error *err) must_check;
void dependency_list_release(struct dependency_list *list);
#define auto_dependency_list                                                                       \
    __attribute__((cleanup(dependency_list_release))) struct dependency_list
