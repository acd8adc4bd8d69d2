/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fs.h"

#define HEADER_SIZE 4

/* What goes beside the bytes: one descriptor. */
union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

static int fail(struct error *err, const char *what)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return error_set(err, ERROR_FAILURE, "%s: the other end takes too long", what);
    return error_set_errno(err, errno, "%s", what);
}

/* Takes LEN bytes off the front of the parts. */
static void advance(struct msghdr *message, size_t len)
{
    while (message->msg_iovlen > 0 && len >= message->msg_iov->iov_len) {
        len -= message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    if (message->msg_iovlen > 0) {
        message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + len;
        message->msg_iov->iov_len -= len;
    }
}

static void attach(struct msghdr *message, union control *control, int passed)
{
    memset(control, 0, sizeof(*control));
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof(control->bytes);
    struct cmsghdr *item = CMSG_FIRSTHDR(message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(item), &passed, sizeof(int));
}

/* The descriptor goes with what is sent first. */
int local_send_fd(int fd, const void *data, size_t len, int passed, struct error *err)
{
    assert(len <= UINT32_MAX);
    uint8_t header[HEADER_SIZE] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                                   (uint8_t)(len >> 24)};
    struct iovec parts[] = {{header, sizeof(header)}, {(void *)data, len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    union control control;

    if (passed >= 0)
        attach(&message, &control, passed);
    while (message.msg_iovlen > 0) {
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return fail(err, "cannot send a message");
        if (sent < 0)
            continue;
        message.msg_control = NULL;
        message.msg_controllen = 0;
        advance(&message, (size_t)sent);
    }
    return 0;
}

int local_send(int fd, const void *data, size_t len, struct error *err)
{
    return local_send_fd(fd, data, len, -1, err);
}

/* The last one that came is kept. */
static void take_descriptor(struct msghdr *message, int *passed)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        fd_release(passed);
        memcpy(passed, CMSG_DATA(item), sizeof(*passed));
    }
}

/* Returns how many bytes came before the end of the stream: LEN, or fewer. */
static ssize_t receive(int fd, void *data, size_t len, int *passed, struct error *err)
{
    union control control;
    size_t done = 0;

    while (done < len) {
        struct iovec part = {(char *)data + done, len - done};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return fail(err, "cannot receive a message");
        if (got < 0)
            continue;
        take_descriptor(&message, passed);
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static int cut_short(struct error *err)
{
    return error_set(err, ERROR_FAILURE, "the other end hung up in the middle of a message");
}

int local_receive_fd(int fd, size_t cap, struct buf *buf, int *ret_passed, struct error *err)
{
    uint8_t header[HEADER_SIZE];
    auto_fd int passed = -1;
    ssize_t got = receive(fd, header, sizeof(header), &passed, err);

    if (got <= 0)
        return got < 0 ? -1 : 1;
    if (got < HEADER_SIZE)
        return cut_short(err);
    size_t len =
        header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16 | (size_t)header[3] << 24;
    if (len > cap)
        return error_set(err, ERROR_REFUSED,
                         "a message of %zu bytes is longer than the %zu allowed", len, cap);
    buf_reserve(buf, len);
    got = receive(fd, buf->data + buf->len, len, &passed, err);
    if (got < 0)
        return -1;
    if ((size_t)got < len)
        return cut_short(err);
    buf_set_len(buf, buf->len + len);
    *ret_passed = passed;
    passed = -1;
    return 0;
}

/* A descriptor that nobody asked for is closed. */
int local_receive(int fd, size_t cap, struct buf *buf, struct error *err)
{
    auto_fd int passed = -1;

    return local_receive_fd(fd, cap, buf, &passed, err);
}
