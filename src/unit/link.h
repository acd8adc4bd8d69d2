/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Linking a unit: the plan's line is rendered with the files of this place and the linker runs, and
 * nothing of rustc. A static library is assembled without any linker. The output appears whole, in
 * the end, or not at all.
 */

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

struct link_request {
    const char *unit;
    const char *output;      /* the file to write */
    struct strv crate_files; /* real or link rlibs, dylibs */
    struct strv crate_dirs;  /* directories that hold such */
    const char *sysroot;     /* NULL: where codegen saw it */
    const char *linker;      /* NULL: the one that rustc asked for */
    struct strv natives;     /* fill the natives slot of the linked crate */
    struct strv natives_of;  /* "CRATE=ARG": fill that of a dependency */
    struct strv link_args;   /* fill the link-args slot */
    struct strv maps;        /* "OLD=NEW": prefixes of paths outside the unit */
};

#define LINK_REQUEST_INIT                                                                          \
    {                                                                                              \
        .crate_files = STRV_INIT, .crate_dirs = STRV_INIT, .natives = STRV_INIT,                   \
        .natives_of = STRV_INIT, .link_args = STRV_INIT, .maps = STRV_INIT                         \
    }

void link_request_release(struct link_request *request);
#define auto_link_request __attribute__((cleanup(link_request_release))) struct link_request

/*
 * Links. A linker that fails is an ERROR_CHILD with its status; it has said why. The output, where
 * there was one, is then as before.
 */
int link_run(const struct link_request *request, struct error *err) must_check;

/*
 * Appends the command that link_run would run, quoted for a shell, one line: the variables that it
 * sets, the linker, its arguments. For a static library, which archive comes from where.
 */
int link_print(const struct link_request *request, struct buf *text, struct error *err) must_check;
