/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/generate_tree.h"

#include <string.h>

#include "base/memory.h"
#include "base/path.h"

/* Each level of indentation is one of these. */
#define INDENT 4
static const char *const stems[] = {"|   ", "    "};
static const char *const branches[] = {"|-- ", "`-- "};

static const struct {
    const char *text;
    enum cargo_dep_kind kind;
} headings[] = {
    {"[build-dependencies]", CARGO_DEP_BUILD},
    {"[dev-dependencies]", CARGO_DEP_DEV},
};

#define SHOWN_CAP 200 /* of a line, in a message */

void cargo_tree_release(struct cargo_tree *tree)
{
    for (size_t i = 0; i < tree->len; i++) {
        free(tree->lines[i].package);
        strv_release(&tree->lines[i].features);
    }
    free(tree->lines);
    *tree = (struct cargo_tree)CARGO_TREE_INIT;
}

static int fail(const char *line, const char *what, struct error *err)
{
    return error_set(err, ERROR_REFUSED, "cargo tree printed a line that %s: %.*s", what, SHOWN_CAP,
                     line);
}

static bool starts_with_one_of(const char *text, const char *const words[2])
{
    return has_prefix(text, words[0]) || has_prefix(text, words[1]);
}

/* The heading that the text is, or -1. */
static int find_heading(const char *text)
{
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        if (strcmp(text, headings[i].text) == 0)
            return (int)i;
    return -1;
}

/* "a,b,c", or "a,b,c (*)" where the dependencies aren't shown again. */
static int parse_features(const char *text, const char *line, struct cargo_tree_line *entry,
                          struct error *err)
{
    static const char mark[] = " (*)";
    size_t len = strlen(text);

    entry->repeated = has_suffix(text, mark);
    if (entry->repeated)
        len -= sizeof(mark) - 1;
    for (size_t at = 0; at < len;) {
        size_t end = at + strcspn(text + at, ",");
        end = end < len ? end : len;
        if (end == at || memchr(text + at, ' ', end - at))
            return fail(line, "has a feature without a name", err);
        strv_push_len(&entry->features, text + at, end - at);
        at = end + (end < len);
    }
    return 0;
}

struct parser {
    struct cargo_tree *tree;
    /* What kind the next dependency of the last package at each depth is. */
    enum cargo_dep_kind kinds[CARGO_TREE_DEPTH_CAP + 1];
    bool open; /* whether there is a package above */
    size_t depth;
};

static int parse_package(struct parser *parser, const char *line, const char *text, size_t depth,
                         struct error *err)
{
    struct cargo_tree *tree = parser->tree;
    const char *tab = strchr(text, '\t');

    if (!tab || tab == text)
        return fail(line, "names no package and features", err);
    if (depth > (parser->open ? parser->depth + 1 : 0))
        return fail(line, "belongs to no package above it", err);
    grow_for_one(tree->lines, tree->len, tree->cap);
    struct cargo_tree_line *entry = &tree->lines[tree->len++];
    *entry = (struct cargo_tree_line){
        .depth = depth,
        .kind = depth > 0 ? parser->kinds[depth - 1] : CARGO_DEP_NORMAL,
        .package = xstrndup(text, (size_t)(tab - text)),
        .features = STRV_INIT,
    };
    parser->kinds[depth] = CARGO_DEP_NORMAL;
    parser->depth = depth;
    parser->open = true;
    return parse_features(tab + 1, line, entry, err);
}

static int parse_line(struct parser *parser, const char *line, struct error *err)
{
    const char *at = line;
    size_t depth = 0;

    while (starts_with_one_of(at, stems)) {
        at += INDENT;
        depth++;
    }
    int heading = find_heading(at);
    if (starts_with_one_of(at, branches)) {
        at += INDENT;
        depth++;
    } else if (depth > 0 && heading < 0) {
        return fail(line, "is indented and has no branch", err);
    }
    if (depth > CARGO_TREE_DEPTH_CAP)
        return fail(line, "is nested too deeply", err);
    if (heading < 0)
        return parse_package(parser, line, at, depth, err);
    if (!parser->open || depth > parser->depth)
        return fail(line, "belongs to no package above it", err);
    parser->kinds[depth] = headings[heading].kind;
    return 0;
}

int cargo_tree_parse(const char *text, size_t len, struct cargo_tree *ret_tree, struct error *err)
{
    auto_cargo_tree tree = CARGO_TREE_INIT;
    struct parser parser = {.tree = &tree};

    if (memchr(text, '\0', len))
        return error_set(err, ERROR_REFUSED, "cargo tree printed a NUL byte");
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        size_t end = newline ? (size_t)(newline - text) : len;
        auto_free char *line = xstrndup(text + at, end - at);
        at = end + 1;
        if (*line && parse_line(&parser, line, err) < 0)
            return -1;
    }
    *ret_tree = tree;
    tree = (struct cargo_tree)CARGO_TREE_INIT;
    return 0;
}
