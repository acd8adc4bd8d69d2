/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* ByteStream's Read. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "reapi/zstd.h"
#include "server/answers.h"
#include "server/bytestream.h"
#include "server/service.h"

/* The field `data` of ReadResponse. */
#define DATA 10

struct read_stream {
    struct service *service;
    struct rpc_call *call;
    bool asked;
    int fd;
    uint64_t at, end;             /* of the blob's bytes, those that are still to be sent */
    struct zstd_encoder *encoder; /* NULL: they are sent as they are */
};

static void *read_open(void *service, struct rpc_call *call)
{
    struct read_stream *stream = xcalloc(1, sizeof(*stream));

    stream->service = service;
    stream->call = call;
    stream->fd = -1;
    return stream;
}

static void read_closed(void *state)
{
    struct read_stream *stream = state;

    fd_release(&stream->fd);
    zstd_encoder_free(stream->encoder);
    free(stream);
}

/* Appends the next LEN bytes of the blob. */
static int append_bytes(struct read_stream *stream, size_t len, struct buf *buf,
                        struct rpc_status *status)
{
    auto_error err = ERROR_INIT;

    buf_reserve(buf, len);
    while (len > 0) {
        ssize_t got = pread(stream->fd, buf->data + buf->len, len, (off_t)stream->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set_errno(&err, errno, "the blob can't be read");
            return status_of_answer(status, -1, &err);
        }
        if (got == 0)
            return rpc_status_set(status, RPC_INTERNAL,
                                  "the blob's file ends after %" PRIu64 " bytes; read it again",
                                  stream->at);
        buf_set_len(buf, buf->len + (size_t)got);
        stream->at += (uint64_t)got;
        len -= (size_t)got;
    }
    return 0;
}

static size_t next_len(const struct read_stream *stream)
{
    uint64_t left = stream->end - stream->at;

    return left < LIMIT_READ_CHUNK ? (size_t)left : LIMIT_READ_CHUNK;
}

/* The message's header, then the bytes straight from the file. */
static int next_plain(struct read_stream *stream, struct buf *message, struct rpc_status *status)
{
    size_t len = next_len(stream);

    message_add_header(message, DATA, len);
    return append_bytes(stream, len, message, status);
}

/* As many of the blob's bytes as make one message when they are compressed. */
static int next_compressed(struct read_stream *stream, struct buf *message,
                           struct rpc_status *status)
{
    auto_buf plain = BUF_INIT;
    auto_buf packed = BUF_INIT;

    while (stream->at < stream->end && packed.len < LIMIT_READ_CHUNK) {
        buf_reset(&plain);
        if (append_bytes(stream, next_len(stream), &plain, status) < 0)
            return -1;
        zstd_encoder_add(stream->encoder, plain.data, plain.len, &packed);
    }
    if (stream->at == stream->end)
        zstd_encoder_end(stream->encoder, &packed);
    message_add_field(message, DATA, packed.data, packed.len);
    return 0;
}

static void send_next(void *state)
{
    struct read_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf message = BUF_INIT;
    int result = stream->encoder ? next_compressed(stream, &message, &status)
                                 : next_plain(stream, &message, &status);

    if (result < 0) {
        rpc_call_finish(stream->call, &status);
    } else if (stream->at < stream->end) {
        rpc_call_write(stream->call, &message);
    } else {
        atomic_fetch_add(&stream->service->figures.blobs_read, 1);
        rpc_call_answer(stream->call, &message);
    }
}

static int check_range(const Google__ReadRequest *message, const struct resource_name *name,
                       struct rpc_status *status)
{
    if (message->read_offset < 0 || (uint64_t)message->read_offset > name->digest.size)
        return rpc_status_set(status, RPC_OUT_OF_RANGE,
                              "the offset %" PRId64 " isn't within the blob's %" PRIu64 " bytes",
                              message->read_offset, name->digest.size);
    if (message->read_limit < 0)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the limit %" PRId64 " is negative",
                              message->read_limit);
    if (message->read_limit > 0 && name->zstd)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "a compressed blob can't be read with a limit");
    return 0;
}

static int begin(struct read_stream *stream, const Google__ReadRequest *message,
                 struct rpc_status *status)
{
    struct resource_name name;
    auto_error err = ERROR_INIT;

    if (resource_name_parse_read(message->resource_name, &name, status) < 0 ||
        check_range(message, &name, status) < 0)
        return -1;
    int answer = store_open_blob(stream->service->store, &name.digest, &stream->fd, &err);
    if (answer == STORE_ABSENT)
        return rpc_status_set(status, RPC_NOT_FOUND, "the blob %.300s isn't in the store",
                              message->resource_name);
    if (answer != 0)
        return status_of_answer(status, answer, &err);
    stream->at = (uint64_t)message->read_offset;
    stream->end = name.digest.size;
    if (message->read_limit > 0 && (uint64_t)message->read_limit < stream->end - stream->at)
        stream->end = stream->at + (uint64_t)message->read_limit;
    if (name.zstd)
        stream->encoder = zstd_encoder_new(stream->end - stream->at);
    return 0;
}

static void read_message(void *state, struct rpc_bytes bytes)
{
    struct read_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->asked)
        return;
    stream->asked = true;
    auto_message Google__ReadRequest *message =
        message_unpack(&google__read_request__descriptor, bytes, &status);
    /* Nothing is to be sent of no bytes, unless they are compressed: that takes a few. */
    if (!message || begin(stream, message, &status) < 0 ||
        (stream->at == stream->end && !stream->encoder))
        rpc_call_finish(stream->call, &status);
    else
        send_next(stream);
}

static void read_half_closed(void *state)
{
    struct read_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->asked)
        return;
    rpc_status_set(&status, RPC_INVALID_ARGUMENT, "the call has no request");
    rpc_call_finish(stream->call, &status);
}

const struct rpc_stream bytestream_read = {
    .open = read_open,
    .message = read_message,
    .half_closed = read_half_closed,
    .written = send_next,
    .closed = read_closed,
};
