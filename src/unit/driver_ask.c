/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_ask.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "unit/driver_answer.h"
#include "unit/driver_collect2.h"
#include "unit/driver_pattern.h"

/* What gcc's plugin writes when it meets gcc's own bitcode; gcc names a temporary file. */
#define RESOLUTION_OPTION "-plugin-opt=-fresolution="

/* gcc's temporary files: "cc", so many random characters, an extension. */
#define GCC_TEMP_RANDOM 6

#define OPTIONS_SETTING "COLLECT_GCC_OPTIONS="

/* What the driver would run, taken apart. */
struct inquiry {
    const struct driver_program *driver;
    const struct driver_line *line;
    const char *folder;
    struct strv env; /* of the driver's command */
    struct driver_answer answer;
    struct strv options; /* the words in COLLECT_GCC_OPTIONS */
    struct strv linker;  /* the linker's words */
};

static void inquiry_release(struct inquiry *inquiry)
{
    strv_release(&inquiry->env);
    driver_answer_release(&inquiry->answer);
    strv_release(&inquiry->options);
    strv_release(&inquiry->linker);
}

/* A script may do anything before and after it runs a driver. */
static bool is_binary(const char *path)
{
    auto_mapping file = MAPPING_INIT;
    auto_error ignored = ERROR_INIT;

    return mapping_open(path, &file, &ignored) == 0 && file.len > 4 &&
           memcmp(file.data, "\177ELF", 4) == 0;
}

/* Whether the driver itself answered: not one behind it, as a compiler cache has. */
static bool is_itself(const struct driver_program *driver, const struct driver_answer *answer)
{
    auto_free char *dir = path_dirname(driver->path);
    auto_free char *real_dir = path_dirname(driver->real_path);

    if (answer->family == DRIVER_GCC)
        return strcmp(answer->self, driver->name) == 0;
    return strstr(path_basename(driver->real_path), "clang") &&
           (strcmp(answer->self, dir) == 0 || strcmp(answer->self, real_dir) == 0);
}

static bool all_plain(const struct strv *words)
{
    for (size_t i = 0; i < words->len; i++)
        if (!driver_word_is_plain(words->items[i]))
            return false;
    return true;
}

/* Takes gcc's command apart. Returns 1 where it isn't known what will run. */
static int resolve_gcc(struct inquiry *inquiry, struct error *err)
{
    const struct strv *command = &inquiry->answer.command;
    const char *options = env_get(inquiry->env.items, "COLLECT_GCC_OPTIONS");
    auto_free char *linker = NULL;

    if (strcmp(path_basename(command->items[0]), "collect2") != 0 || !options ||
        !gcc_options_decode(options, &inquiry->options))
        return 1;
    int status = collect2_linker(command, &inquiry->env, inquiry->folder, &linker, err);
    if (status != 0)
        return status;
    strv_push(&inquiry->linker, linker);
    return collect2_hand_on(command, &inquiry->options, &inquiry->linker) ? 0 : 1;
}

static int resolve_clang(struct inquiry *inquiry)
{
    const struct strv *command = &inquiry->answer.command;

    strv_push_all(&inquiry->linker, command->items, command->len);
    return strchr(command->items[0], '/') ? 0 : 1;
}

static bool is_gcc_temp(const char *word)
{
    static const char random[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (const char *at = word; (at = strstr(at, "/cc")); at++) {
        const char *rest = at + strlen("/cc");
        if (strspn(rest, random) == GCC_TEMP_RANDOM &&
            (!rest[GCC_TEMP_RANDOM] || rest[GCC_TEMP_RANDOM] == '.'))
            return true;
    }
    return false;
}

/* Moves the plugin's file to the scratch directory. Returns false where there is another. */
static bool move_temps(struct inquiry *inquiry)
{
    const char *temp = inquiry->line->blanks[BLANK_TEMP].texts.items[0];
    auto_strv words = STRV_INIT;

    for (size_t i = 0; i < inquiry->linker.len; i++) {
        const char *word = inquiry->linker.items[i];
        if (has_prefix(word, RESOLUTION_OPTION))
            strv_pushf(&words, RESOLUTION_OPTION "%s", temp);
        else if (is_gcc_temp(word) && !driver_line_mentions(inquiry->line, word))
            return false;
        else
            strv_push(&words, word);
    }
    strv_release(&inquiry->linker);
    inquiry->linker = words;
    words = (struct strv)STRV_INIT;
    return true;
}

static bool make_patterns(const struct inquiry *inquiry, struct driver_entry *entry)
{
    const struct strv *all = &inquiry->answer.settings;
    auto_strv settings = STRV_INIT;

    for (size_t i = 0; i < all->len; i++)
        if (!has_prefix(all->items[i], OPTIONS_SETTING))
            strv_push(&settings, all->items[i]);
    bool is_general =
        driver_pattern_make(inquiry->line, &inquiry->linker, PLACE_COMMAND, &entry->command);
    is_general &= driver_pattern_make(inquiry->line, &settings, PLACE_SETTING, &entry->settings);
    return is_general & (inquiry->answer.family != DRIVER_GCC ||
                         driver_pattern_make(inquiry->line, &inquiry->options, PLACE_GCC_OPTIONS,
                                             &entry->gcc_options));
}

/* Watches what the driver chose; a directory's parent shows versions of a compiler beside it. */
static void watch_word(const struct driver_line *line, const char *word, struct driver_entry *entry)
{
    const char *dir = after_prefix(word, "-L");
    const char *option = after_prefix(word, "-plugin-opt=");
    const char *path = dir ? dir : option ? option : word;

    if (!strchr(path, '/') || path[0] == '-' || driver_line_mentions(line, path))
        return;
    driver_entry_watch(entry, path);
    if (!dir)
        return;
    auto_free char *parent = path_dirname(dir);
    driver_entry_watch(entry, parent);
}

/* Watches the directories in which the driver is told to look for programs. */
static void watch_prefixes(const struct strv *question, struct driver_entry *entry)
{
    for (size_t i = 0; i < question->len; i++) {
        const char *dir = after_prefix(question->items[i], "-B");
        if (dir && !dir[0] && i + 1 < question->len)
            dir = question->items[i + 1];
        if (dir)
            driver_entry_watch(entry, dir);
    }
}

static void watch(const struct inquiry *inquiry, struct driver_entry *entry)
{
    const struct driver_program *driver = inquiry->driver;
    const struct driver_answer *answer = &inquiry->answer;
    auto_free char *dir = path_dirname(driver->path);
    auto_free char *real_dir = path_dirname(driver->real_path);

    driver_entry_watch(entry, dir);
    driver_entry_watch(entry, real_dir);
    driver_entry_watch(entry, answer->command.items[0]);
    for (size_t i = 0; i < inquiry->linker.len; i++)
        watch_word(inquiry->line, inquiry->linker.items[i], entry);
    for (size_t i = 0; i < answer->configs.len; i++)
        driver_entry_watch(entry, answer->configs.items[i]);
    watch_prefixes(&inquiry->line->question, entry);
    driver_entry_watch_dirs(entry, inquiry->env.items);
}

/* Finds out what the linker is run with. Returns 1 where that can't be known. */
static int resolve(struct inquiry *inquiry, struct error *err)
{
    if (!is_itself(inquiry->driver, &inquiry->answer))
        return 1;
    if (!all_plain(&inquiry->answer.command) || !all_plain(&inquiry->answer.settings))
        return 1;
    driver_settings_apply(&inquiry->answer.settings, &inquiry->env);
    int status =
        inquiry->answer.family == DRIVER_GCC ? resolve_gcc(inquiry, err) : resolve_clang(inquiry);
    if (status != 0)
        return status;
    return move_temps(inquiry) ? 0 : 1;
}

/* Makes the entry of what the driver printed. Returns as driver_ask does. */
static int make_entry(struct inquiry *inquiry, const struct buf *text, struct driver_entry *entry,
                      struct error *err)
{
    if (!driver_answer_parse(text->data, text->len, &inquiry->answer)) {
        driver_entry_watch_dirs(entry, inquiry->env.items);
        return strstr(text->data, "error:") ? 1 : 0;
    }
    int status = resolve(inquiry, err);
    if (status < 0)
        return -1;
    if (status == 0)
        entry->verdict = make_patterns(inquiry, entry) ? DRIVER_ANSWERED : DRIVER_ANSWERED_ONCE;
    watch(inquiry, entry);
    return 0;
}

int driver_ask(const struct driver_program *driver, const struct driver_line *line,
               const struct strv *env, const char *folder, struct driver_entry *ret_entry,
               struct error *err)
{
    auto_strv words = STRV_INIT;
    auto_buf text = BUF_INIT;
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    struct inquiry inquiry = {.driver = driver,
                              .line = line,
                              .folder = folder,
                              .env = STRV_INIT,
                              .answer = DRIVER_ANSWER_INIT,
                              .options = STRV_INIT,
                              .linker = STRV_INIT};

    if (!is_binary(driver->real_path))
        return 1;
    strv_push(&words, driver->name);
    strv_push(&words, "-###");
    strv_push_all(&words, line->question.items, line->question.len);
    int status = driver_program_ask(&words, env, &text, err);
    if (status != 0)
        return status;
    strv_push_all(&inquiry.env, env->items, env->len);
    status = make_entry(&inquiry, &text, &entry, err);
    inquiry_release(&inquiry);
    if (status != 0)
        return status;
    *ret_entry = entry;
    entry = (struct driver_entry)DRIVER_ENTRY_INIT;
    return 0;
}
