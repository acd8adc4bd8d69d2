/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_cas.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/fs_write.h"
#include "base/memory.h"
#include "reapi/client_private.h"
#include "reapi/client_stream.h"
#include "reapi/details.h"
#include "reapi/messages.h"
#include "reapi/zstd.h"
#include "store/blob_message.h"

#define READ_METHOD REAPI_SERVICE "ContentAddressableStorage/BatchReadBlobs"

/* What a blob takes in a batch's answer besides its bytes, at most. */
#define FRAMING 128
#define READ_BATCH 8192

/* ---- one blob ---- */

static int append(void *user, const void *data, size_t len, struct error *err)
{
    (void)err;
    buf_add(user, data, len);
    return 0;
}

static int check_cap(const struct client *client, const struct blob_digest *digest, uint64_t cap,
                     struct error *err)
{
    char name[BLOB_NAME_SIZE];

    if (digest->size <= cap)
        return 0;
    return error_set(err, ERROR_REFUSED, "%s: the blob %s is larger than %" PRIu64 " bytes",
                     rpc_channel_address(client->channel), blob_name(digest, name), cap);
}

int client_read_blob(struct client *client, const struct blob_digest *digest, uint64_t cap,
                     struct buf *buf, struct error *err)
{
    size_t before = buf->len;

    if (check_cap(client, digest, cap, err) < 0)
        return -1;
    int result = client_read(client, digest, append, buf, err);
    if (result != 0)
        buf_set_len(buf, before);
    return result;
}

static int write_out(void *user, const void *data, size_t len, struct error *err)
{
    if (fd_write_all(*(int *)user, data, len) == 0)
        return 0;
    return error_set_errno(err, errno, "cannot write what is downloaded");
}

int client_read_to_file(struct client *client, const struct blob_digest *digest, int fd,
                        struct error *err)
{
    return client_read(client, digest, write_out, &fd, err);
}

/* ---- batches ---- */

struct batch_read {
    struct client *client;
    client_take_fn *take;
    void *user;
    struct digest_set asked;
    uint64_t size;
};

static int read_one(struct batch_read *batch, const struct blob_digest *digest, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    int result = client_read_blob(batch->client, digest, digest->size, &bytes, err);

    return result == 0 ? batch->take(batch->user, digest, &bytes, err) : result;
}

static int check_bytes(const struct client *client, const struct blob_digest *digest,
                       const struct buf *bytes, struct error *err)
{
    struct blob_digest found;

    blob_digest_of(bytes->data, bytes->len, &found);
    if (blob_digest_equal(&found, digest))
        return 0;
    return client_wrong_bytes(client, digest, "has another digest", err);
}

static int take_data(struct batch_read *batch,
                     const Reapi__BatchReadBlobsResponse__Response *response,
                     const struct blob_digest *digest, struct error *err)
{
    struct rpc_bytes data = {response->data.data, response->data.len};
    auto_error fault = ERROR_INIT;
    auto_buf bytes = BUF_INIT;

    if (response->compressor == REAPI__COMPRESSOR__VALUE__IDENTITY)
        buf_add(&bytes, data.data, data.len);
    else if (response->compressor != REAPI__COMPRESSOR__VALUE__ZSTD)
        return client_wrong_bytes(batch->client, digest, "is compressed as nobody asked", err);
    else if (zstd_decompress(data, (size_t)digest->size, &bytes, &fault) < 0)
        return client_wrong_bytes(batch->client, digest, "isn't good zstd", err);
    if (check_bytes(batch->client, digest, &bytes, err) < 0)
        return -1;
    return batch->take(batch->user, digest, &bytes, err);
}

/* What didn't come in the batch may by itself. */
static int take_response(struct batch_read *batch,
                         const Reapi__BatchReadBlobsResponse__Response *response,
                         struct digest_set *done, struct error *err)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct blob_digest digest;

    if (blob_from_message(response->digest, &digest, err) < 0)
        return -1;
    if (!digest_set_find(&batch->asked, &digest, NULL) || digest_set_find(done, &digest, NULL))
        return error_set(err, ERROR_REMOTE,
                         "%s: BatchReadBlobs answered with a blob that wasn't asked for",
                         rpc_channel_address(batch->client->channel));
    status_from_message(&status, response->status);
    if (status.code == RPC_NOT_FOUND)
        return client_absent(batch->client, &digest, err);
    if (status.code != RPC_OK)
        return 0;
    digest_set_add(done, &digest);
    return take_data(batch, response, &digest, err);
}

static int read_rest(struct batch_read *batch, const struct digest_set *done, struct error *err)
{
    for (size_t i = 0; i < batch->asked.len; i++) {
        if (digest_set_find(done, &batch->asked.items[i], NULL))
            continue;
        int result = read_one(batch, &batch->asked.items[i], err);
        if (result != 0)
            return result;
    }
    return 0;
}

static int take_reply(struct batch_read *batch, const Reapi__BatchReadBlobsResponse *reply,
                      struct error *err)
{
    auto_digest_set done = DIGEST_SET_INIT;

    for (size_t i = 0; i < reply->n_responses; i++) {
        int result = take_response(batch, reply->responses[i], &done, err);
        if (result != 0)
            return result;
    }
    return read_rest(batch, &done, err);
}

static void *ask_batch(struct batch_read *batch, struct rpc_status *status)
{
    static Reapi__Compressor__Value zstd[] = {REAPI__COMPRESSOR__VALUE__ZSTD};
    Reapi__BatchReadBlobsRequest request = REAPI__BATCH_READ_BLOBS_REQUEST__INIT;
    auto_free struct digest_message *messages = xcalloc(batch->asked.len, sizeof(*messages));
    auto_free Reapi__Digest **list = xcalloc(batch->asked.len, sizeof(*list));

    for (size_t i = 0; i < batch->asked.len; i++)
        list[i] = digest_message_set(&messages[i], &batch->asked.items[i]);
    request.instance_name = batch->client->instance;
    request.digests = list;
    request.n_digests = batch->asked.len;
    if (batch->client->compress && batch->client->abilities.zstd) {
        request.acceptable_compressors = zstd;
        request.n_acceptable_compressors = 1;
    }
    return client_call(batch->client, READ_METHOD, &request.base,
                       &reapi__batch_read_blobs_response__descriptor, status);
}

/* Whatever is wrong with the batch as a whole, blobs by themselves are tried, and say what it is.
 */
static int flush(struct batch_read *batch, struct error *err)
{
    static const struct digest_set none = DIGEST_SET_INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (batch->asked.len == 0)
        return 0;
    auto_message Reapi__BatchReadBlobsResponse *reply = ask_batch(batch, &status);
    int result = reply ? take_reply(batch, reply, err) : read_rest(batch, &none, err);
    digest_set_release(&batch->asked);
    batch->size = 0;
    return result;
}

static int add(struct batch_read *batch, const struct blob_digest *digest, struct error *err)
{
    uint64_t limit = batch->client->abilities.batch;
    int result = 0;

    if (digest->size == 0 || digest->size + FRAMING > limit)
        return read_one(batch, digest, err);
    if (batch->size + digest->size + FRAMING > limit || batch->asked.len == READ_BATCH)
        result = flush(batch, err);
    digest_set_add(&batch->asked, digest);
    batch->size += digest->size + FRAMING;
    return result;
}

int client_read_blobs(struct client *client, const struct digest_set *digests, uint64_t cap,
                      client_take_fn *take, void *user, struct error *err)
{
    struct batch_read batch = {client, take, user, DIGEST_SET_INIT, 0};
    int result = 0;

    for (size_t i = 0; result == 0 && i < digests->len; i++) {
        result = check_cap(client, &digests->items[i], cap, err);
        if (result == 0)
            result = add(&batch, &digests->items[i], err);
    }
    if (result == 0)
        result = flush(&batch, err);
    digest_set_release(&batch.asked);
    return result;
}
