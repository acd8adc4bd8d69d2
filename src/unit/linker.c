/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/linker.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

/* The first that fits counts. */
static const struct {
    const char *prefix;
    const char *suffix;
    const char *linker;
} target_linkers[] = {
    {"wasm32", "", "rust-lld"},
    {"wasm64", "", "rust-lld"},
    {"x86_64-pc-windows-gnu", "", "x86_64-w64-mingw32-gcc"},
    {"i686-pc-windows-gnu", "", "i686-w64-mingw32-gcc"},
    {"", "-linux-gnu", "cc"},
    {"", "-linux-gnux32", "cc"},
    {"", "-linux-gnueabi", "cc"},
    {"", "-linux-gnueabihf", "cc"},
    {"", "-linux-gnuabi64", "cc"},
    {"", "-linux-musl", "cc"},
    {"", "-linux-musleabi", "cc"},
    {"", "-linux-musleabihf", "cc"},
    {"", "-freebsd", "cc"},
    {"", "-netbsd", "cc"},
    {"", "-openbsd", "cc"},
    {"", "-dragonfly", "cc"},
};

/* What rustc runs when only the flavor is given (rustc_codegen_ssa, linker_and_flavor). */
static const struct {
    const char *flavor;
    const char *linker;
} flavor_linkers[] = {
    {"gcc", "cc"},         {"gnu-cc", "cc"},   {"gnu-lld-cc", "cc"}, {"unix-cc", "cc"},
    {"wasm-lld-cc", "cc"}, {"ld", "ld"},       {"gnu", "ld"},        {"unix", "ld"},
    {"ld.lld", "lld"},     {"gnu-lld", "lld"}, {"lld", "lld"},       {"wasm-ld", "lld"},
    {"wasm-lld", "lld"},
};

static const char *linker_of_target(const char *target)
{
    for (size_t i = 0; i < sizeof(target_linkers) / sizeof(target_linkers[0]); i++)
        if (has_prefix(target, target_linkers[i].prefix) &&
            has_suffix(target, target_linkers[i].suffix))
            return target_linkers[i].linker;
    return NULL;
}

static const char *linker_of_flavor(const char *flavor)
{
    for (size_t i = 0; i < sizeof(flavor_linkers) / sizeof(flavor_linkers[0]); i++)
        if (strcmp(flavor_linkers[i].flavor, flavor) == 0)
            return flavor_linkers[i].linker;
    return NULL;
}

int linker_of_command(const struct rustc_command *command, char **ret_linker, struct error *err)
{
    const char *value = NULL;

    if (rustc_command_find(command, RUSTC_CODEGEN, "linker", &value) && value) {
        *ret_linker = xstrdup(value);
        return 0;
    }
    if (rustc_command_find(command, RUSTC_CODEGEN, "linker-flavor", &value) && value) {
        const char *linker = linker_of_flavor(value);
        if (!linker)
            return error_set(err, ERROR_REFUSED,
                             "cleave doesn't know which linker -C linker-flavor=%s stands for; "
                             "give -C linker=PROGRAM too",
                             value);
        *ret_linker = xstrdup(linker);
        return 0;
    }
    const char *linker = command->target ? linker_of_target(command->target) : "cc";
    if (!linker)
        return error_set(err, ERROR_REFUSED,
                         "cleave doesn't know the default linker of the target %s; give "
                         "-C linker=PROGRAM",
                         command->target);
    *ret_linker = xstrdup(linker);
    return 0;
}

/* Linkers that a driver can be told to use. */
static const struct {
    const char *name;
    const char *fuse_ld;
} bare_linkers[] = {
    {"lld", "lld"},    {"ld.lld", "lld"},   {"rust-lld", "lld"},
    {"mold", "mold"},  {"ld.mold", "mold"}, {"bfd", "bfd"},
    {"ld.bfd", "bfd"}, {"gold", "gold"},    {"ld.gold", "gold"},
};

static const char *fuse_ld_of(const char *linker)
{
    const char *name = path_basename(linker);

    for (size_t i = 0; i < sizeof(bare_linkers) / sizeof(bare_linkers[0]); i++)
        if (strcmp(bare_linkers[i].name, name) == 0)
            return bare_linkers[i].fuse_ld;
    return NULL;
}

static bool is_bare_linker(const char *program)
{
    const char *name = path_basename(program);

    return fuse_ld_of(program) || strcmp(name, "ld") == 0 || strcmp(name, "wild") == 0 ||
           strcmp(name, "wasm-ld") == 0;
}

static void set_item(struct strv *argv, size_t index, char *item)
{
    free(argv->items[index]);
    argv->items[index] = item;
}

/* Tells the driver in argv[0] which linker to run, in place of an earlier -fuse-ld. */
static int set_fuse_ld(struct strv *argv, const char *linker, struct error *err)
{
    const char *fuse_ld = fuse_ld_of(linker);

    if (!fuse_ld || strchr(linker, '/'))
        return error_set(err, ERROR_REFUSED,
                         "%s can't do this link: its line is for a driver such as cc, which can "
                         "be told to use lld, mold, bfd or gold by name; give --linker a driver",
                         linker);
    for (size_t i = 1; i < argv->len; i++)
        if (has_prefix(argv->items[i], "-fuse-ld=")) {
            set_item(argv, i, xasprintf("-fuse-ld=%s", fuse_ld));
            return 0;
        }
    strv_pushf(argv, "-fuse-ld=%s", fuse_ld);
    return 0;
}

static bool has_flavor(const struct strv *argv, const char *flavor)
{
    return argv->len > 2 && strcmp(argv->items[1], "-flavor") == 0 &&
           (!flavor || strcmp(argv->items[2], flavor) == 0);
}

/* "-flavor gnu" is for the programs that are several linkers in one. */
static void drop_flavor(struct strv *argv)
{
    free(argv->items[1]);
    free(argv->items[2]);
    memmove(argv->items + 1, argv->items + 3, (argv->len - 2) * sizeof(*argv->items));
    argv->len -= 2;
}

int linker_replace(struct strv *argv, const char *linker, struct error *err)
{
    const char *name = path_basename(linker);
    bool generic = strcmp(name, "lld") == 0 || strcmp(name, "rust-lld") == 0;

    if (!is_bare_linker(argv->items[0])) {
        if (is_bare_linker(linker))
            return set_fuse_ld(argv, linker, err);
        set_item(argv, 0, xstrdup(linker));
        return 0;
    }
    if (!is_bare_linker(linker))
        return error_set(err, ERROR_REFUSED,
                         "%s can't do this link: its line is for a linker such as %s, not for a "
                         "driver",
                         linker, argv->items[0]);
    bool wasm = has_flavor(argv, "wasm");
    if (wasm && !generic && strcmp(name, "wasm-ld") != 0)
        return error_set(err, ERROR_REFUSED, "%s can't link for wasm; use rust-lld or wasm-ld",
                         linker);
    if (has_flavor(argv, NULL) && !generic)
        drop_flavor(argv);
    set_item(argv, 0, xstrdup(linker));
    return 0;
}

bool linker_writes_output_path(const struct strv *argv)
{
    return strv_contains(argv, "-fuse-ld=gold") ||
           strcmp(path_basename(argv->items[0]), "ld.gold") == 0 ||
           strcmp(path_basename(argv->items[0]), "gold") == 0;
}
