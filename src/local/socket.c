/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "base/unix_socket.h"

#define BACKLOG 256

/* ---- the runtime directory ---- */

static bool is_own_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

char *runtime_dir(char *const *env)
{
    const char *base = env_get(env, "XDG_RUNTIME_DIR");

    if (base && base[0] == '/' && is_own_dir(base))
        return xasprintf("%s/cleave", base);
    return xasprintf("/tmp/cleave-%u", (unsigned)geteuid());
}

int runtime_dir_check(const char *dir, struct error *err)
{
    struct stat st;

    if (lstat(dir, &st) != 0)
        return errno == ENOENT ? 1 : error_set_errno(err, errno, "cannot look at %s", dir);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERROR_REFUSED,
                         "%s should be a directory for cleaved's sockets and isn't one; remove it",
                         dir);
    if (st.st_uid != geteuid())
        return error_set(err, ERROR_REFUSED,
                         "%s belongs to user %u; set XDG_RUNTIME_DIR to a directory of your own",
                         dir, (unsigned)st.st_uid);
    if (st.st_mode & 077)
        return error_set(err, ERROR_REFUSED, "%s is open to other users; chmod 700 %s", dir, dir);
    return 0;
}

int runtime_dir_make(const char *dir, struct error *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot make %s", dir);
    int answer = runtime_dir_check(dir, err);
    return answer == 1 ? error_set(err, ERROR_FAILURE, "%s vanished", dir) : answer;
}

/* ---- sockets ---- */

/* The socket's mode is the file's: set before it has a name, so that it never is another one. */
static int bind_and_listen(int fd, const char *path, const struct sockaddr_un *address,
                           struct error *err)
{
    if (fchmod(fd, 0600) != 0 ||
        bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
        listen(fd, BACKLOG) != 0)
        return error_set_errno(err, errno, "cannot listen on %s", path);
    return 0;
}

int socket_listen(const char *path, int *ret_fd, struct error *err)
{
    struct sockaddr_un address;
    auto_free char *dir = path_dirname(path);
    auto_fd int fd = -1, dir_fd = -1;

    if (unix_socket_address(path, &address, err) < 0)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot make a socket");
    /* Of two that start at once, the second waits, and then finds that the first listens. */
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0 || flock(dir_fd, LOCK_EX) != 0)
        return error_set_errno(err, errno, "cannot open and lock the directory %s", dir);
    if (unix_socket_clear(path, err) < 0 || bind_and_listen(fd, path, &address, err) < 0)
        return -1;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int socket_check_peer(int fd, pid_t *ret_pid, struct error *err)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return error_set_errno(err, errno, "cannot tell whose process is at the other end");
    if (peer.uid != geteuid() && peer.uid != 0)
        return error_set(err, ERROR_REFUSED, "the process at the other end is user %u's",
                         (unsigned)peer.uid);
    *ret_pid = peer.pid;
    return 0;
}
