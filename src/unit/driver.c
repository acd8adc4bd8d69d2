/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/process.h"
#include "unit/driver_answer.h"
#include "unit/driver_ask.h"
#include "unit/driver_cache.h"
#include "unit/driver_line.h"
#include "unit/driver_pattern.h"
#include "unit/driver_program.h"

#define MUST_RUN 1

/* What is asked: about all lines of the shape, and about this one. */
struct questions {
    struct digest shape;
    struct digest line;
};

static bool make_questions(const struct driver_program *driver, const struct driver_line *line,
                           char *const *env, struct questions *ret_questions)
{
    auto_buf key = BUF_INIT;

    if (!driver_program_key(driver, env, line->relative, &key))
        return false;
    buf_add(&key, line->shape.data, line->shape.len);
    digest_of(key.data, key.len, &ret_questions->shape);
    driver_line_names(line, &key);
    digest_of(key.data, key.len, &ret_questions->line);
    return true;
}

static bool find(const char *folder, const struct questions *questions, struct driver_entry *entry)
{
    if (!driver_cache_find(folder, &questions->shape, entry))
        return false;
    if (entry->verdict != DRIVER_ANSWERED_ONCE)
        return true;
    driver_entry_release(entry);
    return driver_cache_find(folder, &questions->line, entry);
}

static void keep(const char *folder, const struct questions *questions,
                 const struct driver_entry *entry, time_t asked)
{
    static const struct driver_entry see_line = {.verdict = DRIVER_ANSWERED_ONCE,
                                                 .command = STRV_INIT,
                                                 .settings = STRV_INIT,
                                                 .gcc_options = STRV_INIT,
                                                 .watched = STRV_INIT};

    if (entry->verdict != DRIVER_ANSWERED_ONCE) {
        driver_cache_keep(folder, &questions->shape, entry, asked);
        return;
    }
    driver_cache_keep(folder, &questions->shape, &see_line, asked);
    driver_cache_keep(folder, &questions->line, entry, asked);
}

/* Sets the entry from the cache, else from the driver. Returns as driver_resolve does. */
static int find_or_ask(const struct driver_program *driver, const struct driver_line *line,
                       const struct strv *env, struct driver_entry *entry, struct error *err)
{
    struct questions questions;
    auto_free char *folder = driver_cache_folder(env->items);

    if (!folder || !make_questions(driver, line, env->items, &questions))
        return MUST_RUN;
    if (find(folder, &questions, entry))
        return 0;
    time_t asked = time(NULL);
    int status = driver_ask(driver, line, env, folder, entry, err);
    if (status == 0)
        keep(folder, &questions, entry, asked);
    return status;
}

static bool fill_settings(const struct driver_line *line, const struct driver_entry *entry,
                          struct strv *env)
{
    auto_strv settings = STRV_INIT;
    auto_strv options = STRV_INIT;
    auto_buf text = BUF_INIT;

    if (!driver_pattern_fill(line, &entry->settings, &settings) ||
        !driver_pattern_fill(line, &entry->gcc_options, &options))
        return false;
    driver_settings_apply(&settings, env);
    for (size_t i = 0; i < options.len; i++)
        gcc_options_encode(options.items[i], &text);
    if (options.len > 0)
        env_set(env, "COLLECT_GCC_OPTIONS", text.data);
    return true;
}

static void replace(struct strv *list, struct strv *by)
{
    struct strv old = *list;

    *list = *by;
    *by = old;
}

int driver_resolve(struct strv *argv, struct strv *env, const char *output, const char *scratch,
                   struct error *err)
{
    auto_driver_program driver = DRIVER_PROGRAM_INIT;
    auto_driver_line line = DRIVER_LINE_INIT;
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    auto_strv linker_argv = STRV_INIT;
    auto_strv linker_env = STRV_INIT;

    assert(argv->len > 0);
    if (!driver_line_read(argv->items + 1, argv->len - 1, output, scratch, &line) ||
        !driver_program_find(argv->items[0], env->items, &driver))
        return MUST_RUN;
    int status = find_or_ask(&driver, &line, env, &entry, err);
    if (status != 0)
        return status;
    if (entry.verdict == DRIVER_MUST_RUN)
        return MUST_RUN;
    strv_push_all(&linker_env, env->items, env->len);
    if (!driver_pattern_fill(&line, &entry.command, &linker_argv) || linker_argv.len == 0 ||
        !fill_settings(&line, &entry, &linker_env))
        return MUST_RUN;
    replace(argv, &linker_argv);
    replace(env, &linker_env);
    return 0;
}
