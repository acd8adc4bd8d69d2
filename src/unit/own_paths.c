/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/own_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strv.h"
#include "unit/own_paths_root.h"

static int check_top(const char *tree, struct error *err)
{
    static const char *const machines_own[] = {"dev", "proc", "sys"};
    auto_fd int dir = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
    auto_strv names = STRV_INIT;

    if (dir < 0 || own_root_list(dir, &names) < 0)
        return error_set_errno(err, errno, "cannot read %s", tree);
    for (size_t i = 0; i < names.len; i++) {
        if (!own_root_has_directory(dir, names.items[i]))
            return error_set(err, ERROR_REFUSED,
                             "%s/%s is no directory: %s is to hold a tree of absolute paths, "
                             "%s/home/… for /home/…",
                             tree, names.items[i], tree, tree);
        for (size_t j = 0; j < sizeof(machines_own) / sizeof(machines_own[0]); j++)
            if (strcmp(names.items[i], machines_own[j]) == 0)
                return error_set(err, ERROR_REFUSED,
                                 "%s/%s would take the place of /%s, which is the machine's own",
                                 tree, names.items[i], names.items[i]);
    }
    if (names.len == 0)
        return error_set(err, ERROR_REFUSED,
                         "%s is empty: it is to hold a tree of absolute paths, %s/home/… for "
                         "/home/…",
                         tree, tree);
    return 0;
}

/* ---- namespaces ---- */

static int write_map(const char *file, const char *text)
{
    auto_fd int fd = open(file, O_WRONLY | O_CLOEXEC);

    return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

/* The ids stay what they are: files that are written belong to whom they would. */
static int map_ids(uid_t user, gid_t group)
{
    auto_free char *users = xasprintf("%u %u 1", user, user);
    auto_free char *groups = xasprintf("%u %u 1", group, group);

    if (write_map("/proc/self/setgroups", "deny") < 0 || write_map("/proc/self/uid_map", users) < 0)
        return -1;
    return write_map("/proc/self/gid_map", groups);
}

static int enter_namespaces(struct error *err)
{
    uid_t user = geteuid();
    gid_t group = getegid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || map_ids(user, group) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error_set_errno(
            err, errno,
            "--at needs a user and mount namespace, and this machine gives none. Allow them "
            "(user.max_user_namespaces above 0; where the system has them, "
            "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), "
            "or compile with --remap-cwd in place of --at");
    return 0;
}

/* ---- the whole ---- */

static char *temp_of_machine(void)
{
    const char *temp = getenv("TMPDIR");

    return fs_canonical(temp && *temp == '/' ? temp : "/tmp");
}

/* rustc runs it again, by its path, as its linker. */
static int check_own_program(const char *program, const struct stat *own, const char *tree,
                             struct error *err)
{
    struct stat st;

    if (stat(program, &st) == 0 && st.st_dev == own->st_dev && st.st_ino == own->st_ino)
        return 0;
    return error_set(err, ERROR_REFUSED,
                     "%s, which runs, is hidden by what %s has in its place; put it elsewhere",
                     program, tree);
}

static int enter(struct own_root *root, struct error *err)
{
    auto_free char *program = NULL;
    struct stat own;

    if (process_own_program(&program, err) < 0)
        return -1;
    if (stat(program, &own) < 0)
        return error_set_errno(err, errno, "cannot find cleave's own program %s", program);
    if (enter_namespaces(err) < 0 || own_root_build(root, err) < 0)
        return -1;
    return check_own_program(program, &own, root->tree, err);
}

int own_paths_enter(const char *tree, const char *dir, struct error *err)
{
    auto_free char *clean = path_clean(dir);
    auto_free char *temp = temp_of_machine();
    struct own_root root = {.tree = tree, .dir = clean, .temp = temp, .proc = -1};

    if (check_top(tree, err) < 0)
        return -1;
    int status = enter(&root, err);
    fd_release(&root.proc);
    if (status < 0)
        return -1;
    if (chdir(dir) < 0)
        return error_set_errno(err, errno, "cannot enter %s, of %s", dir, tree);
    if (capabilities_drop() < 0)
        return error_set_errno(err, errno, "cannot drop capabilities");
    return 0;
}
