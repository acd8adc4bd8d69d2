/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bazel's workspace status, as stable-status.txt and volatile-status.txt hold it: a line is a key
 * and, after the first blank, its value, which may be empty. In a text, {KEY} stands for the value.
 */

#include "base/error.h"
#include "base/strv.h"

#define STATUS_FILE_CAP (16u << 20)

/* Appends KEY=VALUE for each line of the file to ITEMS. A line without a key is refused. */
int status_file_read(const char *path, struct strv *items, struct error *err) must_check;

/*
 * The text with the value of ITEMS for each {KEY} among them; of two of one key, the first. Other
 * braces, and those in values, stay as they are. Owned by caller.
 */
char *status_expand(const char *text, const struct strv *items);
