/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A line of rustc's for its linker, one word a line: the pieces of each word, joined, are the word;
 * and typing the line, where no file of it is there, ends well. The directory of rustc's temporary
 * files is called /o/rustcAbC1d2 here, and what it is said to hold was kept by the capture.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "unit/classify.h"
#include "unit/linker_word.h"

#define WORDS_CAP 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct linker_piece pieces[LINKER_PIECES_CAP];

static void split(const char *text, struct strv *words)
{
    while (*text && words->len < WORDS_CAP) {
        size_t len = strcspn(text, "\n");
        strv_push_len(words, text, len);
        text += len + (text[len] == '\n');
    }
}

/* Takes the word apart, and keeps what the capture would have kept of it. */
static void check_word(const char *word, struct linker_word_state *state, struct strv *kept)
{
    auto_error err = ERROR_INIT;
    size_t count = 0;
    const char *at = word;

    if (linker_word_split(word, state, pieces, &count, &err) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].text != at)
            abort();
        at += pieces[i].len;
        auto_free char *path = xstrndup(pieces[i].text, pieces[i].len);
        if (!path_below(path, "/o/rustcAbC1d2") || has_suffix(path, "gone"))
            continue;
        strv_push(kept, path);
        strv_pushf(kept, "%03zu-%s", kept->len / 2, path_basename(path));
    }
    if (*at || count == 0)
        abort();
}

/* Words without any path in them come out as they went in. */
static void check_plan(const struct strv *words, const struct plan *plan)
{
    if (plan->word_count != words->len)
        return; /* a slot took the place of two */
    for (size_t i = 0; i < words->len; i++) {
        auto_buf text = BUF_INIT;
        bool literal = true;
        for (size_t j = 0; j < plan->words[i].count; j++) {
            const struct part *part = &plan->words[i].parts[j];
            literal = literal && part->kind == PART_LITERAL;
            if (literal)
                buf_add_str(&text, part->text);
        }
        if (literal && strcmp(text.data, words->items[i]) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_free char *text = xstrndup((const char *)data, size);
    auto_captured_link link = CAPTURED_LINK_INIT;
    auto_plan plan = PLAN_INIT;
    auto_error err = ERROR_INIT;
    struct linker_word_state state = {0};

    split(text, &link.words);
    for (size_t i = 0; i < link.words.len; i++)
        check_word(link.words.items[i], &state, &link.kept);
    strv_push(&link.environment, "PATH=/s/lib/rustlib/t/bin:/usr/bin");
    link.unit_dir = xstrdup("/nonexistent/unit");
    struct classify_context context = {
        .link = &link,
        .where = {"/b/out", "/o"},
        .base = "/b",
        .cwd = "/nonexistent",
        .out_dir = "/o",
        .slot = "app",
    };
    if (classify_line(&context, &plan, &err) == 0)
        check_plan(&link.words, &plan);
    return 0;
}
