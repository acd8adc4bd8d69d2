/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/dependencies.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "rust/crate_file.h"
#include "rust/hollow.h"

/* Whether rustc looks for crates in this search directory. */
static bool holds_crates(const struct rustc_search *search)
{
    return strcmp(search->kind, "dependency") == 0 || strcmp(search->kind, "all") == 0 ||
           strcmp(search->kind, "crate") == 0;
}

/* What is wrapped: the private directories, one for each of the user's that has bare metadata. */
struct wrapper {
    const char *base;
    struct strv from; /* the user's directories */
};

/* The private directory for the user's DIR; made when it isn't there. Owned by caller. */
static int wrap_dir(struct wrapper *wrapper, const char *dir, char **ret_dir, struct error *err)
{
    size_t i = 0;

    while (i < wrapper->from.len && strcmp(wrapper->from.items[i], dir) != 0)
        i++;
    if (i == wrapper->from.len)
        strv_push(&wrapper->from, dir);
    auto_free char *to = xasprintf("%s/%zu", wrapper->base, i);
    if (fs_mkdir_all(to, err) < 0)
        return -1;
    *ret_dir = xstrdup(to);
    return 0;
}

/* Wraps DIR/NAME, a .rmeta file. Sets *ret_path to the hollow rlib. */
static int wrap_file(struct wrapper *wrapper, const char *dir, const char *name, char **ret_path,
                     struct error *err)
{
    auto_free char *to_dir = NULL;
    auto_free char *from = path_join(dir, name);

    if (wrap_dir(wrapper, dir, &to_dir, err) < 0)
        return -1;
    auto_free char *to = xasprintf("%s/%.*s.rlib", to_dir, (int)(strlen(name) - 6), name);
    if (!fs_exists(to) && hollow_write(from, to, err) < 0)
        return -1;
    *ret_path = xstrdup(to);
    return 0;
}

static int wrap_extern(struct wrapper *wrapper, size_t index, struct rustc_rewrite *rewrite,
                       struct error *err)
{
    const char *value = rewrite->command->options[index].value;
    struct rustc_extern dependency = rustc_extern_of(value);
    auto_free char *hollow = NULL;

    if (!dependency.path || !has_suffix(dependency.path, ".rmeta"))
        return 0;
    auto_free char *dir = path_dirname(dependency.path);
    if (wrap_file(wrapper, dir, path_basename(dependency.path), &hollow, err) < 0)
        return -1;
    rustc_rewrite_set(rewrite, index,
                      xasprintf("%.*s%s", (int)(dependency.path - value), value, hollow));
    return 0;
}

/* Whether NAME is a .rmeta without its .rlib beside it. NAMES are those of its directory. */
static bool is_bare(const struct strv *names, const char *name)
{
    if (!has_prefix(name, "lib") || !has_suffix(name, ".rmeta"))
        return false;
    auto_free char *rlib = xasprintf("%.*s.rlib", (int)(strlen(name) - 6), name);
    return !strv_contains(names, rlib);
}

static int wrap_search(struct wrapper *wrapper, const struct rustc_search *search,
                       struct rustc_rewrite *rewrite, struct error *err)
{
    auto_strv names = STRV_INIT;
    bool wrapped = false;

    /* As rustc does: a search directory that isn't there is no error. */
    if (!fs_is_dir(search->path))
        return 0;
    if (fs_list(search->path, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *hollow = NULL;
        if (!is_bare(&names, names.items[i]))
            continue;
        if (wrap_file(wrapper, search->path, names.items[i], &hollow, err) < 0)
            return -1;
        wrapped = true;
    }
    if (!wrapped)
        return 0;
    auto_free char *dir = NULL;
    if (wrap_dir(wrapper, search->path, &dir, err) < 0)
        return -1;
    strv_push(&rewrite->added, "-L");
    strv_pushf(&rewrite->added, "%s=%s", search->kind, dir);
    return 0;
}

int dependencies_wrap(const struct rustc_command *command, const char *base,
                      struct rustc_rewrite *rewrite, struct error *err)
{
    struct wrapper wrapper = {base, STRV_INIT};
    int status = 0;

    for (size_t i = 0; i < command->option_count && status == 0; i++) {
        const struct rustc_option *option = &command->options[i];
        if (option->kind == RUSTC_EXTERN)
            status = wrap_extern(&wrapper, i, rewrite, err);
        if (option->kind != RUSTC_SEARCH)
            continue;
        struct rustc_search search = rustc_search_of(option->value);
        if (holds_crates(&search))
            status = wrap_search(&wrapper, &search, rewrite, err);
    }
    strv_release(&wrapper.from);
    return status;
}

/* What is done with each file that may be a dependency. */
typedef int dependency_fn(void *user, const char *path, struct error *err);

static int each_in_dir(const char *dir, dependency_fn *fn, void *user, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (!fs_is_dir(dir))
        return 0;
    if (fs_list(dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *path = path_join(dir, names.items[i]);
        if (has_suffix(path, ".rlib") && fn(user, path, err) < 0)
            return -1;
    }
    return 0;
}

/* Calls FN for each --extern path, and each rlib in the search directories. */
static int each_dependency(char *const *words, size_t count, dependency_fn *fn, void *user,
                           struct error *err)
{
    auto_rustc_command command = RUSTC_COMMAND_INIT;

    if (rustc_command_parse(words, count, &command, err) < 0)
        return -1;
    for (size_t i = 0; i < command.option_count; i++) {
        const struct rustc_option *option = &command.options[i];
        int status = 0;
        if (option->kind == RUSTC_EXTERN) {
            struct rustc_extern dependency = rustc_extern_of(option->value);
            status =
                dependency.path && fs_exists(dependency.path) ? fn(user, dependency.path, err) : 0;
        } else if (option->kind == RUSTC_SEARCH) {
            struct rustc_search search = rustc_search_of(option->value);
            status = holds_crates(&search) ? each_in_dir(search.path, fn, user, err) : 0;
        }
        if (status < 0)
            return -1;
    }
    return 0;
}

static int refuse_hollow(void *user, const char *path, struct error *err)
{
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error unknown = ERROR_INIT;

    (void)user;
    if (crate_file_open(path, &file, &unknown) < 0)
        return 0; /* rustc says what it thinks of such a file */
    if (file.kind != CRATE_METADATA && file.kind != CRATE_HOLLOW_RLIB)
        return 0;
    return error_set(err, ERROR_REFUSED,
                     "%s is %s: LTO needs the code of every dependency; give their real rlibs, or "
                     "compile without -C lto",
                     path, file.kind == CRATE_METADATA ? "metadata only" : "a hollow rlib");
}

int dependencies_refuse_hollow(const struct rustc_command *command, struct error *err)
{
    return each_dependency(command->words.items, command->words.len, refuse_hollow, NULL, err);
}

static int list_marked(void *user, const char *path, struct error *err)
{
    struct dependency_list *list = user;
    auto_crate_file file = CRATE_FILE_INIT;
    auto_error unknown = ERROR_INIT;

    (void)err;
    if (crate_file_open(path, &file, &unknown) < 0 || !file.has_marker)
        return 0;
    list->items = xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
    list->items[list->count++] =
        (struct dependency){xstrdup(path_basename(path)), file.marker_digest};
    return 0;
}

int dependencies_list(const struct rustc_rewrite *rewrite, struct dependency_list *ret_list,
                      struct error *err)
{
    auto_strv words = STRV_INIT;

    rustc_rewrite_words(rewrite, &words);
    return each_dependency(words.items, words.len, list_marked, ret_list, err);
}

void dependency_list_release(struct dependency_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].file_name);
    free(list->items);
    *list = (struct dependency_list)DEPENDENCY_LIST_INIT;
}
