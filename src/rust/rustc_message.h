/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rustc's messages with --error-format=json: one JSON object a line on standard error
 * (https://doc.rust-lang.org/rustc/json.html).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* A longer line is no artifact notice: its path would be longer than any system's. */
#define RUSTC_ARTIFACT_LINE_CAP (64u << 10)

struct rustc_artifact {
    char *path; /* owned */
    char *emit; /* "link", "metadata", "dep-info", "asm", …; owned */
};

#define RUSTC_ARTIFACT_INIT                                                                        \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

void rustc_artifact_release(struct rustc_artifact *artifact);
#define auto_rustc_artifact __attribute__((cleanup(rustc_artifact_release))) struct rustc_artifact

/*
 * Whether the line is an artifact notice. Returns 1 and sets *ret_artifact if so; 0 for other
 * messages and for lines that aren't JSON (rustc and its linker print such too).
 */
int rustc_artifact_parse(const char *line, size_t len, struct rustc_artifact *ret_artifact);

/*
 * Appends the line with the directory FROM, wherever it stands, in JSON strings too, replaced by
 * TO, spelled as rustc would: "" in front of a name is nothing, and "." where it stands alone.
 * FROM is a private directory, unlikely enough to be replaced as text.
 */
void rustc_message_rename(const char *line, size_t len, const char *from, const char *to,
                          struct buf *buf);
