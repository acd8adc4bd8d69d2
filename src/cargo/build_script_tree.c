/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cargo/build_script_tree.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"

#define DEPTH_CAP 100
/* How many files a message names. */
#define NAMED_CAP 5

struct walk {
    const struct build_script_tree *tree;
    struct strv leaking; /* relative to OUT_DIR */
};

static bool continues_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_-.+", c));
}

const char *build_script_find_root(const char *text, size_t len, const char *root)
{
    size_t root_len = strlen(root);

    for (const char *end = text + len;;) {
        const char *found = memmem(text, (size_t)(end - text), root, root_len);
        if (!found)
            return NULL;
        text = found + root_len;
        if (text == end || !continues_name(*text))
            return found;
    }
}

static bool is_discarded(const struct walk *walk, const char *name)
{
    for (size_t i = 0; i < walk->tree->discards->len; i++)
        if (fnmatch(walk->tree->discards->items[i], name, 0) == 0)
            return true;
    return false;
}

static int check_file(struct walk *walk, const char *path, const char *name, struct error *err)
{
    auto_mapping mapping = MAPPING_INIT;

    if (mapping_open(path, &mapping, err) < 0)
        return -1;
    if (build_script_find_root((const char *)mapping.data, mapping.len, walk->tree->root))
        strv_push(&walk->leaking, name);
    return 0;
}

/* How many directories lie between OUT_DIR and NAME, which is relative to it. */
static size_t depth_of(const char *name)
{
    size_t depth = 0;

    for (; *name; name++)
        depth += *name == '/';
    return depth;
}

/* Whether a link DEPTH directories below OUT_DIR may point to the relative TARGET. */
static bool stays_inside(const char *target, size_t depth)
{
    for (const char *at = target; *at;) {
        size_t len = strcspn(at, "/");
        bool is_up = len == 2 && at[0] == '.' && at[1] == '.';
        if (is_up && depth == 0)
            return false;
        if (is_up)
            depth--;
        else if (len > 0 && !(len == 1 && at[0] == '.'))
            depth++;
        at += len;
        at += strspn(at, "/");
    }
    return true;
}

static int read_link(const char *path, char **ret_target, struct error *err)
{
    char target[4096];
    ssize_t len = readlink(path, target, sizeof(target));

    if (len < 0 || len == sizeof(target))
        return error_set_errno(err, len < 0 ? errno : ENAMETOOLONG, "cannot read the link %s",
                               path);
    *ret_target = xstrndup(target, (size_t)len);
    return 0;
}

static int replace_link(const char *path, const char *target, struct error *err)
{
    if (unlink(path) < 0 || symlink(target, path) < 0)
        return error_set_errno(err, errno, "cannot make the link %s relative", path);
    return 0;
}

static int check_link(const struct walk *walk, const char *path, const char *name,
                      struct error *err)
{
    auto_free char *target = NULL;
    auto_buf relative = BUF_INIT;
    size_t depth = depth_of(name);

    if (read_link(path, &target, err) < 0)
        return -1;
    const char *below = path_below(target, walk->tree->out_dir);
    if (below ? !stays_inside(below, 0) : target[0] == '/' || !stays_inside(target, depth))
        return error_set(
            err, ERROR_REFUSED,
            "the build script of %s left %s in OUT_DIR, a link to %s, which is outside "
            "and may not be there later; discard it by --discard '%s', or have the "
            "script copy the file",
            walk->tree->label, name, target, path_basename(name));
    if (!below)
        return 0;
    for (size_t i = 0; i < depth; i++)
        buf_add_str(&relative, i + 1 < depth || *below ? "../" : "..");
    buf_add_str(&relative, depth == 0 && !*below ? "." : below);
    return replace_link(path, relative.data, err);
}

static int check_dir(struct walk *walk, const char *path, const char *name, int depth,
                     struct error *err);

static int check_entry(struct walk *walk, const char *path, const char *name, int depth,
                       struct error *err)
{
    struct stat st;

    if (is_discarded(walk, path_basename(name)))
        return fs_remove_all(path, err);
    if (lstat(path, &st) < 0)
        return error_set_errno(err, errno, "cannot look at %s", path);
    if (S_ISDIR(st.st_mode))
        return check_dir(walk, path, name, depth + 1, err);
    if (!walk->tree->root)
        return 0;
    if (S_ISLNK(st.st_mode))
        return check_link(walk, path, name, err);
    return S_ISREG(st.st_mode) ? check_file(walk, path, name, err) : 0;
}

static int check_dir(struct walk *walk, const char *path, const char *name, int depth,
                     struct error *err)
{
    auto_strv names = STRV_INIT;

    if (depth > DEPTH_CAP)
        return error_set(err, ERROR_REFUSED, "%s lies more than %d directories deep", path,
                         DEPTH_CAP);
    if (fs_list(path, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *entry = path_join(path, names.items[i]);
        auto_free char *entry_name = path_join(name, names.items[i]);
        if (check_entry(walk, entry, entry_name, depth, err) < 0)
            return -1;
    }
    return 0;
}

static int refuse_leaks(const struct walk *walk, struct error *err)
{
    auto_buf names = BUF_INIT;
    size_t count = walk->leaking.len;

    for (size_t i = 0; i < count && i < NAMED_CAP; i++)
        buf_addf(&names, "%s%s", i ? ", " : "", walk->leaking.items[i]);
    if (count > NAMED_CAP)
        buf_addf(&names, " and %zu more", count - NAMED_CAP);
    return error_set(err, ERROR_REFUSED,
                     "the build script of %s wrote the path of the working directory %s into files "
                     "in OUT_DIR, which differ from place to place by that: %s; discard what "
                     "nobody needs by --discard GLOB",
                     walk->tree->label, walk->tree->root, names.data);
}

int build_script_tree_finish(const struct build_script_tree *tree, struct error *err)
{
    struct walk walk = {tree, STRV_INIT};
    int status = check_dir(&walk, tree->out_dir, "", 0, err);

    if (status == 0 && walk.leaking.len > 0)
        status = refuse_leaks(&walk, err);
    strv_release(&walk.leaking);
    return status;
}
