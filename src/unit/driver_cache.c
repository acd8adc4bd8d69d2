/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_cache.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/cache.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/process.h"
#include "unit/driver_program.h"

/*
 * An entry's text is a list of texts, each ended by NUL: the format, the question's digest, then
 * records, each a tag and what it says. Behind them is the digest of all that, as bytes.
 */
#define FORMAT "cleave driver 1"

#define TAG_VERDICT 'v'
#define TAG_COMMAND 'c'
#define TAG_SETTING 's'
#define TAG_GCC_OPTION 'g'
#define TAG_WATCHED 'w'

/* A change may have a time that is earlier by this: some file systems count in steps of it. */
#define CLOCK_STEP_SECONDS 2

#define ENTRIES_LEFT (DRIVER_ENTRIES_CAP * 3 / 4)

void driver_entry_release(struct driver_entry *entry)
{
    strv_release(&entry->command);
    strv_release(&entry->settings);
    strv_release(&entry->gcc_options);
    strv_release(&entry->watched);
    *entry = (struct driver_entry)DRIVER_ENTRY_INIT;
}

static char *identify(const char *path, time_t *changed)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return xasprintf("none %s", path);
    *changed = st.st_mtime > st.st_ctime ? st.st_mtime : st.st_ctime;
    return xasprintf("%ju-%jd-%jd.%ld-%jd.%ld %s", (uintmax_t)st.st_ino, (intmax_t)st.st_size,
                     (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec,
                     st.st_ctim.tv_nsec, path);
}

void driver_entry_watch(struct driver_entry *entry, const char *path)
{
    time_t changed = 0;
    auto_free char *text = identify(path, &changed);

    if (strv_contains(&entry->watched, text))
        return;
    strv_push(&entry->watched, text);
    if (changed > entry->changed)
        entry->changed = changed;
}

void driver_entry_watch_dirs(struct driver_entry *entry, char *const *env)
{
    auto_strv dirs = STRV_INIT;

    driver_program_dirs(env, &dirs);
    for (size_t i = 0; i < dirs.len; i++)
        driver_entry_watch(entry, dirs.items[i]);
}

static bool is_as_it_was(const char *watched)
{
    const char *space = strchr(watched, ' ');
    time_t changed = 0;

    if (!space)
        return false;
    auto_free char *now = identify(space + 1, &changed);
    return strcmp(now, watched) == 0;
}

static void add_text(struct buf *text, const char *s)
{
    buf_add(text, s, strlen(s) + 1);
}

static void add_records(struct buf *text, char tag, const struct strv *items)
{
    for (size_t i = 0; i < items->len; i++) {
        buf_add_char(text, tag);
        add_text(text, items->items[i]);
    }
}

void driver_entry_encode(const struct driver_entry *entry, const struct digest *question,
                         struct buf *text)
{
    char hex[DIGEST_HEX_SIZE];
    char verdict[] = {TAG_VERDICT, (char)entry->verdict, '\0'};
    struct digest digest;
    size_t start = text->len;

    add_text(text, FORMAT);
    add_text(text, digest_hex(question, hex));
    add_text(text, verdict);
    add_records(text, TAG_WATCHED, &entry->watched);
    add_records(text, TAG_COMMAND, &entry->command);
    add_records(text, TAG_SETTING, &entry->settings);
    add_records(text, TAG_GCC_OPTION, &entry->gcc_options);
    digest_of(text->data + start, text->len - start, &digest);
    buf_add(text, digest.bytes, DIGEST_SIZE);
}

static bool decode_record(const char *record, struct driver_entry *entry)
{
    switch (*record) {
    case TAG_VERDICT:
        entry->verdict = (enum driver_verdict)record[1];
        return record[1] && strchr("rao", record[1]);
    case TAG_COMMAND:
        strv_push(&entry->command, record + 1);
        return true;
    case TAG_SETTING:
        strv_push(&entry->settings, record + 1);
        return true;
    case TAG_GCC_OPTION:
        strv_push(&entry->gcc_options, record + 1);
        return true;
    case TAG_WATCHED:
        strv_push(&entry->watched, record + 1);
        return true;
    default:
        return false;
    }
}

static bool take_text(const char **at, const char *expected)
{
    size_t len = strlen(*at);

    if (strcmp(*at, expected) != 0)
        return false;
    *at += len + 1;
    return true;
}

/* Decodes what stands before the digest; the last byte of it is a NUL. */
static bool decode_texts(const char *at, const char *end, const struct digest *question,
                         struct driver_entry *entry)
{
    char hex[DIGEST_HEX_SIZE];

    if (!take_text(&at, FORMAT) || at == end || !take_text(&at, digest_hex(question, hex)))
        return false;
    for (; at < end; at += strlen(at) + 1)
        if (!decode_record(at, entry))
            return false;
    return true;
}

bool driver_entry_decode(const void *text, size_t len, const struct digest *question,
                         struct driver_entry *ret_entry)
{
    const char *start = text;
    auto_driver_entry entry = DRIVER_ENTRY_INIT;
    struct digest digest;

    if (len <= DIGEST_SIZE || len > DRIVER_ENTRY_CAP)
        return false;
    const char *end = start + len - DIGEST_SIZE;
    digest_of(start, len - DIGEST_SIZE, &digest);
    if (memcmp(end, digest.bytes, DIGEST_SIZE) != 0 || end[-1] != '\0')
        return false;
    if (!decode_texts(start, end, question, &entry))
        return false;
    *ret_entry = entry;
    entry = (struct driver_entry)DRIVER_ENTRY_INIT;
    return true;
}

static bool is_private_folder(const struct stat *st)
{
    return S_ISDIR(st->st_mode) && st->st_uid == geteuid() &&
           (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

char *driver_cache_folder(char *const *env)
{
    auto_error ignored = ERROR_INIT;
    auto_free char *parent = cache_folder(env);
    struct stat st;

    if (!parent)
        return NULL;
    auto_free char *folder = xasprintf("%s/driver", parent);
    bool exists = lstat(folder, &st) == 0;
    if (exists && !is_private_folder(&st))
        return NULL;
    if (!exists && (fs_mkdir_all(parent, &ignored) < 0 || mkdir(folder, 0700) < 0))
        return NULL;
    return xstrdup(folder);
}

static char *entry_path(const char *folder, const struct digest *question)
{
    char hex[DIGEST_HEX_SIZE];

    return xasprintf("%s/%s", folder, digest_hex(question, hex));
}

bool driver_cache_find(const char *folder, const struct digest *question,
                       struct driver_entry *ret_entry)
{
    auto_free char *path = entry_path(folder, question);
    auto_mapping file = MAPPING_INIT;
    auto_error ignored = ERROR_INIT;
    auto_driver_entry entry = DRIVER_ENTRY_INIT;

    if (mapping_open(path, &file, &ignored) < 0 || file.stat.st_uid != geteuid())
        return false;
    if (!driver_entry_decode(file.data, file.len, question, &entry))
        return false;
    for (size_t i = 0; i < entry.watched.len; i++)
        if (!is_as_it_was(entry.watched.items[i]))
            return false;
    *ret_entry = entry;
    entry = (struct driver_entry)DRIVER_ENTRY_INIT;
    return true;
}

/* The files, oldest first, each as its time in a fixed number of digits, a space and the path. */
static void list_by_age(const char *folder, const struct strv *names, struct strv *aged)
{
    struct stat st;

    for (size_t i = 0; i < names->len; i++) {
        auto_free char *path = xasprintf("%s/%s", folder, names->items[i]);
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            strv_pushf(aged, "%020jd %s", (intmax_t)st.st_mtime, path);
    }
    strv_sort(aged);
}

static void remove_oldest(const char *folder)
{
    auto_strv names = STRV_INIT;
    auto_strv aged = STRV_INIT;
    auto_error ignored = ERROR_INIT;

    if (fs_list(folder, &names, &ignored) < 0 || names.len <= DRIVER_ENTRIES_CAP)
        return;
    list_by_age(folder, &names, &aged);
    for (size_t i = 0; i + ENTRIES_LEFT < aged.len; i++)
        unlink(strchr(aged.items[i], ' ') + 1);
}

void driver_cache_keep(const char *folder, const struct digest *question,
                       const struct driver_entry *entry, time_t asked)
{
    auto_free char *path = entry_path(folder, question);
    auto_buf text = BUF_INIT;
    auto_error ignored = ERROR_INIT;

    if (entry->changed > asked - CLOCK_STEP_SECONDS)
        return;
    driver_entry_encode(entry, question, &text);
    if (text.len > DRIVER_ENTRY_CAP)
        return;
    if (fs_write_file(path, text.data, text.len, &ignored) == 0)
        remove_oldest(folder);
}
