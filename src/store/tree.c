/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree.h"

#include <stdbool.h>
#include <string.h>

#include "store/blob_message.h"
#include "store/wire.h"

/* So much of a wrong name is shown. */
#define SHOWN 80

static int check_name(const char *name, struct error *err)
{
    if (name[0] == '\0')
        return error_set(err, ERROR_REFUSED, "a name is empty");
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, ERROR_REFUSED, "'%s' can't be a name", name);
    if (strchr(name, '/'))
        return error_set(err, ERROR_REFUSED, "the name '%.*s' has a slash in it", SHOWN, name);
    if (strlen(name) > LIMIT_NAME)
        return error_set(err, ERROR_REFUSED, "the name '%.*s…' has more than %d bytes", SHOWN, name,
                         LIMIT_NAME);
    return 0;
}

/* Whether NAME may follow PREVIOUS, NULL for none, in its list. */
static int check_order(const char *previous, const char *name, struct error *err)
{
    int order = previous ? strcmp(previous, name) : -1;

    if (order == 0)
        return error_set(err, ERROR_REFUSED, "the name '%s' occurs twice", name);
    if (order > 0)
        return error_set(err, ERROR_REFUSED, "the names aren't sorted: '%s' comes before '%s'",
                         previous, name);
    return 0;
}

static int check_digest(const char *name, const Reapi__Digest *message, struct error *err)
{
    struct blob_digest digest;

    return blob_from_message(message, &digest, err) < 0 ? error_prefix(err, "'%s'", name) : 0;
}

static int check_file(const void *node, struct error *err)
{
    const Reapi__FileNode *file = node;

    return check_digest(file->name, file->digest, err);
}

static int check_directory(const void *node, struct error *err)
{
    const Reapi__DirectoryNode *directory = node;

    return check_digest(directory->name, directory->digest, err);
}

static int check_symlink(const void *node, struct error *err)
{
    const Reapi__SymlinkNode *symlink = node;

    if (symlink->target[0] == '\0')
        return error_set(err, ERROR_REFUSED, "the symlink '%s' has no target", symlink->name);
    if (strlen(symlink->target) > LIMIT_SYMLINK_TARGET)
        return error_set(err, ERROR_REFUSED, "the target of symlink '%s' has more than %d bytes",
                         symlink->name, LIMIT_SYMLINK_TARGET);
    return 0;
}

static const char *file_name(const void *node)
{
    return ((const Reapi__FileNode *)node)->name;
}

static const char *directory_name(const void *node)
{
    return ((const Reapi__DirectoryNode *)node)->name;
}

static const char *symlink_name(const void *node)
{
    return ((const Reapi__SymlinkNode *)node)->name;
}

/* One of a Directory's three lists of nodes. */
struct list {
    const char *(*name_of)(const void *node);
    int (*check)(const void *node, struct error *err);
    void *const *nodes;
    size_t count;
};

#define LISTS 3

static int check_list(const struct list *list, struct error *err)
{
    const char *previous = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->name_of(list->nodes[i]);
        if (check_name(name, err) < 0 || check_order(previous, name, err) < 0 ||
            list->check(list->nodes[i], err) < 0)
            return -1;
        previous = name;
    }
    return 0;
}

/* Both lists are sorted. */
static int check_disjoint(const struct list *a, const struct list *b, struct error *err)
{
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        const char *name = a->name_of(a->nodes[i]);
        int order = strcmp(name, b->name_of(b->nodes[j]));
        if (order == 0)
            return error_set(err, ERROR_REFUSED, "the name '%s' occurs twice", name);
        if (order < 0)
            i++;
        else
            j++;
    }
    return 0;
}

static int check_lists(const Reapi__Directory *directory, struct error *err)
{
    const struct list lists[LISTS] = {
        {file_name, check_file, (void *const *)directory->files, directory->n_files},
        {directory_name, check_directory, (void *const *)directory->directories,
         directory->n_directories},
        {symlink_name, check_symlink, (void *const *)directory->symlinks, directory->n_symlinks},
    };

    for (size_t i = 0; i < LISTS; i++)
        if (check_list(&lists[i], err) < 0)
            return -1;
    for (size_t i = 0; i < LISTS; i++)
        if (check_disjoint(&lists[i], &lists[(i + 1) % LISTS], err) < 0)
            return -1;
    return 0;
}

int directory_parse(const void *data, size_t len, Reapi__Directory **ret_directory,
                    struct error *err)
{
    auto_directory *directory = NULL;

    if (len > LIMIT_DIRECTORY)
        return error_set(err, ERROR_REFUSED, "the directory has %zu bytes, more than %u", len,
                         LIMIT_DIRECTORY);
    if (wire_check(&reapi__directory__descriptor, data, len, LIMIT_DIRECTORY_FIELDS, err) < 0)
        return -1;
    directory = reapi__directory__unpack(NULL, len, data);
    if (!directory)
        return error_set(err, ERROR_REFUSED, "the directory is not a Directory message");
    if (check_lists(directory, err) < 0)
        return -1;
    *ret_directory = directory;
    directory = NULL;
    return 0;
}

static int check_tree(const Reapi__Tree *tree, struct error *err)
{
    if (!tree->root)
        return error_set(err, ERROR_REFUSED, "the tree has no root");
    if (check_lists(tree->root, err) < 0)
        return error_prefix(err, "the tree's root");
    for (size_t i = 0; i < tree->n_children; i++)
        if (check_lists(tree->children[i], err) < 0)
            return error_prefix(err, "the tree's child %zu", i);
    return 0;
}

int tree_parse(const void *data, size_t len, Reapi__Tree **ret_tree, struct error *err)
{
    auto_tree *tree = NULL;

    if (len > LIMIT_TREE)
        return error_set(err, ERROR_REFUSED, "the tree has %zu bytes, more than %u", len,
                         LIMIT_TREE);
    if (wire_check(&reapi__tree__descriptor, data, len, LIMIT_TREE_FIELDS, err) < 0)
        return -1;
    tree = reapi__tree__unpack(NULL, len, data);
    if (!tree)
        return error_set(err, ERROR_REFUSED, "the tree is not a Tree message");
    if (check_tree(tree, err) < 0)
        return -1;
    *ret_tree = tree;
    tree = NULL;
    return 0;
}

void directory_release(Reapi__Directory **directory)
{
    if (*directory)
        reapi__directory__free_unpacked(*directory, NULL);
    *directory = NULL;
}

void tree_release(Reapi__Tree **tree)
{
    if (*tree)
        reapi__tree__free_unpacked(*tree, NULL);
    *tree = NULL;
}
