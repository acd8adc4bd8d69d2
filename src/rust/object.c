/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/object.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rust/elf.h"
#include "rust/span.h"

static uint32_t read_le(const unsigned char *at, size_t width)
{
    uint32_t value = 0;

    for (size_t i = width; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

static int find_in_elf(const struct span *file, const char *name, struct span *ret_section,
                       struct error *err)
{
    struct elf elf;
    struct elf_section section;
    int status = elf_open(file->data, file->len, &elf, err);

    if (status == 0)
        status = elf_find_name(&elf, name, &section, err);
    if (status != 0)
        return status;
    *ret_section = (struct span){section.data, section.len};
    return 0;
}

/* COFF: Microsoft's "PE format", 3 and 4. A file starts with its machine and has no other magic. */
#define COFF_HEADER_LEN 20
#define COFF_SECTION_LEN 40
#define COFF_SYMBOL_LEN 18
#define COFF_NAME_LEN 8

static const uint16_t coff_machines[] = {0x8664, 0x14c, 0xaa64, 0x1c4};

static bool is_coff(const struct span *file)
{
    if (file->len < COFF_HEADER_LEN)
        return false;
    for (size_t i = 0; i < sizeof(coff_machines) / sizeof(*coff_machines); i++) {
        if (read_le(file->data, 2) == coff_machines[i])
            return true;
    }
    return false;
}

/* Whether the section is called NAME; a long name is "/" and its place in the string table. */
static bool coff_name_is(const struct span *file, const unsigned char *section, const char *name)
{
    uint64_t at =
        read_le(file->data + 8, 4) + (uint64_t)COFF_SYMBOL_LEN * read_le(file->data + 12, 4);
    size_t name_len = strlen(name);

    if (name_len <= COFF_NAME_LEN)
        return strncmp((const char *)section, name, COFF_NAME_LEN) == 0;
    if (section[0] != '/')
        return false;
    uint64_t place = 0;
    for (size_t i = 1; i < COFF_NAME_LEN && section[i] >= '0' && section[i] <= '9'; i++)
        place = 10 * place + (uint64_t)(section[i] - '0');
    at += place;
    return at <= file->len && name_len < file->len - at &&
           memcmp(file->data + at, name, name_len + 1) == 0;
}

static int find_in_coff(const struct span *file, const char *name, struct span *ret_section,
                        struct error *err)
{
    size_t count = read_le(file->data + 2, 2);
    size_t table = COFF_HEADER_LEN + read_le(file->data + 16, 2);

    if (table > file->len || count > (file->len - table) / COFF_SECTION_LEN)
        return error_set(err, ERROR_REFUSED, "the COFF object is cut off in its section table");
    for (size_t i = 0; i < count; i++) {
        const unsigned char *section = file->data + table + i * COFF_SECTION_LEN;
        if (!coff_name_is(file, section, name))
            continue;
        size_t len = read_le(section + 16, 4);
        size_t at = read_le(section + 20, 4);
        if (at > file->len || len > file->len - at)
            return error_set(err, ERROR_REFUSED, "the COFF object is cut off in its section %s",
                             name);
        *ret_section = (struct span){file->data + at, len};
        return 0;
    }
    return 1;
}

/* WebAssembly core specification, 5.5: after magic and version, sections of id, length, bytes. */
#define WASM_MAGIC "\0asm\1\0\0"
#define WASM_MAGIC_LEN 8

static int find_in_wasm(const struct span *file, const char *name, struct span *ret_section,
                        struct error *err)
{
    struct span rest = {file->data + WASM_MAGIC_LEN, file->len - WASM_MAGIC_LEN};

    while (rest.len > 0) {
        struct span section, section_name;
        bool is_custom = rest.data[0] == 0;
        rest.data++;
        rest.len--;
        if (!span_take_span(&rest, &section) ||
            (is_custom && !span_take_span(&section, &section_name)))
            return error_set(err, ERROR_REFUSED, "the WebAssembly object is cut off");
        if (!is_custom || section_name.len != strlen(name) ||
            memcmp(section_name.data, name, section_name.len) != 0)
            continue;
        *ret_section = section;
        return 0;
    }
    return 1;
}

static int find_section(const struct span *file, const char *name, struct span *ret_section,
                        struct error *err)
{
    if (file->len >= WASM_MAGIC_LEN && memcmp(file->data, WASM_MAGIC, WASM_MAGIC_LEN) == 0)
        return find_in_wasm(file, name, ret_section, err);
    if (is_coff(file))
        return find_in_coff(file, name, ret_section, err);
    return find_in_elf(file, name, ret_section, err);
}

int object_section(const unsigned char *data, size_t len, const char *name,
                   const unsigned char **ret_data, size_t *ret_len, struct error *err)
{
    struct span file = {data, len};
    struct span section = {NULL, 0};
    int status = find_section(&file, name, &section, err);

    if (status != 0)
        return status;
    *ret_data = section.data;
    *ret_len = section.len;
    return 0;
}
