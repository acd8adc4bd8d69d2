/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_cas.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/client_private.h"
#include "reapi/client_stream.h"
#include "reapi/details.h"
#include "reapi/messages.h"
#include "reapi/zstd.h"
#include "store/blob_message.h"

#define FIND_METHOD REAPI_SERVICE "ContentAddressableStorage/FindMissingBlobs"
#define UPDATE_METHOD REAPI_SERVICE "ContentAddressableStorage/BatchUpdateBlobs"

/* A question of that many digests, and its answer, stay below 1 MiB. */
#define FIND_BATCH 8192
/* Fields of BatchUpdateBlobsRequest and of its Request. */
enum { FIELD_INSTANCE = 1, FIELD_REQUESTS = 2 };
enum { FIELD_DIGEST = 1, FIELD_DATA = 2, FIELD_COMPRESSOR = 3 };
/* What a blob takes in a batch besides its bytes, at most: digest, tags, lengths. */
#define FRAMING 128
/* Blobs in one batch: their answers, of 80 bytes each, have to fit as well. */
#define UPDATE_BATCH 8192

/* ---- what is missing ---- */

static int add_missing(const Reapi__FindMissingBlobsResponse *reply, const struct digest_set *asked,
                       struct digest_set *missing, struct rpc_status *status)
{
    for (size_t i = 0; i < reply->n_missing_blob_digests; i++) {
        struct blob_digest digest;
        auto_error err = ERROR_INIT;
        if (blob_from_message(reply->missing_blob_digests[i], &digest, &err) < 0)
            return rpc_status_set(status, RPC_INTERNAL, "%s", err.text);
        if (!digest_set_find(asked, &digest, NULL))
            return rpc_status_set(status, RPC_INTERNAL,
                                  "a blob that wasn't asked for is said to be missing");
        digest_set_add(missing, &digest);
    }
    return 0;
}

static int find_batch(struct client *client, const struct digest_set *digests, size_t from,
                      size_t count, struct digest_set *missing, struct rpc_status *status)
{
    Reapi__FindMissingBlobsRequest request = REAPI__FIND_MISSING_BLOBS_REQUEST__INIT;
    auto_free struct digest_message *messages = xcalloc(count, sizeof(*messages));
    auto_free Reapi__Digest **list = xcalloc(count, sizeof(*list));

    for (size_t i = 0; i < count; i++)
        list[i] = digest_message_set(&messages[i], &digests->items[from + i]);
    request.instance_name = client->instance;
    request.blob_digests = list;
    request.n_blob_digests = count;
    auto_message Reapi__FindMissingBlobsResponse *reply =
        client_call(client, FIND_METHOD, &request.base,
                    &reapi__find_missing_blobs_response__descriptor, status);
    return reply ? add_missing(reply, digests, missing, status) : -1;
}

int client_find_missing(struct client *client, const struct digest_set *digests,
                        struct digest_set *missing, struct error *err)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    for (size_t from = 0; from < digests->len; from += FIND_BATCH) {
        size_t left = digests->len - from;
        if (find_batch(client, digests, from, left < FIND_BATCH ? left : FIND_BATCH, missing,
                       &status) < 0)
            return client_fail(client, FIND_METHOD, &status, err);
    }
    return 0;
}

/* ---- uploads ---- */

/* A batch that is being filled: the packed request, and which blobs are in it. */
struct batch_update {
    struct client *client;
    const struct payload *payload;
    struct client_moved *moved;
    struct buf request;
    uint64_t size; /* as the service's limit counts */
    struct digest_set blobs;
};

static void begin(struct batch_update *batch)
{
    const char *instance = batch->client->instance;

    buf_reset(&batch->request);
    digest_set_release(&batch->blobs);
    batch->size = 0;
    if (*instance)
        message_add_field(&batch->request, FIELD_INSTANCE, instance, strlen(instance));
}

static void count_moved(struct client_moved *moved, const struct blob_digest *digest)
{
    if (!moved)
        return;
    moved->blobs++;
    moved->bytes += digest->size;
}

static int write_one(struct batch_update *batch, const struct blob_digest *digest,
                     struct error *err)
{
    size_t place = 0;
    bool found = digest_set_find(&batch->payload->digests, digest, &place);

    assert(found);
    (void)found;
    if (client_write(batch->client, batch->payload, place, err) < 0)
        return -1;
    count_moved(batch->moved, digest);
    return 0;
}

static int write_all(struct batch_update *batch, struct error *err)
{
    for (size_t i = 0; i < batch->blobs.len; i++)
        if (write_one(batch, &batch->blobs.items[i], err) < 0)
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
        count_moved(batch->moved, &digest);
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
        if (!digest_set_find(&done, &batch->blobs.items[i], NULL) &&
            write_one(batch, &batch->blobs.items[i], err) < 0)
            return -1;
    return 0;
}

/* A service without batches, or with another limit than it says, takes blobs one by one. */
static bool takes_no_batch(const struct rpc_status *status)
{
    return status->code == RPC_UNIMPLEMENTED || status->code == RPC_RESOURCE_EXHAUSTED ||
           status->code == RPC_OUT_OF_RANGE;
}

static int send_batch(struct batch_update *batch, struct error *err)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    if (batch->blobs.len == 0)
        return 0;
    auto_message Reapi__BatchUpdateBlobsResponse *reply =
        client_call_packed(batch->client, UPDATE_METHOD, &batch->request,
                           &reapi__batch_update_blobs_response__descriptor, &status);
    if (reply)
        return take_reply(batch, reply, err);
    if (takes_no_batch(&status))
        return write_all(batch, err);
    return client_fail(batch->client, UPDATE_METHOD, &status, err);
}

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

static int add_to_batch(struct batch_update *batch, size_t place, struct error *err)
{
    const struct blob_digest *digest = &batch->payload->digests.items[place];
    auto_buf data = BUF_INIT;

    if (batch->size + digest->size + FRAMING > batch->client->abilities.batch ||
        batch->blobs.len == UPDATE_BATCH) {
        if (send_batch(batch, err) < 0)
            return -1;
        begin(batch);
    }
    if (read_whole(batch->payload, place, &data, err) < 0)
        return -1;
    add_request(batch, digest, &data);
    digest_set_add(&batch->blobs, digest);
    batch->size += digest->size + FRAMING;
    return 0;
}

static int upload_one(struct batch_update *batch, const struct blob_digest *digest,
                      struct error *err)
{
    const struct abilities *abilities = &batch->client->abilities;
    char name[BLOB_NAME_SIZE];
    size_t place = 0;

    if (!digest_set_find(&batch->payload->digests, digest, &place))
        return error_set(err, ERROR_REMOTE,
                         "%s: the service misses the blob %s, which isn't one of those uploaded",
                         rpc_channel_address(batch->client->channel), blob_name(digest, name));
    if (digest->size > abilities->blob_max)
        return error_set(err, ERROR_REMOTE,
                         "%s: the blob %s is larger than the %llu bytes that the service takes",
                         rpc_channel_address(batch->client->channel), blob_name(digest, name),
                         (unsigned long long)abilities->blob_max);
    if (digest->size + FRAMING > abilities->batch)
        return write_one(batch, digest, err);
    return add_to_batch(batch, place, err);
}

int client_upload_again(struct client *client, const struct payload *payload,
                        const struct digest_set *missing, struct client_moved *moved,
                        struct error *err)
{
    struct batch_update batch = {client, payload, moved, BUF_INIT, 0, DIGEST_SET_INIT};
    int result = 0;

    begin(&batch);
    for (size_t i = 0; result == 0 && i < missing->len; i++)
        result = upload_one(&batch, &missing->items[i], err);
    if (result == 0)
        result = send_batch(&batch, err);
    buf_release(&batch.request);
    digest_set_release(&batch.blobs);
    return result;
}

int client_upload(struct client *client, const struct payload *payload, struct client_moved *moved,
                  struct error *err)
{
    auto_digest_set missing = DIGEST_SET_INIT;

    if (client_find_missing(client, &payload->digests, &missing, err) < 0)
        return -1;
    return client_upload_again(client, payload, &missing, moved, err);
}
