/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/fs.h"
#include "base/memory.h"

/* Of 1000: more than what a user starts, less than what is to die first. */
#define OOM_SCORE "500"

#define OPEN_FILES 65536 /* programs that close all that might be open take long for more */
#define PROCESSES 8192   /* and threads */

/* ---- ids ---- */

static int write_text(const char *path, const char *text, struct error *err)
{
    auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return error_set_errno(err, errno, "cannot write '%s' to %s", text, path);
    return 0;
}

static int write_map(pid_t pid, const char *file, unsigned outer, struct error *err)
{
    auto_free char *path = xasprintf("/proc/%d/%s", (int)pid, file);
    auto_free char *map = xasprintf("%d %u 1", SANDBOX_ID, outer);

    return write_text(path, map, err);
}

/*
 * Who isn't root has to give up setgroups first (user_namespaces(7)). For the action it makes no
 * difference: it has no capability that setgroups asks for.
 */
int rights_map_ids(pid_t pid, uid_t outer_user, gid_t outer_group, struct error *err)
{
    auto_free char *setgroups_path = xasprintf("/proc/%d/setgroups", (int)pid);

    if (geteuid() != 0 && write_text(setgroups_path, "deny", err) < 0)
        return -1;
    if (write_map(pid, "uid_map", outer_user, err) < 0)
        return -1;
    return write_map(pid, "gid_map", outer_group, err);
}

int rights_take_id(struct error *err)
{
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return error_set_errno(err, errno, "cannot leave the groups");
    if (setresgid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID) < 0 ||
        setresuid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID) < 0)
        return error_set_errno(err, errno, "cannot become the user of the sandbox");
    return 0;
}

/* ---- network ---- */

int rights_own_network(struct error *err)
{
    auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo"};

    if (sethostname("localhost", strlen("localhost")) < 0)
        return error_set_errno(err, errno, "cannot set the sandbox's host name");
    request.ifr_flags = IFF_UP;
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        return error_set_errno(err, errno, "cannot bring up the sandbox's loopback");
    return 0;
}

/* ---- limits ---- */

int rights_limit(struct error *err)
{
    static const struct {
        int resource;
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_NOFILE, OPEN_FILES},
        {RLIMIT_NPROC, PROCESSES},
    };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)limits[i].resource, &limit) < 0)
            return error_set_errno(err, errno, "cannot read a resource limit");
        if (limit.rlim_max > limits[i].most)
            limit.rlim_max = limits[i].most;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) < 0)
            return error_set_errno(err, errno, "cannot set a resource limit");
    }
    return write_text("/proc/self/oom_score_adj", OOM_SCORE, err);
}

/* ---- rights ---- */

int rights_drop(struct error *err)
{
    if (capabilities_drop() < 0)
        return error_set_errno(err, errno, "cannot drop capabilities");
    /* A kernel without keys has none to share. */
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 && errno != ENOSYS)
        return error_set_errno(err, errno, "cannot leave the session's keys");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_set_errno(err, errno, "cannot close the sandbox's init to others");
    return 0;
}
