/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rules in a build file, written as buildifier formats them: attributes in its order, lists of
 * labels sorted as it sorts them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strv.h"

struct starlark_attribute {
    const char *name; /* borrowed */
    char *value;      /* Starlark text */
};

struct starlark_rule {
    const char *kind; /* borrowed: "rust_library" */
    struct starlark_attribute *attributes;
    size_t len;
    size_t cap;
};

/* An expression glob(include, exclude = …) + extra. */
struct starlark_glob {
    struct strv include;
    struct strv exclude;
    struct strv extra; /* labels */
    bool may_be_empty;
};

#define STARLARK_GLOB_INIT                                                                         \
    {                                                                                              \
        STRV_INIT, STRV_INIT, STRV_INIT, false                                                     \
    }

void starlark_glob_release(struct starlark_glob *glob);
#define auto_starlark_glob __attribute__((cleanup(starlark_glob_release))) struct starlark_glob

void starlark_rule_release(struct starlark_rule *rule);
#define auto_starlark_rule __attribute__((cleanup(starlark_rule_release))) struct starlark_rule

/* Each sets one attribute; none is set twice. An empty list or dict sets none. */
void starlark_string(struct starlark_rule *rule, const char *name, const char *value);
void starlark_false(struct starlark_rule *rule, const char *name);
void starlark_list(struct starlark_rule *rule, const char *name, const struct strv *items);
void starlark_labels(struct starlark_rule *rule, const char *name, const struct strv *labels);
/* PAIRS are KEY=VALUE; the keys have no '='. */
void starlark_dict(struct starlark_rule *rule, const char *name, const struct strv *pairs);
void starlark_globbed(struct starlark_rule *rule, const char *name,
                      const struct starlark_glob *glob);

/* Appends an empty line and the rule. */
void starlark_rule_write(struct starlark_rule *rule, struct buf *text);

/* Appends the text as a string literal. */
void starlark_quote(struct buf *buf, const char *text);

/* load(FILE, NAMES…), with the names sorted, each once. */
void starlark_load(struct buf *text, const char *file, const struct strv *names);
