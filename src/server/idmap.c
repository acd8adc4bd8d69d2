/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"

static int write_map(pid_t pid, const char *file, uint32_t id, struct error *err)
{
    auto_free char *path = xasprintf("/proc/%d/%s", (int)pid, file);
    auto_free char *map = xasprintf("0 %u 1", id);
    auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, map, strlen(map)) < 0)
        return error_set_errno(err, errno, "cannot write '%s' to %s", map, path);
    return 0;
}

static int open_namespace(pid_t pid, uint32_t id, int *ret_fd, struct error *err)
{
    auto_free char *path = xasprintf("/proc/%d/ns/user", (int)pid);

    if (write_map(pid, "uid_map", id, err) < 0 || write_map(pid, "gid_map", id, err) < 0)
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    *ret_fd = fd;
    return 0;
}

/* A user namespace is had by a process that is in it; it isn't needed for longer than that. */
static int make_namespace(uint32_t id, int *ret_fd, struct error *err)
{
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid < 0)
        return error_set_errno(err, errno, "cannot make a user namespace");
    if (pid == 0)
        for (;;)
            pause();
    int result = open_namespace(pid, id, ret_fd, err);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return result;
}

static int mount_mapped(const char *dir, int namespace, struct error *err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)namespace};
    auto_fd int fd = open_tree(AT_FDCWD, dir, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

    if (fd < 0)
        return error_set_errno(err, errno, "cannot mount %s", dir);
    if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
        return error_set_errno(err, errno, "the file system of %s cannot map users", dir);
    if (move_mount(fd, "", AT_FDCWD, dir, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return error_set_errno(err, errno, "cannot mount %s", dir);
    return 0;
}

int idmap_directory(const char *dir, uint32_t id, struct error *err)
{
    auto_fd int namespace = -1;

    if (unshare(CLONE_NEWNS) < 0)
        return error_set_errno(err, errno, "cannot make a mount namespace");
    /* What the machine mounts later is seen, and nothing of ours goes out to it. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return error_set_errno(err, errno, "cannot part from the machine's mounts");
    if (make_namespace(id, &namespace, err) < 0)
        return -1;
    return mount_mapped(dir, namespace, err);
}
