/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

struct word_rule {
    const char *start;
    bool whole; /* the word itself, not only its start */
};

/*
 * The driver then says, reads or leaves more than its command tells. The last are a bare linker's,
 * which no driver takes.
 */
static const struct word_rule refused_words[] = {
    {"@", false},
    {"-", true},
    {"-v", true},
    {"--verbose", true},
    {"-###", true},
    {"--help", false},
    {"-help", false},
    {"--target-help", true},
    {"--version", true},
    {"-print-", false},
    {"--print-", false},
    {"-dump", false},
    {"--dump", false},
    {"-wrapper", false},
    {"-save-temps", false},
    {"--save-temps", false},
    {"-time", false},
    {"--time", false},
    {"-specs", false},
    {"--specs", false},
    {"-pass-exit-codes", true},
    {"--pass-exit-codes", true},
    {"-ftime-", false},
    {"-fproc-stat-report", false},
    {"-gen-cdb-fragment-path", false},
    {"-MJ", false},
    {"-ccc-", false},
    {"-flavor", true},
    {"--eh-frame-hdr", true},
    {"--gc-sections", true},
    {"--as-needed", true},
    {"--hash-style", false},
    {"--no-undefined", false},
};

/* Words in which no driver looks for a relative path. */
static const struct word_rule placeless_words[] = {
    {"-l", false},           {"-Wl,", false},     {"-m", false},
    {"-O", false},           {"-W", false},       {"-g", false},
    {"-f", false},           {"-B/", false},      {"--sysroot=/", false},
    {"--target=", false},    {"-pthread", true},  {"-pie", true},
    {"-no-pie", true},       {"-static", true},   {"-static-pie", true},
    {"-shared", true},       {"-nostdlib", true}, {"-nodefaultlibs", true},
    {"-nostartfiles", true}, {"-rdynamic", true}, {"-s", true},
};

/* What is left out here might be compiled, or looked at. */
static const char *const file_extensions[] = {".o",  ".a",   ".so",  ".rlib",
                                              ".lo", ".obj", ".lib", ".rmeta"};

static const char *const argument_starts[] = {"-Wl,--version-script=", "-Wl,--dynamic-list="};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void driver_line_release(struct driver_line *line)
{
    buf_release(&line->shape);
    for (size_t i = 0; i < line->len; i++)
        strv_release(&line->blanks[i].texts);
    free(line->blanks);
    strv_release(&line->question);
    free(line->asked_output);
    free(line->asked_stem);
    *line = (struct driver_line)DRIVER_LINE_INIT;
}

static bool matches(const struct word_rule *rules, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i].whole ? strcmp(word, rules[i].start) == 0 : has_prefix(word, rules[i].start))
            return true;
    return false;
}

bool driver_word_is_plain(const char *word)
{
    for (; *word; word++)
        if ((unsigned char)*word < ' ' || *word == 127)
            return false;
    return true;
}

static bool is_placeless(const char *word)
{
    const char *linker = after_prefix(word, "-fuse-ld=");

    if (linker && linker[0] != '/' && strchr(linker, '/'))
        return false;
    return matches(placeless_words, COUNT(placeless_words), word);
}

static const char *extension_of(const char *word)
{
    for (size_t i = 0; i < COUNT(file_extensions); i++)
        if (word[0] != '-' && has_suffix(word, file_extensions[i]))
            return file_extensions[i];
    return NULL;
}

/* "-Wl,FILE", a library out of a rlib. */
static bool is_linker_file(const char *word)
{
    const char *file = after_prefix(word, "-Wl,");

    return file && file[0] != '-' && strchr(file, '/') && !strchr(file, ',');
}

/* What stands before the name in a word that a driver hands on to its linker. */
static const char *argument_start_of(const char *word)
{
    if (is_linker_file(word))
        return "-Wl,";
    for (size_t i = 0; i < COUNT(argument_starts); i++)
        if (has_prefix(word, argument_starts[i]) && !strchr(word + strlen(argument_starts[i]), ','))
            return argument_starts[i];
    return NULL;
}

static void add_shape(struct driver_line *line, char tag, const char *text)
{
    buf_add_char(&line->shape, tag);
    buf_add(&line->shape, text, strlen(text) + 1);
}

static void add_blank(struct driver_line *line, enum driver_blank_kind kind, const char *text)
{
    grow_for_one(line->blanks, line->len, line->cap);
    struct driver_blank *blank = &line->blanks[line->len++];
    *blank = (struct driver_blank){kind, STRV_INIT};
    strv_push(&blank->texts, text);
}

static const char *output_extension(const char *output)
{
    const char *name = path_basename(output);
    const char *dot = name[0] ? strrchr(name + 1, '.') : NULL;

    return dot ? dot : output + strlen(output);
}

/* The extension stays: gcc leaves ".exe" away in a name that it makes of the output's. */
static bool add_output(struct driver_line *line, const char *scratch)
{
    const char *output = line->blanks[BLANK_OUTPUT].texts.items[0];
    const char *name = path_basename(output);

    if (line->asked_output || !driver_word_is_plain(output) || output[0] == '-' || !name[0])
        return false;
    if (strcmp(name, "a.out") == 0 || strcmp(output, "/dev/null") == 0)
        return false;
    add_shape(line, 'O', output_extension(output));
    line->asked_stem = xasprintf("%s/cleave-output", scratch);
    line->asked_output = xasprintf("%s%s", line->asked_stem, output_extension(output));
    strv_push(&line->question, "-o");
    strv_push(&line->question, line->asked_output);
    return true;
}

/* Adds a file, to the blank before it where it stands right behind that and is of its kind. */
static void add_file(struct driver_line *line, const char *word, const char *extension)
{
    struct strv *texts = &line->blanks[line->len - 1].texts;
    const char *before = line->question.len ? line->question.items[line->question.len - 1] : "";

    if (line->blanks[line->len - 1].kind == BLANK_FILES &&
        strcmp(texts->items[texts->len - 1], before) == 0 && has_suffix(before, extension)) {
        strv_push(texts, word);
        return;
    }
    add_shape(line, 'F', extension);
    add_blank(line, BLANK_FILES, word);
}

/* Adds a search directory: the word, or "-L" and the one after it. Returns how many words. */
static size_t add_directory(struct driver_line *line, const char *word, const char *next)
{
    bool apart = word[2] == '\0';
    const char *dir = apart ? next : word + 2;

    if (!dir || !dir[0] || !driver_word_is_plain(dir))
        return 0;
    auto_free char *text = xasprintf("-L%s", dir);
    add_shape(line, apart ? 'd' : 'D', "");
    add_blank(line, BLANK_DIRECTORY, text);
    strv_push(&line->question, word);
    if (!apart)
        return 1;
    strv_push(&line->question, next);
    return 2;
}

static void add_word(struct driver_line *line, const char *word)
{
    const char *extension = extension_of(word);
    const char *start = argument_start_of(word);

    if (extension) {
        add_file(line, word, extension);
    } else if (start) {
        add_shape(line, 'A', start);
        add_blank(line, BLANK_ARGUMENT, word + strlen("-Wl,"));
    } else {
        add_shape(line, 'w', word);
        line->relative = line->relative || !is_placeless(word);
    }
    strv_push(&line->question, word);
}

/* Reads the word, and NEXT where that belongs to it. Returns how many words, 0 to refuse. */
static size_t read_word(struct driver_line *line, const char *word, const char *next,
                        const char *scratch)
{
    const char *output = line->blanks[BLANK_OUTPUT].texts.items[0];

    if (!word[0] || !driver_word_is_plain(word) || strcmp(word, output) == 0)
        return 0;
    if (matches(refused_words, COUNT(refused_words), word))
        return 0;
    if (has_prefix(word, "-o")) {
        bool is_output = next && strcmp(word, "-o") == 0 && strcmp(next, output) == 0;
        return is_output && add_output(line, scratch) ? 2 : 0;
    }
    if (has_prefix(word, "-L"))
        return add_directory(line, word, next);
    add_word(line, word);
    return 1;
}

static bool has_one_file(const struct driver_line *line)
{
    size_t count = 0;

    for (size_t i = 0; i < line->len; i++)
        if (line->blanks[i].kind == BLANK_FILES)
            count += line->blanks[i].texts.len;
    return count == 1;
}

bool driver_line_read(char *const *words, size_t count, const char *output, const char *scratch,
                      struct driver_line *ret_line)
{
    auto_driver_line line = DRIVER_LINE_INIT;

    if (count > DRIVER_WORDS_CAP || !scratch[0] || !driver_word_is_plain(scratch))
        return false;
    add_blank(&line, BLANK_OUTPUT, output);
    auto_free char *stem = xstrndup(output, (size_t)(output_extension(output) - output));
    auto_free char *temp = xasprintf("%s/cleave-temp", scratch);
    add_blank(&line, BLANK_STEM, stem);
    add_blank(&line, BLANK_TEMP, temp);
    for (size_t i = 0; i < count;) {
        size_t taken = read_word(&line, words[i], i + 1 < count ? words[i + 1] : NULL, scratch);
        if (taken == 0)
            return false;
        i += taken;
    }
    if (!line.asked_output)
        return false;
    /* gcc gives files of its own other names when there is only one. */
    if (has_one_file(&line))
        add_shape(&line, '1', "");
    *ret_line = line;
    line = (struct driver_line)DRIVER_LINE_INIT;
    return true;
}

bool driver_line_mentions(const struct driver_line *line, const char *word)
{
    for (size_t i = 0; i < line->question.len; i++)
        if (strstr(line->question.items[i], word))
            return true;
    return false;
}

void driver_line_names(const struct driver_line *line, struct buf *text)
{
    for (size_t i = BLANK_FILES; i < line->len; i++) {
        const struct strv *texts = &line->blanks[i].texts;
        for (size_t j = 0; j < texts->len; j++)
            buf_add(text, texts->items[j], strlen(texts->items[j]) + 1);
    }
}
