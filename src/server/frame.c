/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/frame.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"

#define HEADER_SIZE sizeof(uint32_t)

union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

static void attach(struct msghdr *header, union control *control, int fd)
{
    memset(control, 0, sizeof(*control));
    header->msg_control = control->bytes;
    header->msg_controllen = sizeof(control->bytes);
    struct cmsghdr *item = CMSG_FIRSTHDR(header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(item), &fd, sizeof(int));
}

/* The descriptor goes with the first byte that is sent. */
static int send_all(int socket, const char *data, size_t len, int fd)
{
    union control control;

    while (len > 0) {
        struct iovec part = {(char *)data, len};
        struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
        if (fd >= 0)
            attach(&header, &control, fd);
        ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        fd = -1;
        data += sent;
        len -= (size_t)sent;
    }
    return 0;
}

int frame_send(int socket, const ProtobufCMessage *message, int fd, struct error *err)
{
    auto_buf frame = BUF_INIT;
    size_t size = protobuf_c_message_get_packed_size(message);
    uint32_t header = (uint32_t)size;

    if (size > FRAME_MAX)
        return error_set(err, ERROR_REFUSED,
                         "the command and its outputs take %zu bytes, which "
                         "are too many",
                         size);
    buf_add(&frame, &header, HEADER_SIZE);
    buf_reserve(&frame, size);
    protobuf_c_message_pack(message, (uint8_t *)frame.data + frame.len);
    buf_set_len(&frame, frame.len + size);
    if (send_all(socket, frame.data, frame.len, fd) < 0)
        return error_set_errno(err, errno, "cannot send to the runner process");
    return 0;
}

static void take_descriptor(struct msghdr *header, int *fd)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        fd_release(fd);
        memcpy(fd, CMSG_DATA(item), sizeof(*fd));
    }
}

/* Returns 1 when the socket ends before all came. */
static int receive_all(int socket, char *data, size_t len, int *fd, struct error *err)
{
    union control control;

    while (len > 0) {
        struct iovec part = {data, len};
        struct msghdr header = {.msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = control.bytes,
                                .msg_controllen = sizeof(control.bytes)};
        ssize_t got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return 1;
        if (got < 0)
            return error_set_errno(err, errno, "cannot receive from the runner process");
        take_descriptor(&header, fd);
        data += got;
        len -= (size_t)got;
    }
    return 0;
}

int frame_receive(int socket, struct buf *message, int *ret_fd, struct error *err)
{
    uint32_t len = 0;
    auto_fd int fd = -1;
    int answer = receive_all(socket, (char *)&len, HEADER_SIZE, &fd, err);

    if (answer != 0)
        return answer;
    if (len > FRAME_MAX)
        return error_set(err, ERROR_FAILURE,
                         "a message between cleaved and its runner process has "
                         "%u bytes",
                         len);
    buf_reset(message);
    buf_reserve(message, len);
    answer = receive_all(socket, message->data, len, &fd, err);
    if (answer != 0)
        return answer;
    buf_set_len(message, len);
    *ret_fd = fd;
    fd = -1;
    return 0;
}
