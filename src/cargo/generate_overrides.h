/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a person says of single crates, in Cargo.toml:
 *
 *   [workspace.metadata.cleave.NAME]              or of a member: [package.metadata.cleave.NAME]
 *   [workspace.metadata.cleave."NAME@1.2"]        of versions 1.2 and 1.2.* alone
 *   [workspace.metadata.cleave.NAME.platform."*-linux-*"]      where --target is one of these
 *
 * A table may have the keys of struct override_settings, by those names. Several tables may speak
 * of one crate: lists add up, and two different answers to one question are an error.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "cargo/generate_packages.h"

enum override_answer { OVERRIDE_UNSAID, OVERRIDE_NO, OVERRIDE_YES };

struct override_settings {
    enum override_answer build_script; /* whether its build script is built and run */
    char *replace;                     /* a label that stands for the crate; NULL: none */
    struct strv env;                   /* of rustc, NAME=VALUE */
    struct strv build_script_env;      /* of the build script, NAME=VALUE */
    struct strv data;                  /* labels, for rustc and for the build script */
    struct strv tools;                 /* labels, for the build script */
    struct strv rustc_flags;
    struct strv deps;    /* labels, besides what Cargo says */
    struct strv patches; /* files for `patch -p1`, relative to the manifest that names them */
    struct strv discard; /* patterns of file names that a build script leaves and nobody needs */
};

#define OVERRIDE_SETTINGS_INIT                                                                     \
    {                                                                                              \
        OVERRIDE_UNSAID, NULL, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT,   \
            STRV_INIT, STRV_INIT                                                                   \
    }

void override_settings_release(struct override_settings *settings);

struct override;

struct overrides {
    struct override *items;
    size_t len;
    size_t cap;
};

#define OVERRIDES_INIT                                                                             \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* Reads the tables of the workspace and of its members. A key that isn't known is an error. */
int overrides_read(const struct cargo_packages *packages, struct overrides *ret_overrides,
                   struct error *err) must_check;
void overrides_release(struct overrides *overrides);
#define auto_overrides __attribute__((cleanup(overrides_release))) struct overrides

/* Adds what is said of the package for the target TRIPLE to *SETTINGS, which is empty before. */
int overrides_apply(struct overrides *overrides, const struct cargo_package *package,
                    const char *triple, struct override_settings *settings,
                    struct error *err) must_check;

/*
 * Fails for the first table that no package was asked about. One that speaks only of platforms
 * that aren't this one is not needed here.
 */
int overrides_check_used(const struct overrides *overrides, struct error *err) must_check;
