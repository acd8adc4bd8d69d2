/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

int unix_socket_address(const char *path, struct sockaddr_un *ret_address, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);

    if (len == 0)
        return error_set(err, ERROR_USAGE, "the path of the socket is empty");
    if (len >= sizeof(address.sun_path))
        return error_set(err, ERROR_REFUSED,
                         "the socket's path %s is longer than %zu bytes; choose a shorter one",
                         path, sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, len);
    *ret_address = address;
    return 0;
}

/* FLAGS are the socket's. Returns 1 when nobody listens; a full queue is somebody's. */
static int connect_with(const char *path, int flags, int *ret_fd, struct error *err)
{
    struct sockaddr_un address;

    if (unix_socket_address(path, &address, err) < 0)
        return -1;
    auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot make a socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EAGAIN) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            return 1;
        return error_set_errno(err, errno, "cannot connect to %s", path);
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int unix_socket_connect(const char *path, int *ret_fd, struct error *err)
{
    return connect_with(path, 0, ret_fd, err);
}

int unix_socket_clear(const char *path, struct error *err)
{
    struct stat st;
    auto_fd int fd = -1;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : error_set_errno(err, errno, "cannot look at %s", path);
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, ERROR_REFUSED, "%s is in the way and is no socket; remove it", path);
    int answer = connect_with(path, SOCK_NONBLOCK, &fd, err);
    if (answer < 0)
        return -1;
    if (answer == 0)
        return error_set(err, ERROR_FAILURE,
                         "another process listens on %s; end it (cleaved stop), or choose another "
                         "path",
                         path);
    if (unlink(path) != 0 && errno != ENOENT)
        return error_set_errno(err, errno, "cannot remove %s", path);
    return 0;
}
