/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/driver_program.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"

#define OUTPUT_CAP (16u << 20)

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const path_lists[] = {"PATH", "COMPILER_PATH", "LIBRARY_PATH", "LPATH"};

/* What gcc, collect2 and clang read, and what changes which libraries they themselves load. */
static const char *const variables[] = {
    "PATH=",         "COMPILER_PATH=",
    "LIBRARY_PATH=", "LPATH=",
    "GCC_",          "COLLECT_NO_",
    "CCC_",          "CC_",
    "CLANG_",        "LLVM_",
    "HOME=",         "XDG_CONFIG_HOME=",
    "SDKROOT=",      "LD_LIBRARY_PATH=",
    "LD_PRELOAD=",   "LD_AUDIT=",
};

bool driver_program_find(const char *name, char *const *env, struct driver_program *ret_program)
{
    char *path = process_find(name, env_get(env, "PATH"));

    if (!path)
        return false;
    *ret_program = (struct driver_program){xstrdup(name), path, fs_canonical(path)};
    return true;
}

void driver_program_release(struct driver_program *program)
{
    free(program->name);
    free(program->path);
    free(program->real_path);
    *program = (struct driver_program)DRIVER_PROGRAM_INIT;
}

static void add_text(struct buf *key, const char *text)
{
    buf_add(key, text, strlen(text) + 1);
}

static bool is_variable(const char *setting)
{
    for (size_t i = 0; i < COUNT(variables); i++)
        if (has_prefix(setting, variables[i]))
            return true;
    return false;
}

static void add_variables(char *const *env, struct buf *key)
{
    auto_strv settings = STRV_INIT;

    for (; *env; env++)
        if (is_variable(*env))
            strv_push(&settings, *env);
    strv_sort(&settings);
    for (size_t i = 0; i < settings.len; i++)
        add_text(key, settings.items[i]);
}

void driver_program_dirs(char *const *env, struct strv *dirs)
{
    for (size_t i = 0; i < COUNT(path_lists); i++) {
        const char *at = env_get(env, path_lists[i]);
        while (at && *at) {
            size_t len = strcspn(at, ":");
            /* An empty one is the working directory. */
            strv_push_len(dirs, len ? at : ".", len ? len : 1);
            at += len + (at[len] == ':');
        }
    }
}

static bool has_relative_dir(char *const *env)
{
    auto_strv dirs = STRV_INIT;

    driver_program_dirs(env, &dirs);
    for (size_t i = 0; i < dirs.len; i++)
        if (dirs.items[i][0] != '/')
            return true;
    return false;
}

bool driver_program_key(const struct driver_program *program, char *const *env, bool relative,
                        struct buf *key)
{
    auto_error ignored = ERROR_INIT;
    struct stat st;

    if (stat(program->real_path, &st) < 0)
        return false;
    add_text(key, program->name);
    add_text(key, program->path);
    add_text(key, program->real_path);
    buf_addf(key, "%ju %jd %jd.%ld", (uintmax_t)st.st_ino, (intmax_t)st.st_size,
             (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    add_text(key, "");
    add_variables(env, key);
    add_text(key, "");
    if (!relative && program->path[0] == '/' && !has_relative_dir(env))
        return true;
    auto_free char *cwd = NULL;
    if (fs_getcwd(&cwd, &ignored) < 0)
        return false;
    add_text(key, cwd);
    return true;
}

static int take_output(void *user, const char *line, size_t len, struct error *err)
{
    struct buf *text = user;

    if (text->len + len > OUTPUT_CAP)
        return error_set(err, ERROR_REFUSED, "a driver printed over %u bytes", OUTPUT_CAP);
    buf_add(text, line, len);
    return 0;
}

int driver_program_ask(const struct strv *words, const struct strv *env, struct buf *text,
                       struct error *err)
{
    auto_strv c_env = STRV_INIT;
    int status = 0;

    strv_push_all(&c_env, env->items, env->len);
    env_set(&c_env, "LC_ALL", "C");
    struct process process = {.argv = words->items,
                              .env = c_env.items,
                              .on_stdout = take_output,
                              .on_stderr = take_output,
                              .user = text};
    if (process_run(&process, &status, err) == 0)
        return status != 0;
    if (process_interrupted())
        return -1;
    error_release(err);
    return 1;
}
