/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/elf.h"

#include <elf.h>
#include <string.h>

#define NAMES_SECTION ".shstrtab"

/* Where a field lies in a struct of the file, and how wide it is. */
struct field {
    uint8_t at;
    uint8_t width;
};

#define FIELD(type, name)                                                                          \
    {                                                                                              \
        offsetof(type, name), sizeof(((type *)0)->name)                                            \
    }

/* The two classes have the same fields in other places. */
struct layout {
    uint8_t header_len;
    uint8_t section_len;
    uint8_t symbol_len;
    struct {
        struct field type, machine, version, sections_at, flags, header_len, section_len,
            section_count, names_section;
    } header;
    struct {
        struct field name, type, flags, at, len, link, align;
    } section;
    struct {
        struct field name, info, section;
    } symbol;
};

#define LAYOUT(ehdr, shdr, sym)                                                                    \
    {                                                                                              \
        sizeof(ehdr), sizeof(shdr), sizeof(sym),                                                   \
            {FIELD(ehdr, e_type),      FIELD(ehdr, e_machine), FIELD(ehdr, e_version),             \
             FIELD(ehdr, e_shoff),     FIELD(ehdr, e_flags),   FIELD(ehdr, e_ehsize),              \
             FIELD(ehdr, e_shentsize), FIELD(ehdr, e_shnum),   FIELD(ehdr, e_shstrndx)},           \
            {FIELD(shdr, sh_name),     FIELD(shdr, sh_type), FIELD(shdr, sh_flags),                \
             FIELD(shdr, sh_offset),   FIELD(shdr, sh_size), FIELD(shdr, sh_link),                 \
             FIELD(shdr, sh_addralign)},                                                           \
            {FIELD(sym, st_name), FIELD(sym, st_info), FIELD(sym, st_shndx)},                      \
    }

static const struct layout layouts[] = {
    LAYOUT(Elf32_Ehdr, Elf32_Shdr, Elf32_Sym),
    LAYOUT(Elf64_Ehdr, Elf64_Shdr, Elf64_Sym),
};

static const struct layout *layout_of(const struct elf_target *target)
{
    return &layouts[target->is_64];
}

static uint64_t get(const struct elf *elf, const unsigned char *record, struct field field)
{
    uint64_t value = 0;

    for (size_t i = 0; i < field.width; i++) {
        size_t at = elf->target.is_big ? i : field.width - 1u - i;
        value = value << 8 | record[field.at + at];
    }
    return value;
}

static void put(const struct elf_target *target, char *record, struct field field, uint64_t value)
{
    for (size_t i = 0; i < field.width; i++) {
        size_t at = target->is_big ? field.width - 1u - i : i;
        record[field.at + at] = (char)(value >> (8 * i) & 0xff);
    }
}

static int broken(struct error *err, const char *what)
{
    return error_set(err, ERROR_REFUSED, "the ELF file is cut off or broken: %s", what);
}

static const unsigned char *section_record(const struct elf *elf, size_t number)
{
    return elf->data + elf->sections_at + number * layout_of(&elf->target)->section_len;
}

/* The section without its name. */
static int read_section(const struct elf *elf, size_t number, struct elf_section *ret_section,
                        struct error *err)
{
    const struct layout *layout = layout_of(&elf->target);
    const unsigned char *record = section_record(elf, number);
    uint64_t at = get(elf, record, layout->section.at);
    uint64_t len = get(elf, record, layout->section.len);
    uint32_t type = (uint32_t)get(elf, record, layout->section.type);
    bool has_data = type != SHT_NOBITS && type != SHT_NULL;

    if (has_data && (at > elf->len || len > elf->len - at))
        return broken(err, "a section lies outside of it");
    *ret_section = (struct elf_section){
        .name = "",
        .type = type,
        .link = (uint32_t)get(elf, record, layout->section.link),
        .flags = get(elf, record, layout->section.flags),
        .align = get(elf, record, layout->section.align),
        .data = has_data ? elf->data + at : NULL,
        .len = has_data ? (size_t)len : 0,
    };
    return 0;
}

/* Finds the section table. Counts that don't fit the header are in section 0. */
static int open_sections(struct elf *elf, struct error *err)
{
    const struct layout *layout = layout_of(&elf->target);
    uint64_t at = get(elf, elf->data, layout->header.sections_at);
    uint64_t count = get(elf, elf->data, layout->header.section_count);
    uint64_t names = get(elf, elf->data, layout->header.names_section);
    struct elf_section section;

    if (at == 0)
        return 0;
    if (at > elf->len || layout->section_len > elf->len - at)
        return broken(err, "its section table lies outside of it");
    if (get(elf, elf->data, layout->header.section_len) != layout->section_len)
        return broken(err, "its section table has records of an unknown size");
    elf->sections_at = (size_t)at;
    if (count == 0)
        count = get(elf, section_record(elf, 0), layout->section.len);
    if (names == SHN_XINDEX)
        names = get(elf, section_record(elf, 0), layout->section.link);
    if (count > (elf->len - at) / layout->section_len)
        return broken(err, "its section table lies outside of it");
    elf->section_count = (size_t)count;
    if (names == SHN_UNDEF)
        return 0;
    if (names >= count)
        return broken(err, "its sections' names are missing");
    if (read_section(elf, (size_t)names, &section, err) < 0)
        return -1;
    elf->names = (const char *)section.data;
    elf->names_len = section.len;
    return 0;
}

int elf_open(const void *data, size_t len, struct elf *ret_elf, struct error *err)
{
    const unsigned char *ident = data;
    struct elf elf = {.data = data, .len = len};

    if (len < SELFMAG || memcmp(data, ELFMAG, SELFMAG) != 0)
        return 1;
    if (len < sizeof(Elf32_Ehdr))
        return broken(err, "its header ends early");
    if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
        return broken(err, "it is of an unknown class");
    if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
        return broken(err, "it has an unknown byte order");
    elf.target.is_64 = ident[EI_CLASS] == ELFCLASS64;
    elf.target.is_big = ident[EI_DATA] == ELFDATA2MSB;
    elf.target.os_abi = ident[EI_OSABI];
    const struct layout *layout = layout_of(&elf.target);
    if (len < layout->header_len)
        return broken(err, "its header ends early");
    elf.target.machine = (uint16_t)get(&elf, data, layout->header.machine);
    elf.target.flags = (uint32_t)get(&elf, data, layout->header.flags);
    if (open_sections(&elf, err) < 0)
        return -1;
    *ret_elf = elf;
    return 0;
}

/* The string at that place of a string table, or NULL when it isn't one. */
static const char *string_at(const char *strings, size_t len, uint64_t at)
{
    if (at >= len || !memchr(strings + at, '\0', len - (size_t)at))
        return NULL;
    return strings + at;
}

int elf_section(const struct elf *elf, size_t number, struct elf_section *ret_section,
                struct error *err)
{
    const struct layout *layout = layout_of(&elf->target);
    uint64_t name_at = get(elf, section_record(elf, number), layout->section.name);
    struct elf_section section;

    if (read_section(elf, number, &section, err) < 0)
        return -1;
    section.name = string_at(elf->names, elf->names_len, name_at);
    if (!section.name && elf->names_len > 0)
        return broken(err, "a section's name lies outside of the names");
    if (!section.name)
        section.name = "";
    *ret_section = section;
    return 0;
}

int elf_find_name(const struct elf *elf, const char *name, struct elf_section *ret_section,
                  struct error *err)
{
    struct elf_section section;

    for (size_t i = 1; i < elf->section_count; i++) {
        if (elf_section(elf, i, &section, err) < 0)
            return -1;
        if (strcmp(section.name, name) == 0) {
            *ret_section = section;
            return 0;
        }
    }
    return 1;
}

int elf_find_type(const struct elf *elf, uint32_t type, struct elf_section *ret_section,
                  struct error *err)
{
    struct elf_section section;

    for (size_t i = 1; i < elf->section_count; i++) {
        if (elf_section(elf, i, &section, err) < 0)
            return -1;
        if (section.type == type) {
            *ret_section = section;
            return 0;
        }
    }
    return 1;
}

int elf_symbols_begin(struct elf_symbols *symbols, const struct elf *elf, struct error *err)
{
    *symbols = (struct elf_symbols){.elf = elf};
    int status = elf_find_type(elf, SHT_SYMTAB, &symbols->table, err);

    if (status != 0)
        return status < 0 ? -1 : 0;
    if (symbols->table.link == 0 || symbols->table.link >= elf->section_count)
        return broken(err, "its symbols have no names");
    return elf_section(elf, symbols->table.link, &symbols->names, err);
}

static bool is_indexed(uint64_t info, uint64_t section)
{
    uint64_t type = ELF64_ST_TYPE(info);

    return section != SHN_UNDEF && ELF64_ST_BIND(info) != STB_LOCAL && type != STT_SECTION &&
           type != STT_FILE;
}

int elf_symbols_next(struct elf_symbols *symbols, const char **ret_name, struct error *err)
{
    const struct elf *elf = symbols->elf;
    const struct layout *layout = layout_of(&elf->target);
    size_t count = symbols->table.len / layout->symbol_len;

    while (symbols->next < count) {
        const unsigned char *record = symbols->table.data + layout->symbol_len * symbols->next++;
        if (!is_indexed(get(elf, record, layout->symbol.info),
                        get(elf, record, layout->symbol.section)))
            continue;
        const char *name = string_at((const char *)symbols->names.data, symbols->names.len,
                                     get(elf, record, layout->symbol.name));
        if (!name)
            return broken(err, "a symbol's name lies outside of the names");
        *ret_name = name;
        return 0;
    }
    return 1;
}

static void pad_to(struct buf *buf, size_t start, uint64_t align)
{
    size_t len = buf->len - start;

    if (align > 1 && len % align)
        buf_add_zeros(buf, (size_t)(align - len % align));
}

static void fill_header(const struct elf_target *target, char *header, size_t sections_at,
                        size_t section_count)
{
    const struct layout *layout = layout_of(target);

    memcpy(header, ELFMAG, SELFMAG);
    header[EI_CLASS] = target->is_64 ? ELFCLASS64 : ELFCLASS32;
    header[EI_DATA] = target->is_big ? ELFDATA2MSB : ELFDATA2LSB;
    header[EI_VERSION] = EV_CURRENT;
    header[EI_OSABI] = (char)target->os_abi;
    put(target, header, layout->header.type, ET_REL);
    put(target, header, layout->header.machine, target->machine);
    put(target, header, layout->header.version, EV_CURRENT);
    put(target, header, layout->header.flags, target->flags);
    put(target, header, layout->header.header_len, layout->header_len);
    put(target, header, layout->header.section_len, layout->section_len);
    put(target, header, layout->header.sections_at, sections_at);
    put(target, header, layout->header.section_count, section_count);
    put(target, header, layout->header.names_section, section_count - 1);
}

/* Appends the section's bytes to DATA, which started at START, and its record to TABLE. */
static void add_section(const struct elf_target *target, const struct elf_section *section,
                        size_t name_at, struct buf *data, size_t start, struct buf *table)
{
    const struct layout *layout = layout_of(target);

    pad_to(data, start, section->align);
    buf_add_zeros(table, layout->section_len);
    char *record = table->data + table->len - layout->section_len;
    put(target, record, layout->section.name, name_at);
    put(target, record, layout->section.type, section->type);
    put(target, record, layout->section.flags, section->flags);
    put(target, record, layout->section.align, section->align);
    put(target, record, layout->section.at, data->len - start);
    put(target, record, layout->section.len, section->len);
    if (section->len)
        buf_add(data, section->data, section->len);
}

void elf_write(const struct elf_target *target, const struct elf_section *sections, size_t count,
               struct buf *buf)
{
    const struct layout *layout = layout_of(target);
    auto_buf names = BUF_INIT;
    auto_buf table = BUF_INIT;
    size_t start = buf->len;
    size_t name_at = 1;

    buf_add_char(&names, '\0');
    for (size_t i = 0; i < count; i++)
        buf_add(&names, sections[i].name, strlen(sections[i].name) + 1);
    buf_add(&names, NAMES_SECTION, sizeof(NAMES_SECTION));
    struct elf_section names_section = {
        .type = SHT_STRTAB,
        .align = 1,
        .data = (const unsigned char *)names.data,
        .len = names.len,
    };
    buf_add_zeros(buf, layout->header_len);
    buf_add_zeros(&table, layout->section_len);
    for (size_t i = 0; i < count; i++) {
        add_section(target, &sections[i], name_at, buf, start, &table);
        name_at += strlen(sections[i].name) + 1;
    }
    add_section(target, &names_section, name_at, buf, start, &table);
    pad_to(buf, start, 8);
    fill_header(target, buf->data + start, buf->len - start, count + 2);
    buf_add(buf, table.data, table.len);
}
