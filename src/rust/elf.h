/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ELF files in memory, of both classes and both byte orders: their sections, the symbols that
 * belong in an archive's index, and small objects of our own making. See elf(5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* What an object has in common with all others of its target. */
struct elf_target {
    bool is_64;
    bool is_big; /* big-endian */
    uint8_t os_abi;
    uint16_t machine;
    uint32_t flags;
};

#define ELF_TARGET_X86_64                                                                          \
    {                                                                                              \
        .is_64 = true, .machine = 62                                                               \
    }

struct elf {
    struct elf_target target;
    const unsigned char *data; /* borrowed */
    size_t len;
    size_t sections_at;
    size_t section_count;
    const char *names; /* of the sections */
    size_t names_len;
};

/* A section; name and data borrowed from the file, data NULL where the file has none for it. */
struct elf_section {
    const char *name;
    uint32_t type;
    uint32_t link;
    uint64_t flags;
    uint64_t align;
    const unsigned char *data;
    size_t len;
};

/* Reads the header. Returns 1 when the bytes are no ELF file at all. */
int elf_open(const void *data, size_t len, struct elf *ret_elf, struct error *err) must_check;

/* The section with that number, below section_count. */
int elf_section(const struct elf *elf, size_t number, struct elf_section *ret_section,
                struct error *err) must_check;

/* The first section of that name. Returns 1 when there is none. */
int elf_find_name(const struct elf *elf, const char *name, struct elf_section *ret_section,
                  struct error *err) must_check;

/* The first section of that type (SHT_*). Returns 1 when there is none. */
int elf_find_type(const struct elf *elf, uint32_t type, struct elf_section *ret_section,
                  struct error *err) must_check;

/*
 * A walk along the symbols that LLVM puts into an archive's index: defined, not local, neither a
 * section's nor a file's.
 */
struct elf_symbols {
    const struct elf *elf;
    struct elf_section table;
    struct elf_section names;
    size_t next;
};

int elf_symbols_begin(struct elf_symbols *symbols, const struct elf *elf,
                      struct error *err) must_check;

/* Sets *RET_NAME, borrowed from the file. Returns 1 when there are no more. */
int elf_symbols_next(struct elf_symbols *symbols, const char **ret_name,
                     struct error *err) must_check;

/*
 * Appends a relocatable object with these sections, in order and numbered from 1, and the table of
 * their names. Of each section name, type, flags, align, data and len are taken.
 */
void elf_write(const struct elf_target *target, const struct elf_section *sections, size_t count,
               struct buf *buf);
