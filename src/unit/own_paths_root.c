/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/own_paths_root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/mounts.h"

/* Where the new root is put together: a directory that every machine has and no tree may hold. */
#define BUILD_PLACE "/proc"

/* Directories and links alone lie in it. */
#define BASE_SIZE "16m"
/* What is written beside the tree, where the tree holds the directory of temporary files. */
#define TEMP_SIZE "25%"

#define DEPTH_MAX 128    /* of directories that are joined */
#define MOUNTS_MAX 20000 /* a fifth of what Linux lets a namespace have */

#define CLONE_TREE (OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_NO_AUTOMOUNT)

static char *below(const char *dir, const char *name)
{
    return xasprintf("%s%s%s", dir, *dir ? "/" : "", name);
}

static char *on_machine(const char *path)
{
    return xasprintf("/%s", path);
}

int own_root_list(int dir, struct strv *names)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);

    if (!stream) {
        fd_release(&fd);
        return -1;
    }
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_push(names, entry->d_name);
    closedir(stream);
    return 0;
}

bool own_root_has_directory(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* Whether a directory of the tree is joined with the machine's at PATH. */
static bool is_joined(const struct own_root *root, int dir, const char *path)
{
    auto_free char *machine = on_machine(path);
    auto_strv names = STRV_INIT;
    struct stat st;

    if (strcmp(machine, root->dir) == 0)
        return false;
    if (stat(machine, &st) < 0 || !S_ISDIR(st.st_mode) || own_root_list(dir, &names) < 0)
        return false;
    for (size_t i = 0; i < names.len; i++)
        if (!own_root_has_directory(dir, names.items[i]))
            return false;
    return names.len > 0;
}

/* A small tmpfs, which is the working directory from then on. */
static int make_base(struct own_root *root, struct error *err)
{
    static const struct mount_option options[] = {
        {"size", BASE_SIZE}, {"mode", "0755"}, {NULL, NULL}};

    root->proc = open_tree(AT_FDCWD, BUILD_PLACE, CLONE_TREE);
    if (root->proc < 0)
        return error_set_errno(err, errno, "cannot mount %s", BUILD_PLACE);
    if (mounts_attach_new("tmpfs", options, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, BUILD_PLACE,
                          err) < 0)
        return -1;
    if (chdir(BUILD_PLACE) < 0)
        return error_set_errno(err, errno, "cannot enter the new root");
    return 0;
}

static int make_dir(const char *path, struct error *err)
{
    if (mkdir(path, 0755) < 0)
        return error_set_errno(err, errno, "cannot make %s in the new root", path);
    return 0;
}

/* What a mount is attached to. */
static int make_place(const char *path, bool is_dir, struct error *err)
{
    if (is_dir)
        return make_dir(path, err);
    auto_fd int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return error_set_errno(err, errno, "cannot make %s in the new root", path);
    return 0;
}

static int attach(struct own_root *root, int mount_fd, uint64_t attributes, const char *path,
                  struct error *err)
{
    struct mount_attr attr = {.attr_set = attributes};

    if (++root->mounts > MOUNTS_MAX)
        return error_set(err, ERROR_REFUSED,
                         "%s is to be joined with directories of this machine that have more than "
                         "%d entries; /%s is the last one that went",
                         root->tree, MOUNTS_MAX, path);
    if (mount_setattr(mount_fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
        return error_set_errno(err, errno, "cannot mount /%s", path);
    return mounts_attach(mount_fd, path, err);
}

/* What the machine has at PATH, read-only. What this user can't open isn't there. */
static int mirror(struct own_root *root, const char *path, struct error *err)
{
    auto_free char *machine = on_machine(path);
    struct stat st;

    if (strcmp(machine, BUILD_PLACE) == 0)
        return make_dir(path, err) < 0 ? -1 : mounts_attach(root->proc, path, err);
    if (lstat(machine, &st) < 0)
        return 0;
    if (S_ISLNK(st.st_mode))
        return mounts_copy_link(machine, path, err);
    auto_fd int clone = open_tree(AT_FDCWD, machine, CLONE_TREE | AT_SYMLINK_NOFOLLOW);
    if (clone < 0)
        return 0;
    if (make_place(path, S_ISDIR(st.st_mode), err) < 0)
        return -1;
    return attach(root, clone, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, path, err);
}

/* The machine's entries of PATH that the tree doesn't have. */
static int mirror_rest(struct own_root *root, const struct strv *taken, const char *path,
                       struct error *err)
{
    auto_free char *machine = on_machine(path);
    auto_fd int dir = open(machine, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    auto_strv names = STRV_INIT;

    if (dir < 0 || own_root_list(dir, &names) < 0)
        return 0;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *child = below(path, names.items[i]);
        if (!strv_contains(taken, names.items[i]) && mirror(root, child, err) < 0)
            return -1;
    }
    return 0;
}

/* A directory of the tree that stands alone. */
static int place(struct own_root *root, int dir, const char *path, struct error *err)
{
    auto_fd int clone = open_tree(dir, "", CLONE_TREE | AT_EMPTY_PATH);

    if (clone < 0)
        return error_set_errno(err, errno, "cannot mount %s/%s", root->tree, path);
    if (make_dir(path, err) < 0)
        return -1;
    return attach(root, clone, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, path, err);
}

/* A directory for the entries of both. That of temporary files can be written. */
static int make_joined(const struct own_root *root, const char *path, struct error *err)
{
    static const struct mount_option memory[] = {
        {"size", TEMP_SIZE}, {"mode", "1777"}, {NULL, NULL}};
    auto_free char *machine = on_machine(path);

    if (make_dir(path, err) < 0)
        return -1;
    if (strcmp(machine, root->temp) != 0)
        return 0;
    return mounts_attach_new("tmpfs", memory, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, path, err);
}

static int join(struct own_root *root, int dir, const char *path, int depth, struct error *err);

static int add_entry(struct own_root *root, int parent, const char *name, const char *path,
                     int depth, struct error *err)
{
    auto_fd int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (dir < 0)
        return error_set_errno(err, errno, "cannot open %s/%s", root->tree, path);
    if (!is_joined(root, dir, path))
        return place(root, dir, path, err);
    if (make_joined(root, path, err) < 0)
        return -1;
    return join(root, dir, path, depth + 1, err);
}

/* Fills PATH of the new root, which is there, with the entries of both. */
static int join(struct own_root *root, int dir, const char *path, int depth, struct error *err)
{
    auto_strv names = STRV_INIT;

    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_REFUSED, "%s/%s lies deeper than %d directories", root->tree,
                         path, DEPTH_MAX);
    if (own_root_list(dir, &names) < 0)
        return error_set_errno(err, errno, "cannot read %s/%s", root->tree, path);
    if (mirror_rest(root, &names, path, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        auto_free char *child = below(path, names.items[i]);
        if (add_entry(root, dir, names.items[i], child, depth, err) < 0)
            return -1;
    }
    return 0;
}

/* Temporary files are written where they would be, unless that place is the tree's. */
static int keep_temp(const struct own_root *root, struct error *err)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    auto_fd int dir = (int)syscall(SYS_openat2, AT_FDCWD, root->temp, &how, sizeof(how));
    struct statvfs fs;

    if (dir < 0 || fstatvfs(dir, &fs) < 0 || !(fs.f_flag & ST_RDONLY))
        return 0;
    auto_fd int clone = open_tree(AT_FDCWD, root->temp, CLONE_TREE);
    if (clone < 0 ||
        move_mount(clone, "", dir, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return error_set_errno(err, errno, "cannot mount %s", root->temp);
    return 0;
}

static int make_base_read_only(struct error *err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

    if (mount_setattr(AT_FDCWD, ".", 0, &attr, sizeof(attr)) < 0)
        return error_set_errno(err, errno, "cannot make the new root read-only");
    return 0;
}

int own_root_build(struct own_root *root, struct error *err)
{
    /* Opened here: a descriptor of the old namespace can't be mounted in ours. */
    auto_fd int dir = open(root->tree, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (dir < 0)
        return error_set_errno(err, errno, "cannot open %s", root->tree);
    if (make_base(root, err) < 0 || join(root, dir, "", 0, err) < 0 || keep_temp(root, err) < 0 ||
        make_base_read_only(err) < 0)
        return -1;
    return mounts_pivot(err);
}
