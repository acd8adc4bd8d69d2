/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The capture: cleave itself, run by rustc in the place of its linker, under the linker's own file
 * name since rustc infers the flavor of the line from that. It keeps the files that exist only
 * while the linker runs, writes down the line, and exits as if it had linked.
 *
 * Its record is a directory for each run, DIR/0, DIR/1, …, with
 *   words        the arguments, response files expanded, each followed by a NUL
 *   environment  the environment, likewise
 *   kept         pairs of the path on the line and the name in unit/, likewise
 *   unit/        the kept files, NNN-<basename> in order of appearance
 */

#include <stdbool.h>

#include "base/error.h"
#include "base/strv.h"

#define CAPTURE_LINKS_CAP 16

/* Where, below the capture's own directory, rustc's output goes when it isn't the user's place. */
#define CAPTURE_OUT "out"

/* Where rustc puts the files it makes for the linker. */
struct synthesized {
    const char *private_dir; /* BASE/out, absolute; all that is below it is synthesized */
    const char *out_dir;     /* absolute; here objects and rustc's temporary directories; or NULL */
};

/*
 * Whether the absolute PATH is a file or directory that rustc made for this link: in the private
 * directory, or in a directory rustcXXXXXX of the output or temporary directory, or an object in
 * the output directory.
 */
bool synthesized_has(const struct synthesized *where, const char *path);

/*
 * Prepares a capture that is called LINKER, a name or path: a directory BASE/linker with a link to
 * this program under that file name, and the variables that tell it what it is, in ENV. BASE/links
 * will hold the record. *ret_program is what to give to rustc; owned by caller.
 */
int capture_install(const char *base, const char *linker, const struct synthesized *where,
                    struct strv *env, char **ret_program, struct error *err) must_check;

/* Whether this process was started as the capture. */
bool capture_is_wanted(const char *argv0);

/* The capture itself. */
int capture_run(int argc, char **argv, struct error *err) must_check;

/* What one run of the linker left. */
struct captured_link {
    struct strv words;
    struct strv environment;
    struct strv kept; /* pairs: path on the line, name in unit_dir */
    char *unit_dir;
};

#define CAPTURED_LINK_INIT                                                                         \
    {                                                                                              \
        STRV_INIT, STRV_INIT, STRV_INIT, NULL                                                      \
    }

/* Reads the record number INDEX of BASE. Returns 1 when there is none. */
int captured_link_load(const char *base, size_t index, struct captured_link *ret_link,
                       struct error *err) must_check;
void captured_link_release(struct captured_link *link);
#define auto_captured_link __attribute__((cleanup(captured_link_release))) struct captured_link

/*
 * The path of the object with the crate's metadata, which only dylibs and proc macros are linked
 * with; NULL when there is none. Owned by caller.
 */
char *captured_link_metadata(const struct captured_link *link);

/* The name in unit_dir of what stood at PATH, or NULL. */
const char *captured_link_kept(const struct captured_link *link, const char *path);
