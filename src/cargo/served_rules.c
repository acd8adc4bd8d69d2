/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/served_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* -C options that say all they mean: no file, no other machine, no earlier run. */
static const char *const plain_codegen[] = {
    "code-model",
    "codegen-units",
    "control-flow-guard",
    "debug-assertions",
    "debuginfo",
    "default-linker-libraries",
    "dwarf-version",
    "embed-bitcode",
    "extra-filename",
    "force-frame-pointers",
    "force-unwind-tables",
    "inline-threshold",
    "link-arg",
    "link-args",
    "link-dead-code",
    "linker",
    "linker-flavor",
    "lto",
    "metadata",
    "no-redzone",
    "opt-level",
    "overflow-checks",
    "panic",
    "prefer-dynamic",
    "relocation-model",
    "soft-float",
    "split-debuginfo",
    "strip",
    "symbol-mangling-version",
    "target-cpu",
    "target-feature",
};

static bool is_plain(const struct rustc_option *option)
{
    for (size_t i = 0; i < COUNT(plain_codegen); i++)
        if (rustc_option_is_named(option, plain_codegen[i]))
            return true;
    return false;
}

/* A value that makes a plain option another one. */
static bool has_value(const struct rustc_command *command, const char *name, const char *wrong)
{
    const char *value = NULL;

    return rustc_command_find(command, RUSTC_CODEGEN, name, &value) && value &&
           strcmp(value, wrong) == 0;
}

static char *why_not_option(const struct rustc_option *option)
{
    const char *value = option->value;

    switch (option->kind) {
    case RUSTC_CODEGEN:
        return is_plain(option) ? NULL : xasprintf("-C %.*s", (int)strcspn(value, "="), value);
    case RUSTC_UNSTABLE:
        return xasprintf("-Z %.*s", (int)strcspn(value, "="), value);
    case RUSTC_PRINT:
        return xstrdup("--print");
    case RUSTC_SYSROOT:
        return xstrdup("--sysroot");
    case RUSTC_OUTPUT:
        return xstrdup("-o");
    case RUSTC_TARGET:
        return strchr(value, '/') || has_suffix(value, ".json") ? xstrdup("a target by its file")
                                                                : NULL;
    case RUSTC_EMIT:
        return strchr(value, '=') ? xstrdup("--emit with a path") : NULL;
    default:
        return NULL;
    }
}

char *served_why_not(const struct rustc_command *command)
{
    static const struct {
        const char *option, *value;
    } values[] = {
        {"split-debuginfo", "unpacked"},
        {"split-debuginfo", "packed"},
        {"target-cpu", "native"},
    };

    if (rustc_command_lto(command) != RUSTC_LTO_NONE)
        return xstrdup("LTO");
    if (strv_contains(&command->crate_types, "dylib"))
        return xstrdup("dylib");
    if (!rustc_command_emits(command, "dep-info"))
        return xstrdup("no dep-info");
    for (size_t i = 0; i < COUNT(values); i++)
        if (has_value(command, values[i].option, values[i].value))
            return xasprintf("%s=%s", values[i].option, values[i].value);
    for (size_t i = 0; i < command->option_count; i++) {
        char *why = why_not_option(&command->options[i]);
        if (why)
            return why;
    }
    return NULL;
}

char *served_sysroot(const char *rustc)
{
    auto_free char *found = process_find(rustc, getenv("PATH"));
    auto_free char *program = found ? fs_canonical(found) : NULL;
    auto_free char *bin = program ? path_dirname(program) : NULL;
    auto_free char *sysroot = bin ? path_dirname(bin) : NULL;
    auto_free char *lib = sysroot ? path_join(sysroot, "lib") : NULL;
    auto_strv names = STRV_INIT;
    auto_error unreadable = ERROR_INIT;

    if (!lib || strcmp(path_basename(program), "rustc") != 0 ||
        fs_list(lib, &names, &unreadable) < 0)
        return NULL;
    for (size_t i = 0; i < names.len; i++)
        if (has_prefix(names.items[i], "librustc_driver-") && strcmp(sysroot, "/usr") != 0)
            return xstrdup(sysroot);
    return NULL;
}

bool served_sends(const char *variable)
{
    /*
     * A name up to its '=', or the start of one. Those of Apple's systems rustc reads itself for
     * targets of theirs (rustc_codegen_ssa/back/apple.rs), and no dep-info says so.
     */
    static const char *const sent[] = {
        "CARGO=",
        "CARGO_BIN_",
        "CARGO_CRATE_NAME=",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_PRIMARY_PACKAGE=",
        "CARGO_TARGET_TMPDIR=",
        "IPHONEOS_DEPLOYMENT_TARGET=",
        "MACOSX_DEPLOYMENT_TARGET=",
        "OUT_DIR=",
        "RUSTC_BOOTSTRAP=",
        "TVOS_DEPLOYMENT_TARGET=",
        "WATCHOS_DEPLOYMENT_TARGET=",
        "XROS_DEPLOYMENT_TARGET=",
    };

    for (size_t i = 0; i < COUNT(sent); i++)
        if (has_prefix(variable, sent[i]))
            return true;
    return false;
}
