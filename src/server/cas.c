/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cas.h"

#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "reapi/zstd.h"
#include "server/answers.h"
#include "server/service.h"

/* The field of BatchUpdateBlobsResponse and BatchReadBlobsResponse that has an answer per blob. */
#define RESPONSES 1

/* What an answer takes besides data, and how much of a text for people goes into it. */
#define ANSWER_OVERHEAD 170
#define TEXT_MAX 80

/* Blobs smaller than this aren't worth the client's work to decompress them. */
#define COMPRESSED_MIN 512

/* ---- FindMissingBlobs ---- */

static int read_digests(Reapi__Digest *const *messages, size_t count, struct blob_digest *digests,
                        struct rpc_status *status)
{
    for (size_t i = 0; i < count; i++)
        if (digest_of_request(messages[i], &digests[i], status) < 0)
            return -1;
    return 0;
}

/* The answer is made of the request's own messages. */
static void answer_missing(struct service *service, const Reapi__FindMissingBlobsRequest *message,
                           const bool *missing, struct buf *reply, struct rpc_status *status)
{
    size_t count = message->n_blob_digests;
    auto_free Reapi__Digest **list = xcalloc(count + 1, sizeof(*list));
    Reapi__FindMissingBlobsResponse answer = REAPI__FIND_MISSING_BLOBS_RESPONSE__INIT;

    answer.missing_blob_digests = list;
    for (size_t i = 0; i < count; i++)
        if (missing[i])
            list[answer.n_missing_blob_digests++] = message->blob_digests[i];
    atomic_fetch_add(&service->figures.blobs_asked, count);
    atomic_fetch_add(&service->figures.blobs_missing, answer.n_missing_blob_digests);
    message_pack(&answer.base, reply);
    if (reply->len > LIMIT_MESSAGE_OUT)
        rpc_status_set(status, RPC_RESOURCE_EXHAUSTED,
                       "%zu of the blobs are missing, and an answer that names them is longer than "
                       "%u bytes; ask for fewer at once",
                       answer.n_missing_blob_digests, LIMIT_MESSAGE_OUT);
}

void cas_find_missing(void *user, struct rpc_bytes request, struct buf *reply,
                      struct rpc_status *status)
{
    struct service *service = user;
    auto_error err = ERROR_INIT;
    auto_message Reapi__FindMissingBlobsRequest *message =
        message_unpack(&reapi__find_missing_blobs_request__descriptor, request, status);

    if (!message || check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0)
        return;
    size_t count = message->n_blob_digests;
    auto_free struct blob_digest *digests = xcalloc(count + 1, sizeof(*digests));
    auto_free bool *missing = xcalloc(count + 1, sizeof(*missing));
    if (read_digests(message->blob_digests, count, digests, status) < 0)
        return;
    int answer = store_find_missing(service->store, digests, count, missing, &err);
    if (answer != 0)
        status_of_answer(status, answer, &err);
    else
        answer_missing(service, message, missing, reply, status);
}

/* ---- BatchUpdateBlobs ---- */

/* The client's word for the size counts where it says how much memory is needed. */
static uint64_t size_of_update(const Reapi__BatchUpdateBlobsRequest__Request *update)
{
    uint64_t size = update->data.len;

    if (update->compressor != REAPI__COMPRESSOR__VALUE__IDENTITY && update->digest &&
        update->digest->size_bytes > 0 && (uint64_t)update->digest->size_bytes > size)
        size = (uint64_t)update->digest->size_bytes;
    return size;
}

static int check_batch(const Reapi__BatchUpdateBlobsRequest *message, struct rpc_status *status)
{
    uint64_t left = LIMIT_BATCH;

    for (size_t i = 0; i < message->n_requests; i++) {
        uint64_t size = size_of_update(message->requests[i]);
        if (size > left)
            return rpc_status_set(
                status, RPC_INVALID_ARGUMENT,
                "the batch has more than %u bytes; upload fewer blobs at once, or "
                "large ones with ByteStream",
                LIMIT_BATCH);
        left -= size;
    }
    if (message->n_requests > LIMIT_BATCH_ANSWER / ANSWER_OVERHEAD)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the batch has %zu blobs; at most %u can be answered at once",
                              message->n_requests, LIMIT_BATCH_ANSWER / ANSWER_OVERHEAD);
    return 0;
}

static int put(struct service *service, const struct blob_digest *digest, struct rpc_bytes data,
               struct rpc_status *status)
{
    auto_error err = ERROR_INIT;

    if (data.len != digest->size)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the blob has %zu bytes and its digest says %llu", data.len,
                              (unsigned long long)digest->size);
    int answer = store_put(service->store, digest, data.data, &err);
    if (answer != 0)
        return status_of_answer(status, answer, &err);
    atomic_fetch_add(&service->figures.blobs_written, 1);
    return 0;
}

static int update_one(struct service *service,
                      const Reapi__BatchUpdateBlobsRequest__Request *update,
                      struct rpc_status *status)
{
    struct blob_digest digest;
    struct rpc_bytes data = {update->data.data, update->data.len};
    auto_buf plain = BUF_INIT;
    auto_error err = ERROR_INIT;

    if (digest_of_request(update->digest, &digest, status) < 0)
        return -1;
    if (update->compressor == REAPI__COMPRESSOR__VALUE__IDENTITY)
        return put(service, &digest, data, status);
    if (update->compressor != REAPI__COMPRESSOR__VALUE__ZSTD)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the compressor %d isn't served here; use zstd or none",
                              (int)update->compressor);
    if (zstd_decompress(data, digest.size, &plain, &err) < 0)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "%s", err.text);
    return put(service, &digest, (struct rpc_bytes){(uint8_t *)plain.data, plain.len}, status);
}

/* Texts are cut, so that the answer's length is known beforehand. */
static Google__Status *status_message(const struct rpc_status *status, Google__Status *message)
{
    google__status__init(message);
    message->code = (int)status->code;
    if (!status->message)
        return message;
    if (strlen(status->message) > TEXT_MAX)
        status->message[TEXT_MAX] = '\0';
    message->message = status->message;
    return message;
}

void cas_batch_update(void *user, struct rpc_bytes request, struct buf *reply,
                      struct rpc_status *status)
{
    struct service *service = user;
    auto_message Reapi__BatchUpdateBlobsRequest *message =
        message_unpack(&reapi__batch_update_blobs_request__descriptor, request, status);

    if (!message || check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0 ||
        check_batch(message, status) < 0)
        return;
    for (size_t i = 0; i < message->n_requests; i++) {
        auto_rpc_status one = RPC_STATUS_INIT;
        Google__Status one_message;
        Reapi__BatchUpdateBlobsResponse__Response answer =
            REAPI__BATCH_UPDATE_BLOBS_RESPONSE__RESPONSE__INIT;
        (void)!update_one(service, message->requests[i], &one);
        answer.digest = message->requests[i]->digest;
        answer.status = status_message(&one, &one_message);
        message_add_header(reply, RESPONSES, protobuf_c_message_get_packed_size(&answer.base));
        message_pack(&answer.base, reply);
    }
}

/* ---- BatchReadBlobs ---- */

struct batch_read {
    struct service *service;
    bool zstd;   /* the client takes it */
    size_t left; /* bytes of data that still fit */
    struct buf data, packed;
};

static bool takes_zstd(const Reapi__BatchReadBlobsRequest *message)
{
    for (size_t i = 0; i < message->n_acceptable_compressors; i++)
        if (message->acceptable_compressors[i] == REAPI__COMPRESSOR__VALUE__ZSTD)
            return true;
    return false;
}

static int check_fits(const struct batch_read *batch, const struct blob_digest *digest,
                      struct rpc_status *status)
{
    if (digest->size <= batch->left)
        return 0;
    if (digest->size > LIMIT_BATCH_ADVERTISED)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the blob is too large for a batch; read it with ByteStream");
    return rpc_status_set(status, RPC_RESOURCE_EXHAUSTED,
                          "no room is left in this answer; ask again, or use ByteStream");
}

static int read_one(struct batch_read *batch, const Reapi__Digest *wanted,
                    Reapi__BatchReadBlobsResponse__Response *answer, struct rpc_status *status)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;
    struct buf *sent = &batch->data;

    if (digest_of_request(wanted, &digest, status) < 0 || check_fits(batch, &digest, status) < 0)
        return -1;
    buf_reset(&batch->data);
    int result = store_read_blob(batch->service->store, &digest, digest.size, &batch->data, &err);
    if (result != 0)
        return status_of_answer(status, result, &err);
    if (batch->zstd && batch->data.len >= COMPRESSED_MIN) {
        buf_reset(&batch->packed);
        zstd_compress(batch->data.data, batch->data.len, &batch->packed);
        sent = batch->packed.len < batch->data.len ? &batch->packed : sent;
    }
    if (sent == &batch->packed)
        answer->compressor = REAPI__COMPRESSOR__VALUE__ZSTD;
    answer->data = (ProtobufCBinaryData){sent->len, (uint8_t *)sent->data};
    batch->left -= sent->len;
    atomic_fetch_add(&batch->service->figures.blobs_read, 1);
    return 0;
}

static void answer_one(struct batch_read *batch, Reapi__Digest *wanted, struct buf *reply)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    Google__Status status_text;
    Reapi__BatchReadBlobsResponse__Response answer =
        REAPI__BATCH_READ_BLOBS_RESPONSE__RESPONSE__INIT;

    (void)!read_one(batch, wanted, &answer, &status);
    answer.digest = wanted;
    answer.status = status_message(&status, &status_text);
    message_add_header(reply, RESPONSES, protobuf_c_message_get_packed_size(&answer.base));
    message_pack(&answer.base, reply);
}

void cas_batch_read(void *user, struct rpc_bytes request, struct buf *reply,
                    struct rpc_status *status)
{
    auto_message Reapi__BatchReadBlobsRequest *message =
        message_unpack(&reapi__batch_read_blobs_request__descriptor, request, status);

    if (!message || check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0)
        return;
    if (message->n_digests > LIMIT_BATCH_ANSWER / ANSWER_OVERHEAD) {
        rpc_status_set(status, RPC_INVALID_ARGUMENT,
                       "the batch asks for %zu blobs; at most %u can be answered at once",
                       message->n_digests, LIMIT_BATCH_ANSWER / ANSWER_OVERHEAD);
        return;
    }
    struct batch_read batch = {
        .service = user,
        .zstd = takes_zstd(message),
        .left = LIMIT_BATCH_ANSWER - message->n_digests * ANSWER_OVERHEAD,
        .data = BUF_INIT,
        .packed = BUF_INIT,
    };
    for (size_t i = 0; i < message->n_digests; i++)
        answer_one(&batch, message->digests[i], reply);
    buf_release(&batch.data);
    buf_release(&batch.packed);
}
