/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox_view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/mounts.h"
#include "server/sandbox.h"

/* Where the new root is put together: a directory that every machine has. */
#define BUILD_PLACE "/tmp"

/* A mount's data is one page. */
#define MOUNT_DATA_MAX 4095

/* What may lie in memory: each of the action's private directories, and the new root itself. */
#define PRIVATE_SIZE "25%"
#define PRIVATE_INODES "1m"
#define BASE_SIZE "1m"

/* ---- the places ---- */

static int open_place(const char *path, int *ret_fd, struct error *err)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    *ret_fd = fd;
    return 0;
}

/* Opens COUNT places into a new list, *COUNTED of which are open whatever happens. */
static int open_list(char *const *paths, size_t count, int **list, size_t *counted,
                     struct error *err)
{
    *list = xcalloc(count + 1, sizeof(**list));
    for (; *counted < count; ++*counted)
        if (open_place(paths[*counted], &(*list)[*counted], err) < 0)
            return -1;
    return 0;
}

int view_places_open(const Runner__Request *request, struct view_places *ret_places,
                     struct error *err)
{
    struct view_places places = VIEW_PLACES_INIT;

    places.request = request;
    if (open_place(request->run_dir, &places.run_dir, err) < 0 ||
        open_list(request->layers, request->n_layers, &places.layers, &places.layer_count, err) <
            0 ||
        open_list(request->bound, request->n_bound, &places.bound, &places.bound_count, err) < 0) {
        view_places_release(&places);
        return -1;
    }
    *ret_places = places;
    return 0;
}

static void close_list(int *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fd_release(&list[i]);
    free(list);
}

void view_places_release(struct view_places *places)
{
    close_list(places->layers, places->layer_count);
    close_list(places->bound, places->bound_count);
    fd_release(&places->run_dir);
    *places = (struct view_places)VIEW_PLACES_INIT;
}

/* ---- the new root ---- */

static int make_dir(const char *path, struct error *err)
{
    if (mkdir(path, 0755) < 0)
        return error_set_errno(err, errno, "cannot make %s in the sandbox", path);
    return 0;
}

/* Our own directories of the new root; each is empty but for what is made in it below. */
static const char *const base_dirs[] = {
    "dev", "dev/pts", "dev/shm", "home", "proc", "root", "run", "tmp", SANDBOX_ROOT_NAME,
};

/* Links of the machine's /run that its programs cannot do without (NixOS). */
static const char *const kept_links[] = {"run/current-system", "run/booted-system"};

static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};

static const struct {
    const char *target, *path;
} device_links[] = {
    {"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
    {"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
    {"pts/ptmx", "dev/ptmx"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A small tmpfs, which is the working directory from then on. */
static int make_base(struct error *err)
{
    static const struct mount_option options[] = {
        {"size", BASE_SIZE}, {"mode", "0755"}, {NULL, NULL}};

    if (mounts_make_private(err) < 0)
        return -1;
    if (mounts_attach_new("tmpfs", options, MOUNT_ATTR_NODEV, BUILD_PLACE, err) < 0)
        return -1;
    if (chdir(BUILD_PLACE) < 0)
        return error_set_errno(err, errno, "cannot enter the sandbox");
    for (size_t i = 0; i < COUNT(base_dirs); i++)
        if (make_dir(base_dirs[i], err) < 0)
            return -1;
    return 0;
}

/*
 * Mounts a directory of the machine, with all that is mounted below it. One that this user can't
 * mount isn't there for the action.
 */
static int mirror_dir(const char *path, const char *name, struct error *err)
{
    auto_fd int fd = open_tree(AT_FDCWD, path,
                               OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
                                   AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);

    if (fd < 0)
        return 0;
    if (make_dir(name, err) < 0)
        return -1;
    return mounts_attach(fd, name, err);
}

static int mirror_entry(const char *name, struct error *err)
{
    auto_free char *path = xasprintf("/%s", name);
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || lstat(name, &st) == 0 ||
        lstat(path, &st) < 0)
        return 0;
    if (S_ISLNK(st.st_mode))
        return mounts_copy_link(path, name, err);
    return S_ISDIR(st.st_mode) ? mirror_dir(path, name, err) : 0;
}

/* All of the machine's root that isn't ours. */
static int mirror_machine(struct error *err)
{
    DIR *root = opendir("/");
    int result = 0;

    if (!root)
        return error_set_errno(err, errno, "cannot read /");
    for (struct dirent *entry = readdir(root); entry && result == 0; entry = readdir(root))
        result = mirror_entry(entry->d_name, err);
    closedir(root);
    for (size_t i = 0; i < COUNT(kept_links) && result == 0; i++) {
        auto_free char *path = xasprintf("/%s", kept_links[i]);
        result = mounts_copy_link(path, kept_links[i], err);
    }
    return result;
}

/* Mounts an empty directory over PATH, or over a file the null device, if PATH is there. */
static int hide(const char *path, struct error *err)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    struct stat st;
    auto_fd int place = (int)syscall(SYS_openat2, AT_FDCWD, path + 1, &how, sizeof(how));

    if (place < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return 0;
    if (place < 0 || fstat(place, &st) < 0)
        return error_set_errno(err, errno, "cannot hide %s", path);
    auto_fd int empty = open_tree(AT_FDCWD, S_ISDIR(st.st_mode) ? "home" : "dev/null",
                                  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (empty < 0 ||
        move_mount(empty, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return error_set_errno(err, errno, "cannot hide %s", path);
    return 0;
}

/* A directory that may be there, and those above it. Those of the machine have no links in them. */
static int make_dirs(const char *path, struct error *err)
{
    auto_free char *part = xstrdup(path);

    for (char *slash = strchr(part, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS)
            return error_set_errno(err, errno, "cannot make %s in the sandbox", part);
        if (!slash)
            return 0;
        *slash = '/';
    }
}

/*
 * Where what the request shows of the machine is mounted: once before the new root is read-only,
 * and once more for what lies below the action's private directories.
 */
static int make_bound_places(const struct view_places *places, struct error *err)
{
    for (size_t i = 0; i < places->bound_count; i++)
        if (make_dirs(places->request->bound[i] + 1, err) < 0)
            return -1;
    return 0;
}

static int add_bound(const struct view_places *places, struct error *err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};

    if (make_bound_places(places, err) < 0)
        return -1;
    for (size_t i = 0; i < places->bound_count; i++) {
        const char *path = places->request->bound[i];
        auto_fd int clone =
            open_tree(places->bound[i], "",
                      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
        if (clone < 0 ||
            mount_setattr(clone, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
            return error_set_errno(err, errno, "cannot mount %s", path);
        if (mounts_attach(clone, path + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int add_devices(struct error *err)
{
    for (size_t i = 0; i < COUNT(devices); i++) {
        auto_free char *path = xasprintf("/dev/%s", devices[i]);
        auto_fd int device = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (device < 0)
            return error_set_errno(err, errno, "cannot mount %s", path);
        auto_fd int place = open(path + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (place < 0)
            return error_set_errno(err, errno, "cannot make %s in the sandbox", path);
        if (mounts_attach(device, path + 1, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < COUNT(device_links); i++)
        if (symlink(device_links[i].target, device_links[i].path) < 0)
            return error_set_errno(err, errno, "cannot make %s in the sandbox",
                                   device_links[i].path);
    return 0;
}

static int make_read_only(struct error *err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};

    if (mount_setattr(AT_FDCWD, ".", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
        return error_set_errno(err, errno, "cannot make the machine's files read-only");
    return 0;
}

/* ---- what is the action's own ---- */

static int add_private(struct error *err)
{
    static const struct mount_option terminals[] = {
        {"ptmxmode", "0666"}, {"mode", "0620"}, {NULL, NULL}};
    static const struct mount_option memory[] = {
        {"size", PRIVATE_SIZE}, {"nr_inodes", PRIVATE_INODES}, {"mode", "1777"}, {NULL, NULL}};
    static const struct {
        const char *type;
        const struct mount_option *options;
        unsigned attributes;
        const char *path;
    } mounts[] = {
        {"tmpfs", memory, MOUNT_ATTR_NODEV, "tmp"},
        {"tmpfs", memory, MOUNT_ATTR_NODEV, "var/tmp"},
        {"tmpfs", memory, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, "dev/shm"},
        {"devpts", terminals, MOUNT_ATTR_NOEXEC, "dev/pts"},
        {"proc", NULL, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, "proc"},
    };

    for (size_t i = 0; i < COUNT(mounts); i++) {
        struct stat st;
        if (lstat(mounts[i].path, &st) < 0 || !S_ISDIR(st.st_mode))
            continue;
        if (mounts_attach_new(mounts[i].type, mounts[i].options,
                              mounts[i].attributes | MOUNT_ATTR_NOSUID, mounts[i].path, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * The layers, read-only, below what the action writes. By descriptors, for the data's length and
 * for places that only the descriptors lead to. "volatile": nobody waits for the disk at the end.
 */
static int mount_layers(const struct view_places *places, struct error *err)
{
    auto_buf data = BUF_INIT;

    buf_addf(&data,
             "userxattr,volatile,upperdir=/proc/self/fd/%d/upper,workdir=/proc/self/fd/%d/"
             "work,lowerdir=",
             places->run_dir, places->run_dir);
    for (size_t i = 0; i < places->layer_count; i++)
        buf_addf(&data, "%s/proc/self/fd/%d", i ? ":" : "", places->layers[i]);
    if (data.len > MOUNT_DATA_MAX)
        return error_set(err, ERROR_FAILURE, "the input root has %zu layers, which are too many",
                         places->layer_count);
    if (mount("overlay", SANDBOX_ROOT_NAME, "overlay", MS_NOSUID | MS_NODEV, data.data) < 0)
        return error_set_errno(err, errno, "cannot mount the input root as an overlay");
    return 0;
}

static int mount_copy(const struct view_places *places, struct error *err)
{
    auto_fd int fd = open_tree(places->run_dir, "root", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};

    if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
        return error_set_errno(err, errno, "cannot mount the input root");
    return mounts_attach(fd, SANDBOX_ROOT_NAME, err);
}

int view_enter(const Runner__Config *config, const struct view_places *places, struct error *err)
{
    if (make_base(err) < 0 || mirror_machine(err) < 0 || add_devices(err) < 0)
        return -1;
    for (size_t i = 0; i < config->n_hidden; i++)
        if (hide(config->hidden[i], err) < 0)
            return -1;
    if (make_bound_places(places, err) < 0 || make_read_only(err) < 0 || add_private(err) < 0 ||
        add_bound(places, err) < 0)
        return -1;
    if ((places->layer_count > 0 ? mount_layers : mount_copy)(places, err) < 0)
        return -1;
    return mounts_pivot(err);
}
