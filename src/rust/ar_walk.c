/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/ar_walk.h"

#include <stdint.h>
#include <string.h>

#define SIZE_AT 48
#define SIZE_LEN 10
#define END_AT 58

/* Reads the decimal number at the start of a space-padded field. Returns the digits' count. */
static size_t read_decimal(const char *field, size_t len, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t digits = 0;

    for (; digits < len && field[digits] >= '0' && field[digits] <= '9'; digits++) {
        if (value > AR_SIZE_CAP)
            return 0;
        value = 10 * value + (uint64_t)(field[digits] - '0');
    }
    for (size_t i = digits; i < len; i++) {
        if (field[i] != ' ')
            return 0;
    }
    *ret_value = value;
    return digits;
}

int ar_walk_begin(struct ar_walk *walk, const void *data, size_t len, struct error *err)
{
    if (len >= AR_MAGIC_LEN && memcmp(data, AR_THIN_MAGIC, AR_MAGIC_LEN) == 0)
        return error_set(err, ERROR_REFUSED,
                         "a thin archive, whose members lie elsewhere: make it without ar's T");
    if (len < AR_MAGIC_LEN || memcmp(data, AR_MAGIC, AR_MAGIC_LEN) != 0)
        return error_set(err, ERROR_REFUSED, "not an ar archive");
    *walk = (struct ar_walk){.data = data, .len = len, .next = AR_MAGIC_LEN};
    return 0;
}

/* Reads the member at the walk's place as it stands, its name unresolved, and steps over it. */
static int read_raw(struct ar_walk *walk, struct ar_entry *ret_entry, struct error *err)
{
    size_t at = walk->next;
    const char *header = (const char *)walk->data + at;
    uint64_t size;

    if (walk->len - at < AR_HEADER_LEN)
        return error_set(err, ERROR_REFUSED, "the archive is cut off at byte %zu, in a header",
                         walk->len);
    if (memcmp(header + END_AT, "`\n", 2) != 0 ||
        read_decimal(header + SIZE_AT, SIZE_LEN, &size) == 0)
        return error_set(err, ERROR_REFUSED, "the archive has no member's header at byte %zu", at);
    if (size > walk->len - at - AR_HEADER_LEN)
        return error_set(err, ERROR_REFUSED,
                         "the archive is cut off at byte %zu, in the member at byte %zu", walk->len,
                         at);
    *ret_entry = (struct ar_entry){
        .name = header,
        .name_len = AR_NAME_LEN,
        .data = walk->data + at + AR_HEADER_LEN,
        .len = (size_t)size,
        .offset = at,
    };
    size_t end = at + AR_HEADER_LEN + (size_t)size;
    walk->next = end < walk->len ? end + (end & 1) : end;
    return 0;
}

/* Takes the index and the long-name table out of the walk. Returns whether it was one of them. */
static bool take_special(struct ar_walk *walk, const struct ar_entry *raw)
{
    bool is_index = memcmp(raw->name, "/               ", AR_NAME_LEN) == 0;
    bool is_index64 = memcmp(raw->name, "/SYM64/         ", AR_NAME_LEN) == 0;

    if (memcmp(raw->name, "//              ", AR_NAME_LEN) == 0) {
        walk->names = (const char *)raw->data;
        walk->names_len = raw->len;
        return true;
    }
    /* Archives for Windows have a second index "/" in another format; the first says the same. */
    if ((is_index || is_index64) && walk->index_width == 0) {
        walk->index = raw->data;
        walk->index_len = raw->len;
        walk->index_width = is_index64 ? 8 : 4;
    }
    return is_index || is_index64;
}

static int broken_name(const struct ar_entry *entry, struct error *err)
{
    return error_set(err, ERROR_REFUSED, "the archive's member at byte %zu has a broken name",
                     entry->offset);
}

/* Names in the table end in "/\n", in archives for Windows in a NUL. */
static int resolve_long_name(const struct ar_walk *walk, struct ar_entry *entry, struct error *err)
{
    uint64_t at;

    if (read_decimal(entry->name + 1, AR_NAME_LEN - 1, &at) == 0 || at >= walk->names_len)
        return error_set(err, ERROR_REFUSED,
                         "the archive's member at byte %zu has a name that its table lacks",
                         entry->offset);
    const char *name = walk->names + at;
    size_t room = walk->names_len - (size_t)at;
    size_t len = 0;
    if (room > AR_LONG_NAME_CAP)
        room = AR_LONG_NAME_CAP;
    while (len < room && name[len] != '\n' && name[len] != '\0')
        len++;
    if (len == room)
        return error_set(err, ERROR_REFUSED,
                         "the archive's member at byte %zu has a name without an end",
                         entry->offset);
    if (len == 0)
        return broken_name(entry, err);
    entry->name = name;
    entry->name_len = len > 1 && name[len - 1] == '/' ? len - 1 : len;
    return 0;
}

static int resolve_name(const struct ar_walk *walk, struct ar_entry *entry, struct error *err)
{
    size_t len = AR_NAME_LEN;

    if (entry->name[0] == '/')
        return resolve_long_name(walk, entry, err);
    if (memcmp(entry->name, "#1/", 3) == 0 && entry->name[3] != ' ')
        return error_set(err, ERROR_REFUSED,
                         "a BSD archive: make it with GNU's ar or llvm-ar --format=gnu");
    while (len > 0 && entry->name[len - 1] == ' ')
        len--;
    if (len > 0 && entry->name[len - 1] == '/')
        len--;
    if (len == 0 || memchr(entry->name, '\0', len) || memchr(entry->name, '\n', len))
        return broken_name(entry, err);
    entry->name_len = len;
    return 0;
}

int ar_walk_next(struct ar_walk *walk, struct ar_entry *ret_entry, struct error *err)
{
    struct ar_entry entry;

    do {
        if (walk->next == walk->len)
            return 1;
        if (read_raw(walk, &entry, err) < 0)
            return -1;
    } while (take_special(walk, &entry));
    if (resolve_name(walk, &entry, err) < 0)
        return -1;
    *ret_entry = entry;
    return 0;
}

bool ar_entry_is(const struct ar_entry *entry, const char *name)
{
    return entry->name_len == strlen(name) && memcmp(entry->name, name, entry->name_len) == 0;
}
