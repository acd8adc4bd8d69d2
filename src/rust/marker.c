/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/marker.h"

#include <assert.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "rust/elf.h"

#define SECTION ".cleave"
#define DIGEST_PREFIX "sha256:"

/* The most that a note of LIKE may ask for: padding is the price. */
#define NOTE_ALIGN_CAP 64

/* The notes of LIKE whose absence would be seen in the linked file. */
#define NOTES_COUNT 2
static const char *const note_sections[NOTES_COUNT] = {".note.gnu.property", ".note.GNU-stack"};

/* What the text of a kind consists of, after the word. */
static const struct {
    const char *word;
    bool has_digest;
    bool has_name;
} kinds[] = {
    [MARKER_CRATE] = {"crate", true, false},
    [MARKER_BUNDLED] = {"bundled", true, true},
    [MARKER_SYSROOT] = {"sysroot", false, true},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

void marker_release(struct marker *marker)
{
    free(marker->name);
    *marker = (struct marker)MARKER_INIT;
}

void marker_list_release(struct marker_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        marker_release(&list->items[i]);
    free(list->items);
    *list = (struct marker_list)MARKER_LIST_INIT;
}

static void add_text(const struct marker *marker, struct buf *text)
{
    char hex[DIGEST_HEX_SIZE];

    buf_add_str(text, kinds[marker->kind].word);
    if (kinds[marker->kind].has_digest)
        buf_addf(text, " " DIGEST_PREFIX "%s", digest_hex(&marker->digest, hex));
    if (kinds[marker->kind].has_name)
        buf_addf(text, " %s", marker->name);
    buf_add_char(text, '\n');
    assert(text->len <= MARKER_TEXT_CAP);
}

static void write_object(const struct marker *marker, const struct elf_target *target,
                         const struct elf_section *notes, size_t note_count, struct buf *buf)
{
    struct elf_section sections[NOTES_COUNT + 1];
    auto_buf text = BUF_INIT;

    add_text(marker, &text);
    for (size_t i = 0; i < note_count; i++)
        sections[i] = notes[i];
    sections[note_count] = (struct elf_section){
        .name = SECTION,
        .type = SHT_PROGBITS,
        .flags = SHF_EXCLUDE,
        .align = 1,
        .data = (const unsigned char *)text.data,
        .len = text.len,
    };
    elf_write(target, sections, note_count + 1, buf);
}

void marker_write(const struct marker *marker, struct buf *buf)
{
    static const struct elf_target target = ELF_TARGET_X86_64;

    write_object(marker, &target, NULL, 0, buf);
}

int marker_write_like(const struct marker *marker, const unsigned char *like, size_t like_len,
                      struct buf *buf)
{
    auto_error err = ERROR_INIT;
    struct elf_section notes[NOTES_COUNT];
    size_t note_count = 0;
    struct elf elf;

    if (elf_open(like, like_len, &elf, &err) != 0)
        return 1;
    for (size_t i = 0; i < NOTES_COUNT; i++) {
        int status = elf_find_name(&elf, note_sections[i], &notes[note_count], &err);
        if (status < 0 || (status == 0 && notes[note_count].align > NOTE_ALIGN_CAP))
            return 1;
        note_count += status == 0;
    }
    write_object(marker, &elf.target, notes, note_count, buf);
    return 0;
}

static bool is_good_name(enum marker_kind kind, const char *name)
{
    if (kind == MARKER_SYSROOT)
        return path_is_inside(name);
    return *name && !strchr(name, '/');
}

/* Reads what follows the kind's word. Returns false when it isn't what the kind has. */
static bool parse_rest(const char *rest, struct marker *marker)
{
    if (kinds[marker->kind].has_digest) {
        rest = after_prefix(rest, " " DIGEST_PREFIX);
        if (!rest || !digest_parse(rest, &marker->digest))
            return false;
        rest += DIGEST_HEX_SIZE - 1;
    }
    if (!kinds[marker->kind].has_name)
        return *rest == '\0';
    if (*rest != ' ' || !is_good_name(marker->kind, rest + 1))
        return false;
    marker->name = xstrdup(rest + 1);
    return true;
}

static bool parse_text(const char *text, struct marker *marker)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const char *rest = after_prefix(text, kinds[i].word);
        if (!rest)
            continue;
        marker->kind = (enum marker_kind)i;
        return parse_rest(rest, marker);
    }
    return false;
}

/* The section's one line as a string, or NULL when it isn't one line. Owned by caller. */
static char *line_of(const struct elf_section *section)
{
    const char *text = (const char *)section->data;
    size_t len = section->len;

    if (len == 0 || len > MARKER_TEXT_CAP || text[len - 1] != '\n')
        return NULL;
    if (memchr(text, '\n', len - 1) || memchr(text, '\0', len))
        return NULL;
    return xstrndup(text, len - 1);
}

int marker_read(const unsigned char *data, size_t len, struct marker *ret_marker, struct error *err)
{
    struct elf elf;
    struct elf_section section;
    auto_marker marker = MARKER_INIT;
    int status = elf_open(data, len, &elf, err);

    if (status == 0)
        status = elf_find_name(&elf, SECTION, &section, err);
    if (status != 0)
        return status;
    auto_free char *line = line_of(&section);
    if (!line || !parse_text(line, &marker))
        return error_set(err, ERROR_REFUSED,
                         "a marker whose text isn't one of cleave's: is it from a newer cleave?");
    *ret_marker = marker;
    marker = (struct marker)MARKER_INIT;
    return 0;
}
