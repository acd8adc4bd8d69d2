/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/client_private.h"
#include "reapi/client_stream.h"
#include "reapi/messages.h"
#include "reapi/zstd.h"

#define READ_METHOD BYTESTREAM_SERVICE "Read"
#define PLAIN_CHUNK (256u << 10) /* of what is decompressed at a time */
#define ZSTD_MIN 1024

int client_wrong_bytes(const struct client *client, const struct blob_digest *digest,
                       const char *what, struct error *err)
{
    char name[BLOB_NAME_SIZE];

    return error_set(err, ERROR_REMOTE,
                     "%s: what the service sent as the blob %s %s; nothing of it was used",
                     rpc_channel_address(client->channel), blob_name(digest, name), what);
}

int client_absent(const struct client *client, const struct blob_digest *digest, struct error *err)
{
    char name[BLOB_NAME_SIZE];

    error_set(err, ERROR_REMOTE, "%s: the service doesn't have the blob %s",
              rpc_channel_address(client->channel), blob_name(digest, name));
    return CLIENT_ABSENT;
}

/* A blob on its way. */
struct read {
    struct client *client;
    struct blob_digest digest;
    client_sink_fn *sink;
    void *user;
    bool zstd;
    uint64_t got; /* bytes of the blob given to the sink */
    struct hasher hasher;
    struct zstd_decoder *decoder; /* of this stream */
    struct error *err;
};

static int take_plain(struct read *read, const void *data, size_t len)
{
    if (len > read->digest.size - read->got)
        return client_wrong_bytes(read->client, &read->digest, "is longer than that", read->err);
    hasher_add(&read->hasher, data, len);
    read->got += len;
    return len > 0 ? read->sink(read->user, data, len, read->err) : 0;
}

static int take_zstd(struct read *read, const ProtobufCBinaryData *data)
{
    auto_free char *plain = xmalloc(PLAIN_CHUNK);
    struct rpc_bytes input = {data->data, data->len};

    for (size_t len = PLAIN_CHUNK; len == PLAIN_CHUNK;) {
        auto_error fault = ERROR_INIT;
        if (zstd_decoder_run(read->decoder, &input, plain, PLAIN_CHUNK, &len, &fault) < 0)
            return client_wrong_bytes(read->client, &read->digest, "isn't good zstd", read->err);
        if (take_plain(read, plain, len) < 0)
            return -1;
    }
    return 0;
}

static int take_message(struct read *read, const struct buf *bytes, struct rpc_status *status)
{
    auto_message Google__ReadResponse *reply =
        client_unpack(&google__read_response__descriptor, bytes, status);

    if (!reply)
        return client_fail(read->client, READ_METHOD, status, read->err);
    if (read->zstd)
        return take_zstd(read, &reply->data);
    return take_plain(read, reply->data.data, reply->data.len);
}

static void send_request(struct read *read, struct rpc_outcall *call)
{
    Google__ReadRequest request = GOOGLE__READ_REQUEST__INIT;
    auto_buf name = BUF_INIT, bytes = BUF_INIT;

    client_resource_name(read->client, &read->digest, NULL, read->zstd, &name);
    request.resource_name = name.data;
    request.read_offset = (int64_t)read->got;
    message_pack(&request.base, &bytes);
    if (rpc_outcall_send(call, &bytes))
        rpc_outcall_half_close(call);
}

static int take_all(struct read *read, struct rpc_outcall *call, struct rpc_status *status)
{
    auto_buf bytes = BUF_INIT;

    while (rpc_outcall_receive(call, &bytes)) {
        if (take_message(read, &bytes, status) < 0)
            return -1;
        buf_reset(&bytes);
    }
    return 0;
}

/* One stream, from where the last one stopped. -1 for what another wouldn't make better. */
static int run_stream(struct read *read, struct rpc_status *status, bool *ret_may_ask)
{
    struct rpc_outcall *call = NULL;

    *ret_may_ask = false;
    if (client_stream(read->client, READ_METHOD, 0, &call, status) < 0)
        return 0;
    read->decoder = read->zstd ? zstd_decoder_new() : NULL;
    send_request(read, call);
    int result = take_all(read, call, status);
    zstd_decoder_free(read->decoder);
    if (result < 0)
        rpc_outcall_cancel(call);
    rpc_outcall_end(call, status, ret_may_ask);
    if (result < 0)
        return -1;
    if (status->code == RPC_OK && read->got < read->digest.size)
        rpc_status_set(status, RPC_UNAVAILABLE,
                       "the stream of a blob of %" PRIu64 " bytes ended after %" PRIu64,
                       read->digest.size, read->got);
    return 0;
}

static int check_digest(struct read *read)
{
    struct digest hash;

    hasher_end(&read->hasher, &hash);
    if (digest_equal(&hash, &read->digest.hash))
        return 0;
    return client_wrong_bytes(read->client, &read->digest, "has another digest", read->err);
}

static int read_blob(struct read *read)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    bool may_ask = false, asked = false;
    struct retry retry;

    client_retry(read->client, &retry);
    for (;;) {
        uint64_t before = read->got;
        if (run_stream(read, &status, &may_ask) < 0)
            return -1;
        if (read->got == read->digest.size)
            return check_digest(read);
        if (status.code == RPC_NOT_FOUND)
            return client_absent(read->client, &read->digest, read->err);
        if (read->got > before)
            retry_renew(&retry);
        if (!client_again(&retry, &status, may_ask, &asked))
            return client_fail(read->client, READ_METHOD, &status, read->err);
    }
}

int client_read(struct client *client, const struct blob_digest *digest, client_sink_fn *sink,
                void *user, struct error *err)
{
    struct read read = {
        .client = client, .digest = *digest, .sink = sink, .user = user, .err = err};

    if (digest->size == 0) {
        if (blob_digest_equal(digest, &blob_empty))
            return 0;
        return client_absent(client, digest, err);
    }
    read.zstd = client->compress && client->abilities.zstd && digest->size >= ZSTD_MIN;
    hasher_begin(&read.hasher);
    return read_blob(&read);
}
