/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Codegen: one run of rustc whose linker is the capture. It leaves a link unit for each linked
 * crate type, and publishes rustc's other output files where the command line puts them.
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"

/* Where what rustc prints goes. */
enum codegen_stream { CODEGEN_STDOUT, CODEGEN_STDERR };
typedef int codegen_write_fn(void *user, enum codegen_stream stream, const char *data, size_t len,
                             struct error *err);

struct codegen {
    /* What to run: rustc (or a driver that takes its arguments), and its arguments. */
    const char *rustc;
    char *const *args;
    size_t arg_count;

    /*
     * The unit to leave, or with several linked types the directory that holds TYPE.unit of each.
     * NULL: beside rustc's output, under its name and unit_suffix.
     */
    const char *unit;
    const char *unit_suffix;

    const char *hollow_dir;    /* gets the hollow of a library; NULL: none is made */
    const char *link_rlib_dir; /* gets the link rlib of a rlib; NULL: none is made */
    const char *early_hollow;  /* an earlier hollow of the crate, to be the same one; or NULL */
    const char *rustc_version; /* what rustc must be, as its metadata states it; NULL: any */
    const char *remap_cwd;     /* what the working directory is called in outputs; or NULL */
    bool natives_slot;
    bool shared_natives_slot;
    bool link_args_slot;
    bool hermetic; /* refuse what depends on this machine, drop what depends on earlier runs */
    bool color;    /* rustc would colour its messages if it weren't for the pipe */

    codegen_write_fn *write;
    void *user;
};

struct codegen_result {
    struct strv units;    /* the units that were left */
    struct strv warnings; /* what was done otherwise than the command line says */
    struct strv notices;  /* rustc's artifact notices of what is still to be linked, held back */
};

#define CODEGEN_RESULT_INIT                                                                        \
    {                                                                                              \
        STRV_INIT, STRV_INIT, STRV_INIT                                                            \
    }

/*
 * Runs codegen. When rustc fails the error is its exit status (ERROR_CHILD) and nothing was left
 * but what rustc announced by an artifact notice before. Warnings are set in any case.
 */
int codegen_run(const struct codegen *codegen, struct codegen_result *ret_result,
                struct error *err) must_check;
void codegen_result_release(struct codegen_result *result);
#define auto_codegen_result __attribute__((cleanup(codegen_result_release))) struct codegen_result
