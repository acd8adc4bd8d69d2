/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/result_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "reapi/directories.h"
#include "reapi/limits.h"
#include "store/blob_message.h"

void result_tree_release(struct result_tree *tree)
{
    for (size_t i = 0; i < tree->file_count; i++)
        free(tree->files[i].path);
    for (size_t i = 0; i < tree->link_count; i++) {
        free(tree->links[i].path);
        free(tree->links[i].target);
    }
    free(tree->files);
    free(tree->links);
    *tree = (struct result_tree)RESULT_TREE_INIT;
}

void result_tree_add_file(struct result_tree *tree, char *path, const struct blob_digest *digest,
                          bool executable)
{
    grow_for_one(tree->files, tree->file_count, tree->file_cap);
    tree->files[tree->file_count++] = (struct client_file){*digest, path, executable};
}

void result_tree_add_link(struct result_tree *tree, char *path, const char *target)
{
    grow_for_one(tree->links, tree->link_count, tree->link_cap);
    tree->links[tree->link_count++] = (struct result_link){path, xstrdup(target)};
}

struct adding {
    struct result_tree *tree;
    const char *path;
};

static int make_directory(const char *path, struct error *err)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    return error_set_errno(err, errno, "cannot create the directory %s", path);
}

static int visit(void *user, const char *path, const Reapi__FileNode *file,
                 const Reapi__SymlinkNode *link, const Reapi__DirectoryNode *directory,
                 struct error *err)
{
    struct adding *adding = user;
    auto_free char *place = path_join(adding->path, path);
    struct blob_digest digest;

    if (directory)
        return make_directory(place, err);
    if (link) {
        result_tree_add_link(adding->tree, place, link->target);
    } else {
        if (blob_from_message(file->digest, &digest, err) < 0)
            return -1;
        result_tree_add_file(adding->tree, place, &digest, file->is_executable);
    }
    place = NULL;
    return 0;
}

static int add_directories(struct result_tree *tree, const struct directories *directories,
                           const char *path, struct error *err)
{
    struct adding adding = {tree, path};

    if (make_directory(path, err) < 0)
        return -1;
    return directories_walk(directories, visit, &adding, err);
}

int result_tree_add(struct result_tree *tree, struct client *client,
                    const struct blob_digest *digest, const char *path, struct error *err)
{
    auto_directories directories = DIRECTORIES_INIT;
    auto_buf bytes = BUF_INIT;
    char name[BLOB_NAME_SIZE];
    int result = client_read_blob(client, digest, LIMIT_TREE, &bytes, err);

    if (result != 0)
        return result;
    if (directories_from_tree(&directories, bytes.data, bytes.len, err) < 0 ||
        add_directories(tree, &directories, path, err) < 0)
        return error_prefix(err, "the tree %s", blob_name(digest, name));
    return 0;
}

int result_tree_add_root(struct result_tree *tree, struct client *client,
                         const struct blob_digest *root, const char *path, struct error *err)
{
    auto_directories directories = DIRECTORIES_INIT;
    int result = directories_fetch(&directories, client, root, err);

    return result == 0 ? add_directories(tree, &directories, path, err) : result;
}

/* Made under another name and renamed: a link can't be made over what is there. */
static int make_link(const struct result_link *link, struct error *err)
{
    auto_free char *dir = path_dirname(link->path);
    auto_temp_dir temp = TEMP_DIR_INIT;

    if (temp_dir_create(dir, &temp, err) < 0)
        return -1;
    auto_free char *made = path_join(temp.path, "link");
    if (symlink(link->target, made) == 0 && rename(made, link->path) == 0)
        return 0;
    return error_set_errno(err, errno, "cannot make the symlink %s", link->path);
}

int result_tree_make_links(const struct result_tree *tree, struct error *err)
{
    for (size_t i = 0; i < tree->link_count; i++)
        if (make_link(&tree->links[i], err) < 0)
            return -1;
    return 0;
}
