/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_files.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/fs_write.h"
#include "base/memory.h"
#include "base/path.h"
#include "cargo/build_script_env.h"
#include "rust/rustc_command.h"
#include "cargo/build_script.h"

#define LINK_ARGS_CAP (16u << 20)
#define LINK_ARGS "link-args"

/* In the order in which they are written; OUT_DIR is the script's. */
static const char *const file_names[] = {
    BUILD_SCRIPT_OUT,     "rustc-args", "rustc-libs", LINK_ARGS,
    BUILD_SCRIPT_DEP_ENV, "warnings",   "env"};

#define FILE_COUNT (sizeof(file_names) / sizeof(file_names[0]))

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (strcmp(file_names[i], name) == 0)
            return true;
    return false;
}

static int remove_answers(const char *dir, struct error *err)
{
    for (size_t i = 0; i < FILE_COUNT; i++) {
        auto_free char *path = xasprintf("%s/%s", dir, file_names[i]);
        if (fs_remove_all(path, err) < 0)
            return -1;
    }
    return 0;
}

/* The topmost directory on the way to PATH that isn't there, or NULL. */
static char *first_missing(const char *path)
{
    auto_free char *parent = path_dirname(path);

    if (fs_exists(path))
        return NULL;
    char *above = strcmp(parent, path) == 0 ? NULL : first_missing(parent);
    return above ? above : xstrdup(path);
}

int build_script_dir_prepare(const char *dir, char **ret_created, struct error *err)
{
    auto_strv names = STRV_INIT;
    auto_free char *clean = path_clean(dir);
    auto_free char *created = first_missing(clean);

    if (fs_mkdir_all(clean, err) < 0 || fs_list(clean, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (!is_ours(names.items[i]))
            return error_set(err, ERROR_REFUSED,
                             "%s holds %s, which no build script has left there; give a directory "
                             "of its own",
                             dir, names.items[i]);
    if (remove_answers(clean, err) < 0)
        return -1;
    *ret_created = created;
    created = NULL;
    return 0;
}

void build_script_dir_discard(const char *dir, const char *created)
{
    auto_error ignored = ERROR_INIT;

    /* What can't be removed stays; why the script failed counts more. */
    if (remove_answers(dir, &ignored) < 0 || (created && fs_remove_all(created, &ignored) < 0))
        error_release(&ignored);
}

static void add_lines(struct buf *text, const char *before, const struct strv *items)
{
    for (size_t i = 0; i < items->len; i++)
        buf_addf(text, "%s%s\n", before, items->items[i]);
}

/* Metadata whose key can't be part of a variable's name is nothing that a dependent could read. */
static void add_dep_env(struct buf *text, const struct strv *metadata, const char *links)
{
    auto_free char *library = build_script_variable(links ? links : "");

    for (size_t i = 0; links && i < metadata->len; i++) {
        const char *item = metadata->items[i];
        auto_free char *key = xstrndup(item, strcspn(item, "="));
        auto_free char *variable = build_script_variable(key);
        if (!strpbrk(key, " \t\r\v\f"))
            buf_addf(text, "DEP_%s_%s%s\n", library, variable, item + strlen(key));
    }
}

static int write_file(const char *dir, const char *name, const struct buf *text, struct error *err)
{
    auto_free char *path = path_join(dir, name);

    return fs_write_file(path, text->data, text->len, err);
}

int build_script_files_write(const char *dir, const struct build_script_output *output,
                             const char *out_dir, const char *links, struct error *err)
{
    auto_buf rustc_args = BUF_INIT;
    auto_buf rustc_libs = BUF_INIT;
    auto_buf link_args = BUF_INIT;
    auto_buf dep_env = BUF_INIT;
    auto_buf warnings = BUF_INIT;
    auto_buf env = BUF_INIT;
    const struct buf *const texts[] = {NULL,     &rustc_args, &rustc_libs, &link_args,
                                       &dep_env, &warnings,   &env};

    add_lines(&rustc_args, "--cfg=", &output->cfgs);
    add_lines(&rustc_args, "--check-cfg=", &output->check_cfgs);
    add_lines(&rustc_libs, "-L", &output->searches);
    add_lines(&rustc_libs, "-l", &output->libs);
    add_lines(&link_args, "search\t", &output->searches);
    add_lines(&link_args, "", &output->link_args);
    add_dep_env(&dep_env, &output->metadata, links);
    add_lines(&warnings, "", &output->warnings);
    buf_addf(&env, "OUT_DIR=%s\n", out_dir);
    add_lines(&env, "", &output->env);
    for (size_t i = 1; i < FILE_COUNT; i++)
        if (write_file(dir, file_names[i], texts[i], err) < 0)
            return -1;
    return 0;
}

/* What Cargo gives to the link of each target, besides the search directories. */
static const struct {
    const char *name;
    const char *takes[3]; /* "bin:" is the one of that name */
} link_targets[] = {
    {"bin:", {"all", "bins", "bin:"}},
    {"test", {"all", "tests"}},
    {"example", {"all", "examples"}},
    {"bench", {"all", "benches"}},
    {"cdylib", {"all", "cdylib"}},
    {"lib", {"all"}},
    {"dep", {NULL}},
    {"cdylib-dep", {"cdylib"}},
};

#define LINK_TARGET_COUNT (sizeof(link_targets) / sizeof(link_targets[0]))

static size_t find_target(const char *name)
{
    bool is_bin = has_prefix(name, "bin:");
    const char *kind = is_bin && name[strlen("bin:")] ? "bin:" : is_bin ? "" : name;
    size_t i = 0;

    while (i < LINK_TARGET_COUNT && strcmp(link_targets[i].name, kind) != 0)
        i++;
    return i;
}

static bool target_takes(size_t target, const char *name, const char *what)
{
    for (size_t i = 0; i < 3 && link_targets[target].takes[i]; i++) {
        const char *takes = link_targets[target].takes[i];
        if (strcmp(what, strcmp(takes, "bin:") == 0 ? name : takes) == 0)
            return true;
    }
    return false;
}

static void add_search(const char *value, struct strv *args)
{
    struct rustc_search search = rustc_search_of(value);

    if (strcmp(search.kind, "dependency") == 0 || strcmp(search.kind, "crate") == 0)
        return; /* rustc's alone */
    strv_push(args, strcmp(search.kind, "framework") == 0 ? "-F" : "-L");
    strv_push(args, search.path);
}

/* Whether the directory holds a shared library; one that isn't there holds none. */
static bool holds_shared_library(const char *dir)
{
    auto_strv names = STRV_INIT;
    auto_error unknown = ERROR_INIT;

    if (fs_list(dir, &names, &unknown) < 0)
        return false;
    for (size_t i = 0; i < names.len; i++)
        if (has_suffix(names.items[i], ".so") || strstr(names.items[i], ".so."))
            return true;
    return false;
}

/* Where what is linked in RUN_DIR finds the libraries of a search directory when it runs. */
static void add_rpath(const char *value, const char *run_dir, struct strv *args)
{
    struct rustc_search search = rustc_search_of(value);
    const char *path = after_prefix(search.path, BUILD_SCRIPT_ROOT "/");

    if (!path || !holds_shared_library(path))
        return;
    auto_free char *seen = path_relative(run_dir, path);
    strv_pushf(args, "-Wl,-rpath,$ORIGIN/%s", seen);
}

static int add_link_arg(const char *line, size_t target, const char *name, const char *run_dir,
                        struct strv *args)
{
    const char *tab = strchr(line, '\t');

    if (!tab)
        return -1;
    auto_free char *what = xstrndup(line, (size_t)(tab - line));
    bool is_search = strcmp(what, "search") == 0;
    if (is_search)
        add_search(tab + 1, args);
    if (is_search && run_dir)
        add_rpath(tab + 1, run_dir, args);
    if (target_takes(target, name, what))
        strv_push(args, tab + 1);
    return 0;
}

int build_script_link_args(const char *request, const char *run_dir, struct strv *args,
                           struct error *err)
{
    size_t len = strcspn(request, "=");
    auto_free char *name = xstrndup(request, len);
    size_t target = find_target(name);
    auto_buf text = BUF_INIT;

    if (!request[len] || target == LINK_TARGET_COUNT)
        return error_set(err, ERROR_USAGE,
                         "--build-script %s: give TARGET=DIR, where TARGET is bin:NAME, test, "
                         "example, bench, cdylib, lib, dep or cdylib-dep",
                         request);
    auto_free char *file = path_join(request + len + 1, LINK_ARGS);
    if (fs_read_file(file, LINK_ARGS_CAP, &text, err) < 0)
        return -1;
    for (const char *at = text.data; *at;) {
        size_t line_len = strcspn(at, "\n");
        auto_free char *line = xstrndup(at, line_len);
        if (add_link_arg(line, target, name, run_dir, args) < 0)
            return error_set(err, ERROR_REFUSED, "%s: \"%.80s\" is not TARGET<TAB>ARG", file, line);
        at += line_len + (at[line_len] == '\n');
    }
    return 0;
}
