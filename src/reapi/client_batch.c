/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_batch.h"

#include <string.h>

#include "reapi/client_private.h"
#include "reapi/client_stream.h"
#include "reapi/details.h"
#include "reapi/messages.h"
#include "reapi/zstd.h"
#include "store/blob_message.h"

#define UPDATE_METHOD REAPI_SERVICE "ContentAddressableStorage/BatchUpdateBlobs"

/* Fields of BatchUpdateBlobsRequest and of its Request. */
enum { FIELD_INSTANCE = 1, FIELD_REQUESTS = 2 };
enum { FIELD_DIGEST = 1, FIELD_DATA = 2, FIELD_COMPRESSOR = 3 };

struct batch_update {
    struct client *client;
    const struct payload *payload;
    const size_t *places; /* of the blobs, which BLOBS has in the same order */
    struct digest_set blobs;
    struct client_moved *moved;
    struct buf request; /* packed */
};

void client_count_moved(struct client_moved *moved, const struct blob_digest *digest)
{
    moved->blobs++;
    moved->bytes += digest->size;
}

/* ---- the request ---- */

/* The field of one blob, compressed where that makes it smaller. */
static void add_request(struct batch_update *batch, const struct blob_digest *digest,
                        const struct buf *data)
{
    struct digest_message message;
    auto_buf digest_bytes = BUF_INIT, packed = BUF_INIT, request = BUF_INIT;
    const struct client *client = batch->client;

    if (client->compress && client->abilities.batch_zstd)
        zstd_compress(data->data, data->len, &packed);
    bool smaller = packed.len > 0 && packed.len < data->len;
    const struct buf *sent = smaller ? &packed : data;
    message_pack(&digest_message_set(&message, digest)->base, &digest_bytes);
    message_add_field(&request, FIELD_DIGEST, digest_bytes.data, digest_bytes.len);
    message_add_field(&request, FIELD_DATA, sent->data, sent->len);
    if (smaller) {
        buf_add_char(&request, FIELD_COMPRESSOR << 3); /* a varint, of one byte */
        buf_add_char(&request, REAPI__COMPRESSOR__VALUE__ZSTD);
    }
    message_add_header(&batch->request, FIELD_REQUESTS, request.len);
    buf_add(&batch->request, request.data, request.len);
}

static int read_whole(const struct payload *payload, size_t place, struct buf *data,
                      struct error *err)
{
    struct payload_reader reader;

    if (payload_open(payload, place, &reader, err) < 0)
        return -1;
    int result = payload_read(&reader, 0, (size_t)reader.digest.size, data, err);
    payload_close(&reader);
    return result;
}

static int fill(struct batch_update *batch, size_t count, struct error *err)
{
    const char *instance = batch->client->instance;

    if (*instance)
        message_add_field(&batch->request, FIELD_INSTANCE, instance, strlen(instance));
    for (size_t i = 0; i < count; i++) {
        const struct blob_digest *digest = &batch->payload->digests.items[batch->places[i]];
        auto_buf data = BUF_INIT;
        if (read_whole(batch->payload, batch->places[i], &data, err) < 0)
            return -1;
        add_request(batch, digest, &data);
        digest_set_add(&batch->blobs, digest);
    }
    return 0;
}

/* ---- its answer ---- */

static int write_one(struct batch_update *batch, size_t i, struct error *err)
{
    if (client_write(batch->client, batch->payload, batch->places[i], err) < 0)
        return -1;
    client_count_moved(batch->moved, &batch->blobs.items[i]);
    return 0;
}

static int write_all(struct batch_update *batch, struct error *err)
{
    for (size_t i = 0; i < batch->blobs.len; i++)
        if (write_one(batch, i, err) < 0)
            return -1;
    return 0;
}

/* What didn't come through in the batch may by itself, which is made again where that may help. */
static int take_response(struct batch_update *batch,
                         const Reapi__BatchUpdateBlobsResponse__Response *response,
                         struct digest_set *done, struct error *err)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct blob_digest digest;

    if (blob_from_message(response->digest, &digest, err) < 0)
        return -1;
    if (!digest_set_find(&batch->blobs, &digest, NULL))
        return error_set(err, ERROR_REMOTE,
                         "BatchUpdateBlobs answered for a blob that wasn't sent");
    status_from_message(&status, response->status);
    if (status.code != RPC_OK && status.code != RPC_ALREADY_EXISTS &&
        !retry_code_passes(status.code))
        return client_fail(batch->client, UPDATE_METHOD, &status, err);
    if (status.code == RPC_OK || status.code == RPC_ALREADY_EXISTS) {
        digest_set_add(done, &digest);
        client_count_moved(batch->moved, &digest);
    }
    return 0;
}

static int take_reply(struct batch_update *batch, const Reapi__BatchUpdateBlobsResponse *reply,
                      struct error *err)
{
    auto_digest_set done = DIGEST_SET_INIT;

    for (size_t i = 0; i < reply->n_responses; i++)
        if (take_response(batch, reply->responses[i], &done, err) < 0)
            return -1;
    for (size_t i = 0; i < batch->blobs.len; i++)
        if (!digest_set_find(&done, &batch->blobs.items[i], NULL) && write_one(batch, i, err) < 0)
            return -1;
    return 0;
}

/* A service without batches, or with another limit than it says, takes blobs one by one. */
static bool takes_no_batch(const struct rpc_status *status)
{
    return status->code == RPC_UNIMPLEMENTED || status->code == RPC_RESOURCE_EXHAUSTED ||
           status->code == RPC_OUT_OF_RANGE;
}

static int send(struct batch_update *batch, struct error *err)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_message Reapi__BatchUpdateBlobsResponse *reply =
        client_call_packed(batch->client, UPDATE_METHOD, &batch->request,
                           &reapi__batch_update_blobs_response__descriptor, &status);

    if (reply)
        return take_reply(batch, reply, err);
    if (takes_no_batch(&status))
        return write_all(batch, err);
    return client_fail(batch->client, UPDATE_METHOD, &status, err);
}

int client_write_batch(struct client *client, const struct payload *payload, const size_t *places,
                       size_t count, struct client_moved *moved, struct error *err)
{
    struct batch_update batch = {client, payload, places, DIGEST_SET_INIT, moved, BUF_INIT};
    int result = fill(&batch, count, err);

    if (result == 0)
        result = send(&batch, err);
    digest_set_release(&batch.blobs);
    buf_release(&batch.request);
    return result;
}
