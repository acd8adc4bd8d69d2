/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "proto/google.pb-c.h"
#include "reapi/client_private.h"
#include "reapi/client_stream.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "reapi/zstd.h"

#define WRITE_METHOD BYTESTREAM_SERVICE "Write"
#define QUERY_METHOD BYTESTREAM_SERVICE "QueryWriteStatus"

#define CHUNK                                                                                      \
    (1u << 20)        /* of the blob, in one message: well below the 4 MiB that receivers take     \
                       */
#define ZSTD_MIN 1024 /* smaller blobs gain nothing */

/* Of WriteRequest: the last field, so that it may follow what else is packed. */
enum { FIELD_DATA = 10 };

void client_resource_name(const struct client *client, const struct blob_digest *digest,
                          const char *uuid, bool zstd, struct buf *name)
{
    struct resource_name parts = {
        .instance = {client->instance, strlen(client->instance)},
        .uuid = {uuid, uuid ? strlen(uuid) : 0},
        .zstd = zstd,
        .digest = *digest,
    };

    resource_name_format(&parts, name);
}

/* A blob on its way. */
struct write {
    struct client *client;
    struct payload_reader reader;
    uint64_t size;
    bool zstd;
    struct buf name;    /* with the UUID of this try */
    uint64_t committed; /* bytes that the service has said to have under that name */
    uint64_t reached;   /* so far into the blob any stream came */
    bool from_start;    /* the service can't go on with a write */
    struct zstd_encoder *encoder;
    uint64_t sent;     /* bytes of data in this stream; those committed come before them */
    struct error *err; /* of our own side: the file */
};

static void new_name(struct write *write)
{
    char uuid[UUID_SIZE];

    uuid_make(uuid);
    buf_reset(&write->name);
    client_resource_name(write->client, &write->reader.digest, uuid, write->zstd, &write->name);
    write->committed = 0;
}

/* ---- one stream ---- */

/* The message but for its data's LEN bytes, which are to follow. Some services want the name in
 * each message, and none minds. */
static void add_head(struct write *write, size_t len, bool last, struct buf *message)
{
    Google__WriteRequest request = GOOGLE__WRITE_REQUEST__INIT;

    request.resource_name = write->name.data;
    request.write_offset = (int64_t)(write->committed + write->sent);
    request.finish_write = last;
    message_pack(&request.base, message);
    message_add_header(message, FIELD_DATA, len);
    write->sent += len;
}

/* The same compressed, where the encoder doesn't keep all for the next message. */
static int add_compressed(struct write *write, uint64_t at, size_t len, struct buf *message)
{
    bool last = at + len == write->size;
    auto_buf plain = BUF_INIT, data = BUF_INIT;

    if (payload_read(&write->reader, at, len, &plain, write->err) < 0)
        return -1;
    zstd_encoder_add(write->encoder, plain.data, plain.len, &data);
    if (last)
        zstd_encoder_end(write->encoder, &data);
    if (!last && data.len == 0)
        return 0;
    add_head(write, data.len, last, message);
    buf_add(message, data.data, data.len);
    return 0;
}

/* The next message, with LEN bytes of the blob: what it holds goes from the file to where it is
 * sent from, without a copy between. */
static int add_message(struct write *write, uint64_t at, size_t len, struct buf *message)
{
    if (write->zstd)
        return add_compressed(write, at, len, message);
    add_head(write, len, at + len == write->size, message);
    return payload_read(&write->reader, at, len, message, write->err);
}

/* Sends until the service takes no more, which is no error: it may have the blob. */
static int send_all(struct write *write, struct rpc_outcall *call)
{
    uint64_t at = write->committed;

    do {
        auto_buf message = BUF_INIT;
        size_t len = write->size - at < CHUNK ? (size_t)(write->size - at) : CHUNK;
        if (add_message(write, at, len, &message) < 0)
            return -1;
        at += len;
        write->reached = at > write->reached ? at : write->reached;
        if (message.len > 0 && !rpc_outcall_send(call, &message))
            return 0;
    } while (at < write->size);
    rpc_outcall_half_close(call);
    return 0;
}

/* The service may have the blob before it has got all: it then says its full size, or -1 for a
 * compressed one (REAPI: ByteStream uploads). */
static bool is_complete(const struct write *write, const Google__WriteResponse *reply)
{
    uint64_t committed = (uint64_t)reply->committed_size;

    if (!write->zstd)
        return committed == write->size;
    return reply->committed_size == -1 || committed == write->size || committed == write->sent;
}

static void judge_reply(struct write *write, const struct buf *bytes, struct rpc_status *status)
{
    auto_message Google__WriteResponse *reply =
        client_unpack(&google__write_response__descriptor, bytes, status);

    if (!reply || is_complete(write, reply))
        return;
    rpc_status_set(status, RPC_ABORTED,
                   "the service says that it has %" PRId64 " bytes of a blob of %" PRIu64,
                   reply->committed_size, write->size);
}

/* One stream. -1 for an error of our own; else *STATUS says how it went. */
static int run_stream(struct write *write, struct rpc_status *status, bool *ret_may_ask)
{
    struct rpc_outcall *call = NULL;
    auto_buf bytes = BUF_INIT;

    *ret_may_ask = false;
    write->sent = 0;
    if (client_stream(write->client, WRITE_METHOD, 0, &call, status) < 0)
        return 0;
    write->encoder = write->zstd ? zstd_encoder_new(write->size) : NULL;
    int result = send_all(write, call);
    zstd_encoder_free(write->encoder);
    if (result < 0)
        rpc_outcall_cancel(call);
    bool replied = rpc_outcall_receive(call, &bytes);
    rpc_outcall_end(call, status, ret_may_ask);
    if (result < 0)
        return -1;
    if (status->code == RPC_OK && !replied)
        rpc_status_set(status, RPC_INTERNAL, "the service ended the write without a reply");
    else if (status->code == RPC_OK)
        judge_reply(write, &bytes, status);
    return 0;
}

/* ---- going on ---- */

/*
 * Asks how much the service has. Returns 1 when it has all. Where it can't say (UNIMPLEMENTED), or
 * doesn't know the name, or the blob is compressed, in whose middle no encoder can begin, the next
 * stream starts anew. *ret_progress: it has more than before.
 */
static int find_offset(struct write *write, bool *ret_progress)
{
    Google__QueryWriteStatusRequest request = GOOGLE__QUERY_WRITE_STATUS_REQUEST__INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    *ret_progress = false;
    request.resource_name = write->name.data;
    auto_message Google__QueryWriteStatusResponse *reply =
        client_call(write->client, QUERY_METHOD, &request.base,
                    &google__query_write_status_response__descriptor, &status);
    if (reply && reply->complete)
        return 1;
    uint64_t committed = reply && reply->committed_size > 0 ? (uint64_t)reply->committed_size : 0;
    if (write->zstd || write->from_start || committed == 0 || committed >= write->size ||
        committed > write->reached) {
        new_name(write);
        return 0;
    }
    *ret_progress = committed > write->committed;
    write->committed = committed;
    return 0;
}

/* Whether a stream that didn't begin at the start was refused: some services can't go on. */
static bool can_not_go_on(const struct write *write, const struct rpc_status *status)
{
    return write->committed > 0 && !retry_code_passes(status->code);
}

static int write_blob(struct write *write)
{
    struct client *client = write->client;
    auto_rpc_status status = RPC_STATUS_INIT;
    bool may_ask = false, asked = false, progress = false;
    struct retry retry;

    client_retry(client, &retry);
    for (;;) {
        if (run_stream(write, &status, &may_ask) < 0)
            return -1;
        if (status.code == RPC_OK || status.code == RPC_ALREADY_EXISTS)
            return 0;
        if (can_not_go_on(write, &status)) {
            write->from_start = true;
            new_name(write);
            continue;
        }
        if (!client_again(&retry, &status, may_ask, &asked))
            return client_fail(client, WRITE_METHOD, &status, write->err);
        if (find_offset(write, &progress) > 0)
            return 0;
        if (progress)
            retry_renew(&retry);
    }
}

int client_write(struct client *client, const struct payload *payload, size_t place,
                 struct error *err)
{
    struct write write = {.client = client, .name = BUF_INIT, .err = err};

    if (payload_open(payload, place, &write.reader, err) < 0)
        return -1;
    write.size = write.reader.digest.size;
    write.zstd = client->compress && client->abilities.zstd && write.size >= ZSTD_MIN;
    new_name(&write);
    int result = write_blob(&write);
    payload_close(&write.reader);
    buf_release(&write.name);
    return result;
}
