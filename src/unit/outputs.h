/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rustc's output files. They are written into a private directory and published, each whole, to
 * where the command line puts them, so that an interrupt leaves nothing behind. What the private
 * directory would leak (targets of dep-info, artifact notices, diagnostics) is given the user's
 * paths.
 *
 * With -C split-debuginfo the directory's name is in the debug info: then rustc writes into the
 * user's own directory, and what it leaves there after a failure is removed.
 */

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "rust/rustc_command.h"
#include "rust/rustc_rewrite.h"

/* A private directory and the user's that it stands for. */
struct output_place {
    char *private_dir; /* as rustc is given it */
    char *user_dir;    /* as the user gave it; "" for the working directory */
};

struct outputs {
    struct output_place *places; /* the first is that of outputs without a path of their own */
    size_t place_count;
    char *cwd;
    char *dep_info;        /* rustc's path of dep-info, where the command line gives it one */
    char *metadata;        /* likewise of metadata */
    bool in_place;         /* rustc writes into the user's directory */
    char *stem;            /* what objects' names start with */
    struct timespec start; /* in place: nothing older is touched */
};

#define OUTPUTS_INIT                                                                               \
    {                                                                                              \
        0                                                                                          \
    }

/* Creates the user's output directory, as rustc would. */
int outputs_create_user_dir(const struct rustc_command *command, struct error *err) must_check;

/*
 * Makes the private directories below BASE, and changes the command line to use them; IN_PLACE
 * says that rustc shall write to the user's own, which must be there.
 */
int outputs_prepare(struct outputs *outputs, const struct rustc_command *command, bool in_place,
                    const char *base, struct rustc_rewrite *rewrite, struct error *err) must_check;
void outputs_release(struct outputs *outputs);
#define auto_outputs __attribute__((cleanup(outputs_release))) struct outputs

/* The user's path for rustc's PATH; a copy of PATH when it isn't private. Owned by caller. */
char *outputs_user_path(const struct outputs *outputs, const char *path);

/* Publishes the file at rustc's PATH. Returns 1 when there is none. */
int outputs_publish(const struct outputs *outputs, const char *path, struct error *err) must_check;

/* Publishes all files that are left, but for those whose paths are in HELD. */
int outputs_publish_rest(const struct outputs *outputs, const struct strv *held,
                         struct error *err) must_check;

/* Appends rustc's paths of all files it has made; in place of those of this crate, newer than
 * start. */
int outputs_list(const struct outputs *outputs, struct strv *paths, struct error *err) must_check;

/* rustc's path of the metadata file, once that is there, else NULL. Owned by caller. */
char *outputs_metadata(const struct outputs *outputs);

/* Appends the line with the user's paths in place of private ones. */
void outputs_rename(const struct outputs *outputs, const char *line, size_t len, struct buf *buf);

/* In place, after a failure: removes what rustc leaves behind when it is interrupted. */
void outputs_discard(const struct outputs *outputs);
