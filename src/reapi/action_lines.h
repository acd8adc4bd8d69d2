/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An action as lines of text, for people: what it consists of, and in what two differ, which is why
 * the one's result isn't the other's. Control characters and backslashes are shown as \xNN.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/strv.h"
#include "proto/reapi.pb-c.h"
#include "reapi/directories.h"

/* The messages that an action consists of. */
struct action_parts {
    Reapi__Action *action;
    Reapi__Command *command;
    struct directories inputs;
};

#define ACTION_PARTS_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, DIRECTORIES_INIT                                                               \
    }

/* Reads them from the service. Or CLIENT_ABSENT, with a text that names what isn't there. */
int action_parts_read(struct client *client, const struct blob_digest *action,
                      struct action_parts *ret_parts, struct error *err) must_check;
void action_parts_release(struct action_parts *parts);
#define auto_action_parts __attribute__((cleanup(action_parts_release))) struct action_parts

enum action_section {
    ACTION_ARGUMENTS,
    ACTION_ENVIRONMENT,
    ACTION_PLATFORM,
    ACTION_SETTINGS, /* directory, timeout, and such */
    ACTION_OUTPUTS,
    ACTION_INPUTS,
    ACTION_SECTIONS,
};

struct action_lines {
    struct strv sections[ACTION_SECTIONS]; /* sorted, but for the arguments */
};

/* "arguments" and so on. */
const char *action_section_name(enum action_section section);

int action_lines_make(const struct action_parts *parts, struct action_lines *ret_lines,
                      struct error *err) must_check;
void action_lines_release(struct action_lines *lines);

/*
 * Appends the lines that only one of the two has: "- LINE" for FIRST's, "+ LINE" for SECOND's.
 * False when there are none.
 */
bool action_section_differs(const struct action_lines *first, const struct action_lines *second,
                            enum action_section section, struct strv *differences);
