/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/elf.h"

#include <elf.h>
#include <string.h>

#include "base/memory.h"
#include "support/test.h"

/* Both classes, both byte orders. */
static const struct elf_target targets[] = {
    {.is_64 = false, .is_big = false, .machine = EM_ARM, .flags = EF_ARM_EABI_VER5},
    {.is_64 = false, .is_big = true, .machine = EM_PPC},
    {.is_64 = true, .is_big = false, .machine = EM_RISCV, .flags = 5},
    {.is_64 = true, .is_big = true, .machine = EM_S390, .os_abi = ELFOSABI_FREEBSD},
};

#define TARGET_COUNT (sizeof(targets) / sizeof(*targets))

#define SECTION(section_name, section_type, text)                                                  \
    {                                                                                              \
        .name = (section_name), .type = (section_type), .align = 4,                                \
        .data = (const unsigned char *)(text), .len = sizeof(text) - 1                             \
    }

static void open_elf(const struct buf *bytes, struct elf *ret_elf)
{
    auto_error err = ERROR_INIT;

    assert_success(elf_open(bytes->data, bytes->len, ret_elf, &err), &err);
}

static void elf_reads_what_it_writes_for_every_target(void **state)
{
    const struct elf_section sections[] = {
        SECTION(".one", SHT_PROGBITS, "first"),
        SECTION(".two", SHT_NOTE, "second one"),
    };

    (void)state;
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        struct elf elf;
        struct elf_section section;
        elf_write(&targets[i], sections, 2, &bytes);
        open_elf(&bytes, &elf);
        assert_int_equal(elf.target.is_64, targets[i].is_64);
        assert_int_equal(elf.target.is_big, targets[i].is_big);
        assert_int_equal(elf.target.machine, targets[i].machine);
        assert_int_equal(elf.target.flags, targets[i].flags);
        assert_int_equal(elf.target.os_abi, targets[i].os_abi);
        assert_int_equal(elf.section_count, 4);
        assert_int_equal(elf_find_name(&elf, ".two", &section, &err), 0);
        assert_int_equal(section.type, SHT_NOTE);
        assert_int_equal(section.align, 4);
        assert_int_equal(section.len, 10);
        assert_memory_equal(section.data, "second one", 10);
        assert_int_equal((section.data - (const unsigned char *)bytes.data) % 4, 0);
        assert_int_equal(elf_find_type(&elf, SHT_PROGBITS, &section, &err), 0);
        assert_string_equal(section.name, ".one");
        assert_int_equal(elf_find_name(&elf, ".three", &section, &err), 1);
        assert_int_equal(elf_find_type(&elf, SHT_DYNAMIC, &section, &err), 1);
    }
}

static void put_field(const struct elf_target *target, char *at, size_t width, uint64_t value)
{
    for (size_t i = 0; i < width; i++)
        at[target->is_big ? width - 1 - i : i] = (char)(value >> (8 * i));
}

static const struct {
    const char *name;
    unsigned char bind, type;
    uint16_t section;
} symbols[] = {
    {"", STB_LOCAL, STT_NOTYPE, SHN_UNDEF},
    {"file.c", STB_LOCAL, STT_FILE, SHN_ABS},
    {"local", STB_LOCAL, STT_FUNC, 1},
    {"global", STB_GLOBAL, STT_FUNC, 1},
    {"undefined", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF},
    {"weak", STB_WEAK, STT_OBJECT, 1},
    {"unique", STB_GNU_UNIQUE, STT_OBJECT, 1},
    {"common", STB_GLOBAL, STT_OBJECT, SHN_COMMON},
    {"absolute", STB_GLOBAL, STT_NOTYPE, SHN_ABS},
    {".text", STB_GLOBAL, STT_SECTION, 1},
    {"ifunc", STB_GLOBAL, STT_GNU_IFUNC, 1},
};

#define SYMBOL_COUNT (sizeof(symbols) / sizeof(*symbols))

/* An object with a symbol table (section 1) and its names (section 2). */
static void write_symbols(const struct elf_target *target, struct buf *bytes)
{
    size_t symbol_len = target->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    size_t section_len = target->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    size_t link_at = target->is_64 ? offsetof(Elf64_Shdr, sh_link) : offsetof(Elf32_Shdr, sh_link);
    auto_buf table = BUF_INIT;
    auto_buf names = BUF_INIT;

    for (size_t i = 0; i < SYMBOL_COUNT; i++) {
        buf_add_zeros(&table, symbol_len);
        char *record = table.data + i * symbol_len;
        put_field(target, record, 4, names.len);
        record[target->is_64 ? 4 : 12] = (char)ELF64_ST_INFO(symbols[i].bind, symbols[i].type);
        put_field(target, record + (target->is_64 ? 6 : 14), 2, symbols[i].section);
        buf_add(&names, symbols[i].name, strlen(symbols[i].name) + 1);
    }
    struct elf_section sections[] = {
        {.name = ".symtab",
         .type = SHT_SYMTAB,
         .data = (unsigned char *)table.data,
         .len = table.len},
        {.name = ".strtab",
         .type = SHT_STRTAB,
         .data = (unsigned char *)names.data,
         .len = names.len},
    };
    elf_write(target, sections, 2, bytes);
    put_field(target, bytes->data + bytes->len - 3 * section_len + link_at, 4, 2);
}

static void elf_symbols_are_those_that_llvm_indexes(void **state)
{
    static const char *const expected[] = {"global", "weak",     "unique",
                                           "common", "absolute", "ifunc"};

    (void)state;
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        struct elf elf;
        struct elf_symbols walk;
        const char *name = NULL;
        write_symbols(&targets[i], &bytes);
        open_elf(&bytes, &elf);
        assert_success(elf_symbols_begin(&walk, &elf, &err), &err);
        for (size_t k = 0; k < sizeof(expected) / sizeof(*expected); k++) {
            assert_success(elf_symbols_next(&walk, &name, &err), &err);
            assert_string_equal(name, expected[k]);
        }
        assert_int_equal(elf_symbols_next(&walk, &name, &err), 1);
    }
}

static void elf_without_a_symbol_table_has_no_symbols(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct elf elf;
    struct elf_symbols walk;
    const char *name;

    (void)state;
    elf_write(&targets[2], NULL, 0, &bytes);
    open_elf(&bytes, &elf);
    assert_success(elf_symbols_begin(&walk, &elf, &err), &err);
    assert_int_equal(elf_symbols_next(&walk, &name, &err), 1);
}

static void elf_refuses_symbols_without_names(void **state)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct elf elf;
    struct elf_symbols walk;

    (void)state;
    write_symbols(&targets[2], &bytes);
    put_field(&targets[2],
              bytes.data + bytes.len - 3 * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_link), 4,
              9);
    open_elf(&bytes, &elf);
    assert_int_equal(elf_symbols_begin(&walk, &elf, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "the ELF file is cut off or broken: its symbols have no names");
}

static void elf_says_when_bytes_are_none(void **state)
{
    auto_error err = ERROR_INIT;
    struct elf elf;

    (void)state;
    assert_int_equal(elf_open("", 0, &elf, &err), 1);
    assert_int_equal(elf_open("\177EL", 3, &elf, &err), 1);
    assert_int_equal(elf_open("!<arch>\n", 8, &elf, &err), 1);
}

/* A byte of the header of a good object is set to something else, or the object is shortened. */
static void elf_refuses_broken_headers(void **state)
{
    static const struct {
        size_t at, value, len;
        const char *text;
    } cases[] = {
        {0, 0x7f, 40, "its header ends early"},
        {0, 0x7f, 60, "its header ends early"},
        {EI_CLASS, 3, 0, "it is of an unknown class"},
        {EI_DATA, 0, 0, "it has an unknown byte order"},
        {offsetof(Elf64_Ehdr, e_shoff) + 7, 0x7f, 0, "its section table lies outside of it"},
        {offsetof(Elf64_Ehdr, e_shentsize), 8, 0,
         "its section table has records of an unknown size"},
        {offsetof(Elf64_Ehdr, e_shnum), 200, 0, "its section table lies outside of it"},
        {offsetof(Elf64_Ehdr, e_shstrndx), 200, 0, "its sections' names are missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        auto_error err = ERROR_INIT;
        auto_buf bytes = BUF_INIT;
        struct elf elf;
        elf_write(&targets[2], NULL, 0, &bytes);
        bytes.data[cases[i].at] = (char)cases[i].value;
        auto_free char *text = xasprintf("the ELF file is cut off or broken: %s", cases[i].text);
        size_t len = cases[i].len ? cases[i].len : bytes.len;
        assert_int_equal(elf_open(bytes.data, len, &elf, &err), -1);
        assert_error(&err, ERROR_REFUSED, text);
    }
}

static void elf_refuses_a_section_outside_of_the_file(void **state)
{
    const struct elf_section sections[] = {SECTION(".one", SHT_PROGBITS, "first")};
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct elf elf;
    struct elf_section section;

    (void)state;
    elf_write(&targets[2], sections, 1, &bytes);
    char *record = bytes.data + bytes.len - 2 * sizeof(Elf64_Shdr);
    put_field(&targets[2], record + offsetof(Elf64_Shdr, sh_size), 8, UINT64_MAX);
    open_elf(&bytes, &elf);
    assert_int_equal(elf_find_name(&elf, ".one", &section, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "the ELF file is cut off or broken: a section lies outside of it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elf_reads_what_it_writes_for_every_target),
        cmocka_unit_test(elf_symbols_are_those_that_llvm_indexes),
        cmocka_unit_test(elf_without_a_symbol_table_has_no_symbols),
        cmocka_unit_test(elf_refuses_symbols_without_names),
        cmocka_unit_test(elf_says_when_bytes_are_none),
        cmocka_unit_test(elf_refuses_broken_headers),
        cmocka_unit_test(elf_refuses_a_section_outside_of_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
