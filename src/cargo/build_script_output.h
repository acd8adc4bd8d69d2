/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a build script prints for Cargo, one directive a line, as Cargo reads it ("Outputs of the
 * build script" in the Cargo Book; core/compiler/custom_build.rs):
 *
 *   cargo::KEY=VALUE    KEY is one of Cargo's; data of the script's own is
 * cargo::metadata=KEY=VALUE cargo:KEY=VALUE     the older form: a KEY that Cargo didn't know then
 * is metadata
 *
 * Other lines, and lines that aren't UTF-8, are the script's own affair.
 */

#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

struct build_script_output {
    struct strv searches;   /* [KIND=]PATH, for -L; those below OUT_DIR first */
    struct strv libs;       /* [KIND[:MODIFIERS]=]NAME, for -l */
    struct strv cfgs;       /* for --cfg */
    struct strv check_cfgs; /* for --check-cfg */
    struct strv env;        /* NAME=VALUE, for rustc's environment */
    struct strv link_args;  /* "TARGET\tARG" */
    struct strv metadata;   /* KEY=VALUE */
    struct strv warnings;
    struct strv errors;
};

#define BUILD_SCRIPT_OUTPUT_INIT                                                                   \
    {                                                                                              \
        STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT,    \
            STRV_INIT                                                                              \
    }

/*
 * Reads the directives in TEXT. OUT_DIR is as they spell it; LABEL is what messages call the
 * script's package. A directive that Cargo would refuse is refused, with its line.
 */
int build_script_output_parse(const char *text, size_t len, const char *label, const char *out_dir,
                              struct build_script_output *ret_output, struct error *err) must_check;
void build_script_output_release(struct build_script_output *output);
#define auto_build_script_output                                                                   \
    __attribute__((cleanup(build_script_output_release))) struct build_script_output
