/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_collect2.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/path.h"
#include "unit/driver_cache.h"
#include "unit/driver_line.h"
#include "unit/driver_program.h"

/* In what collect2 prints when it is told to debug. */
#define LINKER_LINE "ld_file_name        = "

/* These make collect2 say or do more; "@FILE" it would read. */
static const char *const refused[] = {"-debug", "-v", "--version", "--help", NULL};
static const char *const refused_starts[] = {"--demangle", "--no-demangle", "@", NULL};

/* Starts of words that are collect2's own. */
static const char *const dropped[] = {"-fuse-ld=", "-flto", "-fno-lto", NULL};

static bool starts_any(const char *word, const char *const *starts)
{
    for (; *starts; starts++)
        if (has_prefix(word, *starts))
            return true;
    return false;
}

static bool is_any(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

bool collect2_hand_on(const struct strv *collect2, const struct strv *options, struct strv *linker)
{
    static const char *const with_value[] = {"-o", "-dynamic-linker", NULL};
    bool settled = false; /* collect2 won't look for bitcode and link again */

    for (size_t i = 0; i < options->len; i++)
        settled = settled || has_prefix(options->items[i], "-fno-lto");
    for (size_t i = 1; i < collect2->len; i++) {
        const char *word = collect2->items[i];
        if (is_any(word, refused) || starts_any(word, refused_starts))
            return false;
        settled = settled || strcmp(word, "-plugin") == 0 || has_prefix(word, "-fno-lto");
        if (starts_any(word, dropped))
            continue;
        strv_push(linker, word);
        if (is_any(word, with_value) && collect2->items[i + 1])
            strv_push(linker, collect2->items[++i]);
    }
    return settled;
}

/* The words that ask collect2 for its linker: those that it chooses by, and one to end soon. */
static void linker_question(const struct strv *collect2, struct strv *question)
{
    strv_push(question, collect2->items[0]);
    strv_push(question, "-debug");
    for (size_t i = 1; i < collect2->len; i++) {
        const char *word = collect2->items[i];
        if (has_prefix(word, "-fuse-ld="))
            strv_push(question, word);
        if (strcmp(word, "-plugin") == 0 && collect2->items[i + 1])
            strv_push_all(question, &collect2->items[i], 2);
    }
    strv_push(question, "--version");
}

char *collect2_linker_in(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        const char *rest = after_prefix(text, LINKER_LINE);
        if (rest)
            return xstrndup(rest, len - strlen(LINKER_LINE));
        text += len + (text[len] == '\n');
    }
    return NULL;
}

static bool linker_digest(const struct driver_program *program, const struct strv *env,
                          const struct strv *words, struct digest *ret_digest)
{
    auto_buf key = BUF_INIT;

    if (!driver_program_key(program, env->items, false, &key))
        return false;
    for (size_t i = 0; i < words->len; i++)
        buf_add(&key, words->items[i], strlen(words->items[i]) + 1);
    digest_of(key.data, key.len, ret_digest);
    return true;
}

/* Asks collect2 and keeps its answer. Returns as collect2_linker does. */
static int ask(const struct strv *words, const struct strv *env, const char *folder,
               const struct digest *question, char **ret_linker, struct error *err)
{
    auto_buf text = BUF_INIT;
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    time_t asked = time(NULL);

    if (driver_program_ask(words, env, &text, err) < 0)
        return -1;
    auto_free char *linker = collect2_linker_in(text.data);
    /* A collect-ld gets the words that are collect2's too. */
    if (!linker || !strchr(linker, '/') || !driver_word_is_plain(linker) ||
        strcmp(path_basename(linker), "collect-ld") == 0)
        return 1;
    entry.verdict = DRIVER_ANSWERED;
    strv_push(&entry.command, linker);
    driver_entry_watch(&entry, linker);
    driver_entry_watch_dirs(&entry, env->items);
    driver_cache_keep(folder, question, &entry, asked);
    *ret_linker = linker;
    linker = NULL;
    return 0;
}

int collect2_linker(const struct strv *collect2, const struct strv *env, const char *folder,
                    char **ret_linker, struct error *err)
{
    auto_strv words = STRV_INIT;
    auto_driver_program program = DRIVER_PROGRAM_INIT;
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    struct digest question;

    linker_question(collect2, &words);
    if (!driver_program_find(words.items[0], env->items, &program) ||
        !linker_digest(&program, env, &words, &question))
        return 1;
    if (!driver_cache_find(folder, &question, &entry))
        return ask(&words, env, folder, &question, ret_linker, err);
    if (entry.command.len != 1)
        return 1;
    *ret_linker = xstrdup(entry.command.items[0]);
    return 0;
}
