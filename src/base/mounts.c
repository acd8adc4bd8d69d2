/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"

int mounts_make_private(struct error *err)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_set_errno(err, errno, "cannot make the mounts private");
    return 0;
}

/* A new file system, mounted nowhere. */
static int make(const char *type, const struct mount_option *options, unsigned attributes,
                struct error *err)
{
    auto_fd int context = fsopen(type, FSOPEN_CLOEXEC);

    if (context < 0)
        return error_set_errno(err, errno, "cannot make a %s", type);
    for (; options && options->name; options++)
        if (fsconfig(context, FSCONFIG_SET_STRING, options->name, options->value, 0) < 0)
            return error_set_errno(err, errno, "cannot make a %s with %s=%s", type, options->name,
                                   options->value);
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return error_set_errno(err, errno, "cannot make a %s", type);
    int fd = fsmount(context, FSMOUNT_CLOEXEC, attributes);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot mount a %s", type);
    return fd;
}

int mounts_attach(int mount_fd, const char *path, struct error *err)
{
    if (move_mount(mount_fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return error_set_errno(err, errno, "cannot mount at %s of the new root", path);
    return 0;
}

int mounts_attach_new(const char *type, const struct mount_option *options, unsigned attributes,
                      const char *path, struct error *err)
{
    auto_fd int fd = make(type, options, attributes, err);

    return fd < 0 ? -1 : mounts_attach(fd, path, err);
}

int mounts_copy_link(const char *from, const char *to, struct error *err)
{
    char target[PATH_MAX];
    ssize_t len = readlink(from, target, sizeof(target) - 1);

    if (len < 0)
        return 0;
    target[len] = '\0';
    if (symlink(target, to) < 0)
        return error_set_errno(err, errno, "cannot make the link %s in the new root", to);
    return 0;
}

int mounts_pivot(struct error *err)
{
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return error_set_errno(err, errno, "cannot change the root");
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return error_set_errno(err, errno, "cannot take off the old root");
    return 0;
}
