/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define HEADER_SIZE 4

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

int local_send(int fd, const void *data, size_t len, struct error *err)
{
    assert(len <= UINT32_MAX);
    uint8_t header[HEADER_SIZE] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                                   (uint8_t)(len >> 24)};
    struct iovec parts[] = {{header, sizeof(header)}, {(void *)data, len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    while (message.msg_iovlen > 0) {
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent >= 0)
            advance(&message, (size_t)sent);
        else if (errno != EINTR)
            return fail(err, "cannot send a message");
    }
    return 0;
}

/* Returns how many bytes came before the end of the stream: LEN, or fewer. */
static ssize_t receive(int fd, void *data, size_t len, struct error *err)
{
    size_t done = 0;

    while (done < len) {
        ssize_t got = recv(fd, (char *)data + done, len - done, 0);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t)got;
        else if (errno != EINTR)
            return fail(err, "cannot receive a message");
    }
    return (ssize_t)done;
}

static int cut_short(struct error *err)
{
    return error_set(err, ERROR_FAILURE, "the other end hung up in the middle of a message");
}

int local_receive(int fd, size_t cap, struct buf *buf, struct error *err)
{
    uint8_t header[HEADER_SIZE];
    ssize_t got = receive(fd, header, sizeof(header), err);

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
    got = receive(fd, buf->data + buf->len, len, err);
    if (got < 0)
        return -1;
    if ((size_t)got < len)
        return cut_short(err);
    buf_set_len(buf, buf->len + len);
    return 0;
}
