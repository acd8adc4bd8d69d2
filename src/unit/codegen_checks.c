/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/codegen_checks.h"

#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "rust/crate_file.h"
#include "unit/dependencies.h"

bool codegen_links_something(const struct rustc_command *command)
{
    if (!rustc_command_emits(command, "link"))
        return false;
    if (command->test || command->crate_types.len == 0)
        return true;
    for (size_t i = 0; i < command->crate_types.len; i++)
        if (strcmp(command->crate_types.items[i], "lib") != 0 &&
            strcmp(command->crate_types.items[i], "rlib") != 0)
            return true;
    return false;
}

static int check_types(const struct codegen *codegen, const struct rustc_command *command,
                       struct error *err)
{
    if (strv_contains(&command->crate_types, "cdylib") &&
        strv_contains(&command->crate_types, "dylib"))
        return error_set(err, ERROR_REFUSED,
                         "the crate types cdylib and dylib have one output name, so that one of "
                         "the two links would be lost; compile them by two commands");
    if (codegen->unit && !codegen_links_something(command))
        return error_set(err, ERROR_USAGE,
                         "-o %s names a link unit, but nothing is linked by this command line; "
                         "leave it out, or use --hollow-dir",
                         codegen->unit);
    return 0;
}

static int note_native_cpu(void *user, const char *line, size_t len, struct error *err)
{
    static const char marker[] = "(currently ";
    struct buf *cpu = user;
    const char *at = memmem(line, len, marker, strlen(marker));

    (void)err;
    if (at && cpu->len == 0) {
        at += strlen(marker);
        buf_add(cpu, at, strcspn(at, ")"));
    }
    return 0;
}

/* What "native" is on this machine, as rustc says; empty when it doesn't. */
static void find_native_cpu(const char *rustc, struct buf *cpu)
{
    char *argv[] = {(char *)(uintptr_t)rustc, (char[]){"--print=target-cpus"}, NULL};
    struct process process = {.argv = argv, .on_stdout = note_native_cpu, .user = cpu};
    auto_error err = ERROR_INIT;
    int status = 0;

    if (process_run(&process, &status, &err) < 0 || status != 0)
        buf_reset(cpu);
}

static int check_target_cpu(const struct codegen *codegen, const struct rustc_command *command,
                            struct error *err)
{
    const char *value = NULL;
    auto_buf cpu = BUF_INIT;

    if (!codegen->hermetic || !rustc_command_find(command, RUSTC_CODEGEN, "target-cpu", &value) ||
        !value || strcmp(value, "native") != 0)
        return 0;
    find_native_cpu(codegen->rustc, &cpu);
    return error_set(err, ERROR_REFUSED,
                     "-C target-cpu=native depends on the machine that codegen happens to run on; "
                     "name the processor%s%s",
                     cpu.len > 0 ? ", here -C target-cpu=" : "", cpu.data);
}

static int check_build_id(const struct codegen *codegen, const struct rustc_command *command,
                          struct error *err)
{
    for (size_t i = 0; i < command->option_count && codegen->hermetic; i++) {
        const struct rustc_option *option = &command->options[i];
        bool may_hold = option->kind == RUSTC_CODEGEN || option->kind == RUSTC_UNSTABLE;
        if (may_hold && strstr(option->value, "--build-id=uuid"))
            return error_set(err, ERROR_REFUSED,
                             "--build-id=uuid is another one in each link, so that no two are "
                             "equal; use --build-id=sha1");
    }
    return 0;
}

static void check_incremental(const struct codegen *codegen, const struct rustc_command *command,
                              struct rustc_rewrite *rewrite, struct strv *warnings)
{
    const char *value = NULL;

    if (!codegen->hermetic || !rustc_command_find(command, RUSTC_CODEGEN, "incremental", &value))
        return;
    rustc_rewrite_drop(rewrite, RUSTC_CODEGEN, "incremental");
    strv_push(warnings, "-C incremental is left out: its outputs depend on earlier runs");
}

static void check_split_debuginfo(const struct rustc_command *command,
                                  struct rustc_rewrite *rewrite, struct strv *warnings)
{
    /* Where nothing is linked rustc can do it, and the crate's hash depends on it. */
    if (!codegen_links_something(command))
        return;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct rustc_option *option = &command->options[i];
        if (option->kind != RUSTC_CODEGEN || !rustc_option_is_named(option, "split-debuginfo") ||
            !has_suffix(option->value, "=packed"))
            continue;
        rustc_rewrite_set(rewrite, i, xstrdup("split-debuginfo=unpacked"));
        strv_push(warnings,
                  "-C split-debuginfo=packed runs as unpacked: rustc itself packs debug info out "
                  "of the linked file; the .dwo files stay beside the output, and `dwp -o FILE.dwp "
                  "*.dwo` "
                  "packs them");
    }
}

int codegen_check(const struct codegen *codegen, const struct rustc_command *command,
                  struct rustc_rewrite *rewrite, struct strv *warnings, struct error *err)
{
    if (check_types(codegen, command, err) < 0 || check_target_cpu(codegen, command, err) < 0 ||
        check_build_id(codegen, command, err) < 0)
        return -1;
    if (rustc_command_lto(command) != RUSTC_LTO_NONE && codegen_links_something(command) &&
        dependencies_refuse_hollow(command, err) < 0)
        return -1;
    check_incremental(codegen, command, rewrite, warnings);
    check_split_debuginfo(command, rewrite, warnings);
    return 0;
}

int codegen_check_rustc(const struct codegen *codegen, const char *found, struct error *err)
{
    if (!codegen->rustc_version || !found || strcmp(codegen->rustc_version, found) == 0)
        return 0;
    return error_set(err, ERROR_REFUSED,
                     "%s is \"%s\", and the toolchain says \"%s\"; install that one there, or have "
                     "the toolchain say what it is (Bazel: version of rust_toolchain)",
                     codegen->rustc, found, codegen->rustc_version);
}

static int keep_first_line(void *user, const char *line, size_t len, struct error *err)
{
    char **first = user;

    (void)err;
    if (!*first)
        *first = xstrndup(line, len > 0 && line[len - 1] == '\n' ? len - 1 : len);
    return 0;
}

int codegen_check_driver(const struct codegen *codegen, struct error *err)
{
    auto_strv argv = STRV_INIT;
    auto_free char *found = NULL;
    struct process process = {.on_stdout = keep_first_line, .user = &found};
    int status = 0;

    if (!codegen->rustc_version)
        return 0;
    strv_push(&argv, codegen->rustc);
    strv_push(&argv, "-vV");
    process.argv = argv.items;
    if (process_run(&process, &status, err) < 0)
        return codegen_explain_missing(codegen, err);
    if (status != 0)
        return error_set(err, ERROR_FAILURE, "%s -vV failed with status %d", codegen->rustc,
                         status);
    return codegen_check_rustc(codegen, found ? found : "", err);
}

int codegen_check_crate(const struct codegen *codegen, const char *path, struct error *err)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_free char *found = NULL;

    if (!codegen->rustc_version)
        return 0;
    if (crate_file_open(path, &file, err) < 0 || crate_file_rustc_version(&file, &found, err) < 0)
        return -1;
    return codegen_check_rustc(codegen, found, err);
}

int codegen_explain_missing(const struct codegen *codegen, struct error *err)
{
    auto_free char *text = NULL;

    if (!codegen->rustc_version || !strchr(codegen->rustc, '/') || err->kind != ERROR_FAILURE ||
        fs_exists(codegen->rustc))
        return -1;
    text = xasprintf("%s, where the toolchain says that \"%s\" is; install it there, or use a "
                     "toolchain that is uploaded (Bazel: sysroot_path or rustc of rust_toolchain)",
                     err->text, codegen->rustc_version);
    return error_set(err, ERROR_FAILURE, "%s", text);
}

bool codegen_is_in_place(const struct rustc_command *command)
{
    const char *value = NULL;

    return rustc_command_find(command, RUSTC_CODEGEN, "split-debuginfo", &value) && value &&
           strcmp(value, "off") != 0;
}
