/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What drivers answered, kept in $XDG_CACHE_HOME/cleave/driver, else $HOME/.cache/cleave/driver: a
 * folder that only the user may write to, with a file for each question, named by the question's
 * digest. An answer holds for as long as the files and directories that it stands on are what
 * they were: same path, inode, size and times. An entry that is damaged, foreign or of another
 * format is as good as none, and a folder or entry that can't be written is no error.
 */

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/strv.h"

#define DRIVER_ENTRIES_CAP 512
#define DRIVER_ENTRY_CAP (4u << 20)

enum driver_verdict {
    DRIVER_MUST_RUN = 'r',      /* it can't be told what the driver runs */
    DRIVER_ANSWERED = 'a',      /* for all lines of the shape */
    DRIVER_ANSWERED_ONCE = 'o', /* for the same names alone */
};

struct driver_entry {
    enum driver_verdict verdict;
    struct strv command;     /* patterns */
    struct strv settings;    /* patterns of NAME=VALUE */
    struct strv gcc_options; /* patterns of the words in COLLECT_GCC_OPTIONS */
    struct strv watched;     /* what the answer stands on: an identity, a space and the path */
    time_t changed;          /* when the newest of them changed; isn't kept */
};

#define DRIVER_ENTRY_INIT                                                                          \
    {                                                                                              \
        DRIVER_MUST_RUN, STRV_INIT, STRV_INIT, STRV_INIT, STRV_INIT, 0                             \
    }

void driver_entry_release(struct driver_entry *entry);
#define auto_driver_entry __attribute__((cleanup(driver_entry_release))) struct driver_entry

/* Makes the entry stand on the path as it is now; that there is nothing is an identity too. */
void driver_entry_watch(struct driver_entry *entry, const char *path);

/* The same for the directories in which compilers look, in this environment, for programs. */
void driver_entry_watch_dirs(struct driver_entry *entry, char *const *env);

/* The entry as text, and back; decoding takes what was encoded for the same question alone. */
void driver_entry_encode(const struct driver_entry *entry, const struct digest *question,
                         struct buf *text);
bool driver_entry_decode(const void *text, size_t len, const struct digest *question,
                         struct driver_entry *ret_entry);

/* The folder, made where there is none; NULL where there can't be one. Owned by caller. */
char *driver_cache_folder(char *const *env);

/* Finds the entry of the question, if there is one that holds. */
bool driver_cache_find(const char *folder, const struct digest *question,
                       struct driver_entry *ret_entry);

/*
 * Keeps the entry, but not if something that it stands on may have changed after the driver was
 * ASKED: it might have seen another. Removes the oldest entries where there are too many.
 */
void driver_cache_keep(const char *folder, const struct digest *question,
                       const struct driver_entry *entry, time_t asked);
