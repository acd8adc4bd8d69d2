/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/ar.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs_write.h"
#include "base/memory.h"
#include "rust/ar_walk.h"

/* Where a member starts at or beyond this, the index has 64-bit offsets. */
#define INDEX64_FROM (1ull << 32)

/* The name is in the header, not in the long-name table. */
#define NAME_IS_SHORT SIZE_MAX

/* An index without symbols still has this string table, as LLVM gives it for Solaris' sake. */
#define NO_SYMBOLS_LEN 3

static uint64_t read_be(const unsigned char *at, size_t width)
{
    uint64_t value = 0;

    for (size_t i = 0; i < width; i++)
        value = value << 8 | at[i];
    return value;
}

static void add_be(struct buf *buf, uint64_t value, size_t width)
{
    for (size_t i = width; i-- > 0;)
        buf_add_char(buf, (char)(value >> (8 * i) & 0xff));
}

void ar_release(struct ar *ar)
{
    for (size_t i = 0; i < ar->member_count; i++)
        free(ar->members[i].name);
    free(ar->members);
    free(ar->symbols);
    *ar = (struct ar)AR_INIT;
}

static void add_member_take(struct ar *ar, char *name, const void *data, size_t len)
{
    grow_for_one(ar->members, ar->member_count, ar->member_cap);
    ar->members[ar->member_count++] = (struct ar_member){
        .name = name,
        .data = data,
        .len = len,
        .first_symbol = ar->symbol_count,
    };
}

void ar_add_member(struct ar *ar, const char *name, const void *data, size_t len)
{
    add_member_take(ar, xstrdup(name), data, len);
}

void ar_add_symbol(struct ar *ar, const char *name)
{
    assert(ar->member_count > 0);
    grow_for_one(ar->symbols, ar->symbol_count, ar->symbol_cap);
    ar->symbols[ar->symbol_count++] = name;
    ar->members[ar->member_count - 1].symbol_count++;
}

void ar_add_copy(struct ar *ar, const struct ar *from, const struct ar_member *member)
{
    ar_add_member(ar, member->name, member->data, member->len);
    for (size_t i = 0; i < member->symbol_count; i++)
        ar_add_symbol(ar, from->symbols[member->first_symbol + i]);
}

const struct ar_member *ar_find(const struct ar *ar, const char *name)
{
    for (size_t i = 0; i < ar->member_count; i++) {
        if (strcmp(ar->members[i].name, name) == 0)
            return &ar->members[i];
    }
    return NULL;
}

/* Adds the members; *RET_OFFSETS, owned by the caller, is where their headers lie. */
static int read_members(struct ar_walk *walk, struct ar *ar, size_t **ret_offsets,
                        struct error *err)
{
    auto_free size_t *offsets = NULL;
    size_t offset_cap = 0;
    struct ar_entry entry;
    int status;

    while ((status = ar_walk_next(walk, &entry, err)) == 0) {
        if (ar->member_count == AR_MEMBERS_CAP)
            return error_set(err, ERROR_REFUSED, "the archive has more than %u members",
                             AR_MEMBERS_CAP);
        grow_for_one(offsets, ar->member_count, offset_cap);
        offsets[ar->member_count] = entry.offset;
        add_member_take(ar, xstrndup(entry.name, entry.name_len), entry.data, entry.len);
    }
    if (status < 0)
        return -1;
    *ret_offsets = offsets;
    offsets = NULL;
    return 0;
}

static int compare_offsets(const void *a, const void *b)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* The index as it stands: for each symbol, in its order, a name and the member. */
struct index {
    size_t count;
    const char **names;
    size_t *members;
};

static void index_release(struct index *index)
{
    free(index->names);
    free(index->members);
}

static int broken_index(struct error *err)
{
    return error_set(err, ERROR_REFUSED, "the archive's symbol index is broken");
}

static int read_index(const struct ar_walk *walk, const size_t *offsets, size_t member_count,
                      struct index *index, struct error *err)
{
    size_t width = walk->index_width;

    if (walk->index_len < width)
        return broken_index(err);
    uint64_t count = read_be(walk->index, width);
    if (count > AR_SYMBOLS_CAP || count > (walk->index_len - width) / width)
        return broken_index(err);
    const unsigned char *offset = walk->index + width;
    const char *name = (const char *)offset + count * width;
    const char *end = (const char *)walk->index + walk->index_len;
    index->names = xcalloc(count, sizeof(*index->names));
    index->members = xcalloc(count, sizeof(*index->members));
    for (; index->count < count; index->count++, offset += width) {
        size_t place = (size_t)read_be(offset, width);
        const size_t *hit =
            member_count ? bsearch(&place, offsets, member_count, sizeof(*offsets), compare_offsets)
                         : NULL;
        const char *name_end = memchr(name, '\0', (size_t)(end - name));
        if (!hit || !name_end)
            return broken_index(err);
        index->names[index->count] = name;
        index->members[index->count] = (size_t)(hit - offsets);
        name = name_end + 1;
    }
    return 0;
}

/* Gives each member its symbols, in the order in which the index has them. */
static void group_symbols(struct ar *ar, const struct index *index)
{
    size_t first = 0;

    for (size_t i = 0; i < index->count; i++)
        ar->members[index->members[i]].symbol_count++;
    for (size_t i = 0; i < ar->member_count; i++) {
        ar->members[i].first_symbol = first;
        first += ar->members[i].symbol_count;
        ar->members[i].symbol_count = 0;
    }
    ar->symbols = xcalloc(index->count, sizeof(*ar->symbols));
    ar->symbol_count = ar->symbol_cap = index->count;
    for (size_t i = 0; i < index->count; i++) {
        struct ar_member *member = &ar->members[index->members[i]];
        ar->symbols[member->first_symbol + member->symbol_count++] = index->names[i];
    }
}

int ar_parse(const void *data, size_t len, struct ar *ret_ar, struct error *err)
{
    auto_ar ar = AR_INIT;
    __attribute__((cleanup(index_release))) struct index index = {0};
    auto_free size_t *offsets = NULL;
    struct ar_walk walk;

    if (ar_walk_begin(&walk, data, len, err) < 0 || read_members(&walk, &ar, &offsets, err) < 0)
        return -1;
    if (walk.index_width && read_index(&walk, offsets, ar.member_count, &index, err) < 0)
        return -1;
    if (index.count > 0)
        group_symbols(&ar, &index);
    *ret_ar = ar;
    ar = (struct ar)AR_INIT;
    return 0;
}

static bool fits_header(const char *name)
{
    return strlen(name) < AR_NAME_LEN && !strchr(name, '/');
}

static int compare_names(const void *a, const void *b, void *user)
{
    const struct ar *ar = user;
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    int order = strcmp(ar->members[x].name, ar->members[y].name);

    return order ? order : (x > y) - (x < y);
}

/* The first member, for each, that has the same name. Owned by caller. */
static size_t *first_namesakes(const struct ar *ar)
{
    auto_free size_t *sorted = xcalloc(ar->member_count + 1, sizeof(*sorted));
    size_t *first = xcalloc(ar->member_count + 1, sizeof(*first));

    for (size_t i = 0; i < ar->member_count; i++)
        sorted[i] = i;
    qsort_r(sorted, ar->member_count, sizeof(*sorted), compare_names, (void *)(uintptr_t)ar);
    for (size_t i = 0; i < ar->member_count; i++) {
        bool repeats =
            i > 0 && strcmp(ar->members[sorted[i]].name, ar->members[sorted[i - 1]].name) == 0;
        first[sorted[i]] = repeats ? first[sorted[i - 1]] : sorted[i];
    }
    return first;
}

/* Appends the long-name table. Returns each member's place in it; owned by caller. */
static size_t *add_names(const struct ar *ar, struct buf *table)
{
    auto_free size_t *first = first_namesakes(ar);
    size_t *places = xcalloc(ar->member_count + 1, sizeof(*places));

    for (size_t i = 0; i < ar->member_count; i++) {
        if (fits_header(ar->members[i].name)) {
            places[i] = NAME_IS_SHORT;
            continue;
        }
        if (first[i] != i) {
            places[i] = places[first[i]];
            continue;
        }
        places[i] = table->len;
        buf_addf(table, "%s/\n", ar->members[i].name);
    }
    if (table->len % 2)
        buf_add_char(table, '\n');
    return places;
}

static uint64_t size_in_archive(const struct ar_member *member)
{
    return AR_HEADER_LEN + (uint64_t)member->len + member->len % 2;
}

static void add_index(struct buf *buf, const struct ar *ar, size_t width, size_t size,
                      uint64_t first_member)
{
    uint64_t at = first_member;
    size_t start = buf->len;

    buf_addf(buf, "%-16s%-12d%-6d%-6d%-8d%-10zu`\n", width == 8 ? "/SYM64/" : "/", 0, 0, 0, 0,
             size);
    add_be(buf, ar->symbol_count, width);
    for (size_t i = 0; i < ar->member_count; i++) {
        for (size_t k = 0; k < ar->members[i].symbol_count; k++)
            add_be(buf, at, width);
        at += size_in_archive(&ar->members[i]);
    }
    for (size_t i = 0; i < ar->symbol_count; i++)
        buf_add(buf, ar->symbols[i], strlen(ar->symbols[i]) + 1);
    buf_add_zeros(buf, start + AR_HEADER_LEN + size - buf->len);
}

/* The bytes of the index's string table, and the padding that makes the index even. */
static size_t index_size(const struct ar *ar, size_t width)
{
    size_t size = width * (1 + ar->symbol_count);

    for (size_t i = 0; i < ar->symbol_count; i++)
        size += strlen(ar->symbols[i]) + 1;
    if (ar->symbol_count == 0)
        size += NO_SYMBOLS_LEN;
    return size + size % 2;
}

static void add_front(struct buf *buf, const struct ar *ar, const struct buf *names)
{
    size_t width = 4;
    size_t size = index_size(ar, width);
    uint64_t names_size = names->len ? AR_HEADER_LEN + names->len : 0;
    uint64_t before_last = 0;

    buf_add(buf, AR_MAGIC, AR_MAGIC_LEN);
    if (ar->member_count == 0)
        return;
    for (size_t i = 0; i + 1 < ar->member_count; i++)
        before_last += size_in_archive(&ar->members[i]);
    if (AR_MAGIC_LEN + AR_HEADER_LEN + size + names_size + before_last >= INDEX64_FROM) {
        width = 8;
        size = index_size(ar, width);
    }
    add_index(buf, ar, width, size, AR_MAGIC_LEN + AR_HEADER_LEN + size + names_size);
    if (names->len)
        buf_addf(buf, "%-48s%-10zu`\n", "//", names->len);
    buf_add(buf, names->data, names->len);
}

void ar_write_front(const struct ar *ar, struct buf *buf)
{
    auto_buf names = BUF_INIT;

    free(add_names(ar, &names));
    add_front(buf, ar, &names);
}

static void add_header(struct buf *buf, const struct ar_member *member, size_t place)
{
    if (place == NAME_IS_SHORT)
        buf_addf(buf, "%s/%*s", member->name, (int)(AR_NAME_LEN - 1 - strlen(member->name)), "");
    else
        buf_addf(buf, "/%-15zu", place);
    buf_addf(buf, "%-12d%-6d%-6d%-8s%-10zu`\n", 0, 0, 0, "644", member->len);
}

/* An archive ready to be written: the parts point into the buffers, the members and here. */
struct image {
    struct buf front;
    struct buf headers;
    struct iovec *parts;
    size_t part_count;
};

static void image_release(struct image *image)
{
    buf_release(&image->front);
    buf_release(&image->headers);
    free(image->parts);
}

#define auto_image __attribute__((cleanup(image_release))) struct image

static void add_part(struct image *image, const void *data, size_t len)
{
    image->parts[image->part_count++] = (struct iovec){(void *)(uintptr_t)data, len};
}

static int make_image(const struct ar *ar, struct image *image, struct error *err)
{
    auto_buf names = BUF_INIT;
    auto_free size_t *places = add_names(ar, &names);

    for (size_t i = 0; i < ar->member_count; i++) {
        if (ar->members[i].len > AR_SIZE_CAP)
            return error_set(err, ERROR_REFUSED, "the member %s is too large for an archive",
                             ar->members[i].name);
        add_header(&image->headers, &ar->members[i], places[i]);
    }
    add_front(&image->front, ar, &names);
    image->parts = xcalloc(3 * ar->member_count + 1, sizeof(*image->parts));
    add_part(image, image->front.data, image->front.len);
    for (size_t i = 0; i < ar->member_count; i++) {
        add_part(image, image->headers.data + i * AR_HEADER_LEN, AR_HEADER_LEN);
        add_part(image, ar->members[i].data, ar->members[i].len);
        add_part(image, "\n", ar->members[i].len % 2);
    }
    return 0;
}

int ar_write(const struct ar *ar, const char *path, struct error *err)
{
    auto_image image = {.front = BUF_INIT, .headers = BUF_INIT};

    if (make_image(ar, &image, err) < 0)
        return error_prefix(err, "cannot write %s", path);
    return fs_write_parts(path, image.parts, image.part_count, err);
}

int ar_write_buf(const struct ar *ar, struct buf *buf, struct error *err)
{
    auto_image image = {.front = BUF_INIT, .headers = BUF_INIT};

    if (make_image(ar, &image, err) < 0)
        return -1;
    for (size_t i = 0; i < image.part_count; i++) {
        if (image.parts[i].iov_len > 0)
            buf_add(buf, image.parts[i].iov_base, image.parts[i].iov_len);
    }
    return 0;
}
