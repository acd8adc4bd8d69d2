/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_pattern.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"

/* A blank is its number between these. */
#define BLANK_START '\1'
#define BLANK_END '\2'

#define NUMBER_DIGITS_CAP 8

/* What a word of an answer is. */
struct place {
    bool is_name;
    size_t blank; /* the blank that starts here; 0, the output's, where none does */
};

static bool is_name(const struct driver_blank *blank)
{
    return blank->kind >= BLANK_FILES;
}

static bool is_run(const struct strv *words, size_t at, const struct strv *texts)
{
    if (texts->len > words->len - at)
        return false;
    for (size_t i = 0; i < texts->len; i++)
        if (strcmp(words->items[at + i], texts->items[i]) != 0)
            return false;
    return true;
}

/* Finds the blanks that are directories, or those that aren't, each behind the one before it. */
static bool find_blanks(const struct driver_line *line, const struct strv *words, bool directories,
                        struct place *places)
{
    size_t at = 0;

    for (size_t i = 0; i < line->len; i++) {
        const struct driver_blank *blank = &line->blanks[i];
        if (!is_name(blank) || (blank->kind == BLANK_DIRECTORY) != directories)
            continue;
        while (at < words->len && !is_run(words, at, &blank->texts))
            at++;
        if (at == words->len)
            return false;
        places[at].blank = i;
        for (size_t j = 0; j < blank->texts.len; j++)
            places[at++].is_name = true;
    }
    return true;
}

/* Whether a name stands where no blank was found. */
static bool has_stray_name(const struct driver_line *line, const struct strv *words,
                           const struct place *places)
{
    for (size_t i = 0; i < words->len; i++)
        for (size_t j = 0; !places[i].is_name && j < line->len; j++)
            if (is_name(&line->blanks[j]) && strv_contains(&line->blanks[j].texts, words->items[i]))
                return true;
    return false;
}

static bool find_names(const struct driver_line *line, const struct strv *words,
                       enum driver_place place, struct place *places)
{
    if (place == PLACE_COMMAND && !find_blanks(line, words, false, places))
        return false;
    if (place != PLACE_SETTING && !find_blanks(line, words, true, places))
        return false;
    return !has_stray_name(line, words, places);
}

static void add_blank(struct buf *text, size_t blank)
{
    buf_addf(text, "%c%zu%c", BLANK_START, blank, BLANK_END);
}

/* Puts a blank in place of each occurrence of the name in the text. */
static void make_blank(struct buf *text, const char *name, size_t blank)
{
    auto_buf reference = BUF_INIT;

    add_blank(&reference, blank);
    buf_replace(text, name, reference.data);
}

static void push_other(const struct driver_line *line, const char *word, struct strv *pattern)
{
    auto_buf text = BUF_INIT;

    buf_add_str(&text, word);
    make_blank(&text, line->asked_output, BLANK_OUTPUT);
    make_blank(&text, line->asked_stem, BLANK_STEM);
    make_blank(&text, line->blanks[BLANK_TEMP].texts.items[0], BLANK_TEMP);
    strv_push(pattern, text.data);
}

bool driver_pattern_make(const struct driver_line *line, const struct strv *words,
                         enum driver_place place, struct strv *pattern)
{
    auto_free struct place *places = xcalloc(words->len + 1, sizeof(*places));
    bool found = find_names(line, words, place, places);

    for (size_t i = 0; i < words->len; i++) {
        assert(driver_word_is_plain(words->items[i]));
        if (!found || !places[i].is_name) {
            push_other(line, words->items[i], pattern);
        } else if (places[i].blank) {
            auto_buf text = BUF_INIT;
            add_blank(&text, places[i].blank);
            strv_push(pattern, text.data);
        }
    }
    return found;
}

/* Reads the number of a blank; *AT is behind its start and ends up behind its end. */
static const struct driver_blank *read_blank(const struct driver_line *line, const char **at)
{
    size_t number = 0;
    size_t digits = strspn(*at, "0123456789");

    if (digits == 0 || digits > NUMBER_DIGITS_CAP || (*at)[digits] != BLANK_END)
        return NULL;
    for (; **at != BLANK_END; ++*at)
        number = number * 10 + (size_t)(**at - '0');
    ++*at;
    return number < line->len ? &line->blanks[number] : NULL;
}

static bool fill_word(const struct driver_line *line, const char *at, struct strv *words)
{
    auto_buf word = BUF_INIT;

    while (*at) {
        if (*at != BLANK_START) {
            buf_add_char(&word, *at++);
            continue;
        }
        at++;
        const struct driver_blank *blank = read_blank(line, &at);
        if (!blank)
            return false;
        /* All but the last are words of their own: files, which stand alone. */
        for (size_t i = 0; i + 1 < blank->texts.len; i++)
            strv_push(words, blank->texts.items[i]);
        buf_add_str(&word, blank->texts.items[blank->texts.len - 1]);
    }
    strv_push_take(words, buf_detach(&word));
    return true;
}

bool driver_pattern_fill(const struct driver_line *line, const struct strv *pattern,
                         struct strv *words)
{
    for (size_t i = 0; i < pattern->len; i++)
        if (!fill_word(line, pattern->items[i], words))
            return false;
    return true;
}
