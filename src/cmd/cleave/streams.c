/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cleave/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env_file.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/status_file.h"
#include "cmd/cleave/command.h"
#include "rust/rustc_command.h"

int write_stream(void *user, enum codegen_stream stream, const char *data, size_t len,
                 struct error *err)
{
    int fd = stream == CODEGEN_STDOUT ? STDOUT_FILENO : STDERR_FILENO;

    (void)user;
    if (fd_write_all(fd, data, len) < 0)
        return error_set_errno(err, errno, "cannot pass on what rustc prints");
    return 0;
}

/* Whether rustc is only asked something, so that there is nothing to split. */
static int is_query(const struct codegen *codegen, struct error *err)
{
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    if (rustc_command_parse(codegen->args, codegen->arg_count, &command, err) < 0)
        return -1;
    return rustc_command_is_query(&command) ? 1 : 0;
}

static int exec_rustc(const struct codegen *codegen, struct error *err)
{
    auto_strv argv = STRV_INIT;

    strv_push(&argv, codegen->rustc);
    strv_push_all(&argv, codegen->args, codegen->arg_count);
    struct process process = {.argv = argv.items};
    return process_exec(&process, err);
}

void print_warnings(const struct strv *warnings)
{
    for (size_t i = 0; i < warnings->len; i++)
        print_warning(warnings->items[i]);
}

int set_slots(const struct strv *names, struct codegen *codegen, struct error *err)
{
    for (size_t i = 0; i < names->len; i++) {
        if (strcmp(names->items[i], "natives") == 0)
            codegen->natives_slot = true;
        else if (strcmp(names->items[i], "shared-natives") == 0)
            codegen->shared_natives_slot = true;
        else if (strcmp(names->items[i], "link-args") == 0)
            codegen->link_args_slot = true;
        else
            return error_set(err, ERROR_USAGE,
                             "unknown slot %s: there are natives, shared-natives and link-args",
                             names->items[i]);
    }
    return 0;
}

static int set_items(const struct strv *items, struct error *err)
{
    for (size_t i = 0; i < items->len; i++) {
        size_t len = strcspn(items->items[i], "=");
        auto_free char *name = xstrndup(items->items[i], len);
        if (setenv(name, items->items[i] + len + 1, 1) < 0)
            return error_set_errno(err, errno, "cannot set the variable %s", name);
    }
    return 0;
}

int add_env_files(const struct strv *files, struct error *err)
{
    auto_strv items = STRV_INIT;

    for (size_t i = 0; i < files->len; i++)
        if (env_file_read(files->items[i], &items, err) < 0)
            return -1;
    return set_items(&items, err);
}

int stamp_env(const struct strv *files, struct error *err)
{
    auto_strv status = STRV_INIT;
    auto_strv stamped = STRV_INIT;

    for (size_t i = 0; i < files->len; i++)
        if (status_file_read(files->items[i], &status, err) < 0)
            return -1;
    for (char **item = environ; files->len > 0 && *item; item++)
        if (env_item_is_valid(*item))
            strv_push_take(&stamped, status_expand(*item, &status));
    return set_items(&stamped, err);
}

void set_rustc(struct codegen *codegen, const struct arguments *arguments)
{
    codegen->rustc = arguments->foreign[0];
    codegen->args = arguments->foreign + 1;
    codegen->arg_count = arguments->foreign_len - 1;
}

int pass_on_status(int status, int *ret_status, struct error *err)
{
    if (status == 0 || err->kind != ERROR_CHILD)
        return status;
    *ret_status = err->child_status;
    error_release(err);
    return 0;
}

int run_codegen(struct codegen *codegen, struct strv *notices, int *ret_status, struct error *err)
{
    auto_codegen_result result = CODEGEN_RESULT_INIT;
    int query = is_query(codegen, err);

    if (query != 0)
        return query < 0 ? -1 : exec_rustc(codegen, err);
    codegen->color = isatty(STDERR_FILENO);
    codegen->write = write_stream;
    int status = codegen_run(codegen, &result, err);
    print_warnings(&result.warnings);
    if (status == 0)
        strv_push_all(notices, result.notices.items, result.notices.len);
    return pass_on_status(status, ret_status, err);
}
