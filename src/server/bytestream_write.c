/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* ByteStream's Write and QueryWriteStatus. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "reapi/zstd.h"
#include "server/answers.h"
#include "server/bytestream.h"
#include "server/service.h"

/* How much is decompressed before it is written. */
#define DECODED_CHUNK (128u << 10)

struct write_stream {
    struct service *service;
    struct rpc_call *call;
    bool ended; /* the call was answered */

    /* From the first message on. */
    char *text; /* the name as it came; NULL before */
    struct resource_name name;
    struct store_writer *writer;
    uint64_t offset; /* of the next bytes, as the client counts them */

    /* Where they come compressed. */
    struct zstd_decoder *decoder;
    uint64_t received;
    char *decoded;
};

/* What can be told of a message: go on, or what ends the call. */
enum step {
    STEP_FAILED = -1,
    STEP_ON,
    STEP_DONE,
};

static void *write_open(void *service, struct rpc_call *call)
{
    struct write_stream *stream = xcalloc(1, sizeof(*stream));

    stream->service = service;
    stream->call = call;
    return stream;
}

/* Keeps what came, so that the client can go on; of a compressed blob nothing. */
static void keep(struct write_stream *stream)
{
    if (!stream->writer)
        return;
    if (stream->decoder || store_writer_len(stream->writer) == 0) {
        store_writer_abandon(stream->writer);
    } else {
        uploads_keep(stream->service->uploads, &stream->name, stream->writer);
        atomic_fetch_add(&stream->service->figures.uploads_kept, 1);
    }
    stream->writer = NULL;
}

static void write_closed(void *state)
{
    struct write_stream *stream = state;

    keep(stream);
    zstd_decoder_free(stream->decoder);
    free(stream->decoded);
    free(stream->text);
    free(stream);
}

static void answer(struct write_stream *stream, int64_t committed_size)
{
    Google__WriteResponse response = GOOGLE__WRITE_RESPONSE__INIT;
    auto_buf message = BUF_INIT;

    response.committed_size = committed_size;
    message_pack(&response.base, &message);
    stream->ended = true;
    rpc_call_answer(stream->call, &message);
}

/* What was received is wrong, or has no place: nothing of it is kept. */
static void fail(struct write_stream *stream, const struct rpc_status *status)
{
    store_writer_abandon(stream->writer);
    stream->writer = NULL;
    stream->ended = true;
    rpc_call_finish(stream->call, status);
}

/* ---- the beginning ---- */

/* Room that broken uploads take is given up where it is needed. */
static int begin_writer(struct write_stream *stream, struct error *err)
{
    struct store *store = stream->service->store;
    int result = store_writer_begin(store, &stream->name.digest, &stream->writer, err);

    if (result != STORE_FULL)
        return result;
    uploads_expire(stream->service->uploads, -1);
    return store_writer_begin(store, &stream->name.digest, &stream->writer, err);
}

static int begin_anew(struct write_stream *stream, struct rpc_status *status)
{
    auto_error err = ERROR_INIT;
    int result = begin_writer(stream, &err);

    if (result == STORE_PRESENT)
        return STEP_DONE;
    if (result != 0)
        return status_of_answer(status, result, &err);
    if (stream->name.zstd) {
        stream->decoder = zstd_decoder_new();
        stream->decoded = xmalloc(DECODED_CHUNK);
    }
    return STEP_ON;
}

/* Whether the blob is there by now: another upload may have been faster. */
static int check_present(struct write_stream *stream, struct rpc_status *status)
{
    auto_error err = ERROR_INIT;
    bool missing = true;
    int result =
        store_find_missing(stream->service->store, &stream->name.digest, 1, &missing, &err);

    if (result != 0)
        return status_of_answer(status, result, &err);
    return missing ? STEP_ON : STEP_DONE;
}

static int go_on_at(struct write_stream *stream, uint64_t offset, struct rpc_status *status)
{
    int step = check_present(stream, status);

    if (step != STEP_ON)
        return step;
    if (!stream->name.zstd)
        stream->writer = uploads_take(stream->service->uploads, &stream->name, offset);
    if (!stream->writer)
        return rpc_status_set(status, RPC_ABORTED,
                              "no upload of that name has %" PRIu64 " bytes here; ask "
                              "QueryWriteStatus how many it has, and go on there",
                              offset);
    stream->offset = offset;
    atomic_fetch_add(&stream->service->figures.uploads_again, 1);
    return STEP_ON;
}

/* The most frequent case by far: the blob is one message. */
static int put_whole(struct write_stream *stream, const Google__WriteRequest *message,
                     struct rpc_status *status)
{
    auto_error err = ERROR_INIT;
    struct store *store = stream->service->store;
    int result = store_put(store, &stream->name.digest, message->data.data, &err);

    if (result == STORE_FULL) {
        uploads_expire(stream->service->uploads, -1);
        result = store_put(store, &stream->name.digest, message->data.data, &err);
    }
    if (result != 0)
        return status_of_answer(status, result, &err);
    atomic_fetch_add(&stream->service->figures.blobs_written, 1);
    return STEP_DONE;
}

static int begin(struct write_stream *stream, const Google__WriteRequest *message,
                 struct rpc_status *status)
{
    stream->text = xstrdup(message->resource_name);
    if (resource_name_parse_write(stream->text, &stream->name, status) < 0)
        return -1;
    if (message->write_offset < 0)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the offset %" PRId64 " is negative",
                              message->write_offset);
    uploads_expire(stream->service->uploads, LIMIT_UPLOAD_SECONDS);
    if (message->write_offset > 0)
        return go_on_at(stream, (uint64_t)message->write_offset, status);
    if (message->finish_write && !stream->name.zstd && message->data.len > 0 &&
        message->data.len == stream->name.digest.size)
        return put_whole(stream, message, status);
    return begin_anew(stream, status);
}

/* ---- the bytes ---- */

static int add_bytes(struct write_stream *stream, const void *data, size_t len,
                     struct rpc_status *status)
{
    auto_error err = ERROR_INIT;
    int result = store_writer_add(stream->writer, data, len, &err);

    return result == 0 ? 0 : status_of_answer(status, result, &err);
}

static int add_compressed(struct write_stream *stream, struct rpc_bytes bytes,
                          struct rpc_status *status)
{
    auto_error err = ERROR_INIT;
    size_t len = 0;

    stream->received += bytes.len;
    do {
        if (zstd_decoder_run(stream->decoder, &bytes, stream->decoded, DECODED_CHUNK, &len, &err) <
            0)
            return rpc_status_set(status, RPC_INVALID_ARGUMENT, "%s", err.text);
        if (len > 0 && add_bytes(stream, stream->decoded, len, status) < 0)
            return -1;
    } while (len == DECODED_CHUNK);
    return 0;
}

static int check_next(const struct write_stream *stream, const Google__WriteRequest *message,
                      struct rpc_status *status)
{
    if (*message->resource_name && strcmp(message->resource_name, stream->text) != 0)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "a message names another resource than the stream's first one");
    if (message->write_offset < 0 || (uint64_t)message->write_offset != stream->offset)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "a message has the offset %" PRId64 " where %" PRIu64
                              " should follow",
                              message->write_offset, stream->offset);
    return 0;
}

static int add(struct write_stream *stream, const Google__WriteRequest *message,
               struct rpc_status *status)
{
    struct rpc_bytes bytes = {message->data.data, message->data.len};

    stream->offset += bytes.len;
    if (bytes.len == 0)
        return 0;
    return stream->decoder ? add_compressed(stream, bytes, status)
                           : add_bytes(stream, bytes.data, bytes.len, status);
}

static int commit(struct write_stream *stream, struct rpc_status *status)
{
    struct store_writer *writer = stream->writer;
    auto_error err = ERROR_INIT;

    if (stream->decoder && !zstd_decoder_at_end(stream->decoder))
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the zstd bytes end within a frame");
    stream->writer = NULL;
    int result = store_writer_commit(writer, &err);
    if (result != 0)
        return status_of_answer(status, result, &err);
    atomic_fetch_add(&stream->service->figures.blobs_written, 1);
    return STEP_DONE;
}

/* Of a compressed blob the client hears what it sent, or -1 where that wasn't needed. */
static int64_t committed_size(const struct write_stream *stream)
{
    if (!stream->name.zstd)
        return (int64_t)stream->name.digest.size;
    return stream->decoder ? (int64_t)stream->received : -1;
}

static int take(struct write_stream *stream, const Google__WriteRequest *message,
                struct rpc_status *status)
{
    int step = stream->text ? STEP_ON : begin(stream, message, status);

    if (step != STEP_ON)
        return step;
    if (check_next(stream, message, status) < 0 || add(stream, message, status) < 0)
        return STEP_FAILED;
    return message->finish_write ? commit(stream, status) : STEP_ON;
}

static void write_message(void *state, struct rpc_bytes bytes)
{
    struct write_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->ended)
        return;
    auto_message Google__WriteRequest *message =
        message_unpack(&google__write_request__descriptor, bytes, &status);
    int step = message ? take(stream, message, &status) : STEP_FAILED;
    if (step == STEP_FAILED)
        fail(stream, &status);
    else if (step == STEP_DONE)
        answer(stream, committed_size(stream));
}

/* The client has said nothing of an end: it may go on in another call. */
static void write_half_closed(void *state)
{
    struct write_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->ended)
        return;
    if (stream->writer && !stream->decoder) {
        uint64_t len = store_writer_len(stream->writer);
        keep(stream);
        answer(stream, (int64_t)len);
        return;
    }
    rpc_status_set(&status, RPC_INVALID_ARGUMENT, "the stream ended without finish_write");
    fail(stream, &status);
}

const struct rpc_stream bytestream_write = {
    .open = write_open,
    .message = write_message,
    .half_closed = write_half_closed,
    .closed = write_closed,
};

/* ---- QueryWriteStatus ---- */

void bytestream_query(void *user, struct rpc_bytes request, struct buf *reply,
                      struct rpc_status *status)
{
    struct service *service = user;
    auto_message Google__QueryWriteStatusRequest *message =
        message_unpack(&google__query_write_status_request__descriptor, request, status);
    Google__QueryWriteStatusResponse response = GOOGLE__QUERY_WRITE_STATUS_RESPONSE__INIT;
    struct resource_name name;
    auto_error err = ERROR_INIT;
    bool missing = true;

    if (!message || resource_name_parse_write(message->resource_name, &name, status) < 0)
        return;
    int result = store_find_missing(service->store, &name.digest, 1, &missing, &err);
    if (result != 0) {
        status_of_answer(status, result, &err);
        return;
    }
    response.complete = !missing;
    if (!missing)
        response.committed_size = (int64_t)name.digest.size;
    else if (!name.zstd)
        response.committed_size = (int64_t)uploads_len(service->uploads, &name);
    message_pack(&response.base, reply);
}
