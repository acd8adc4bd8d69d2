/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Blobs, written and read as clients do it. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/messages.h"

#include "blobs.h"
#include "modes.h"

#define WRITE "/google.bytestream.ByteStream/Write"
#define READ "/google.bytestream.ByteStream/Read"
#define CAS "/build.bazel.remote.execution.v2.ContentAddressableStorage/"

#define DATA_FIELD 10 /* of WriteRequest and ReadResponse */
#define NAME_MAX_SIZE (BLOB_NAME_SIZE + 64)
#define PUT_IN_FLIGHT 32
/* What a batch holds: less than the 4 MiB that servers take. */
#define BATCH_BYTES (3u << 20)
#define BATCH_ITEM_EXTRA 100 /* bytes of an item besides its data */
/* What surrounds the data of a ReadResponse. */
#define FRAME_MAX 16

/* Blobs that are written or read in calls of one kind. */
struct job {
    struct blobs blobs;
    size_t in_flight;
    size_t chunk;    /* bytes in a message */
    size_t per_call; /* blobs */
};

static void job_init(struct job *job, const struct work *work)
{
    blobs_init(&job->blobs, work->seed, parse_number(work->words[0]), parse_number(work->words[1]));
    job->in_flight = parse_number(work->words[2]);
    job->chunk = BLOBS_POOL;
    job->per_call = BATCH_BYTES / (size_t)(job->blobs.size + BATCH_ITEM_EXTRA);
    if (job->per_call == 0)
        job->per_call = 1;
}

/* Makes the calls; what they do is measured. */
static void job_run(struct job *job, const struct work *work, const struct calls *calls,
                    size_t count, struct outcome *ret_outcome)
{
    client_run(work->client, calls, count, job->in_flight, &ret_outcome->times);
    ret_outcome->things = job->blobs.count;
    ret_outcome->bytes = job->blobs.count * job->blobs.size;
    blobs_release(&job->blobs);
}

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* ---- ByteStream ---- */

static void name_blob(char name[NAME_MAX_SIZE], const char *before,
                      const struct blob_digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    snprintf(name, NAME_MAX_SIZE, "%sblobs/%s/%" PRIu64, before, digest_hex(&digest->hash, hex),
             digest->size);
}

/* A WriteRequest but for its data, which follows. */
static void add_write(struct buf *head, const struct blob_digest *digest, uint64_t offset,
                      size_t len)
{
    Google__WriteRequest request = GOOGLE__WRITE_REQUEST__INIT;
    char name[NAME_MAX_SIZE];

    if (offset == 0) {
        name_blob(name, "uploads/6b69a20e-93f1-4bb6-9d0c-2b2cde18b4a5/", digest);
        request.resource_name = name;
    }
    request.write_offset = (int64_t)offset;
    request.finish_write = offset + len == digest->size;
    message_pack(&request.base, head);
    message_add_header(head, DATA_FIELD, len);
}

static void write_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    const struct job *job = user;
    uint64_t offset = (uint64_t)sent * job->chunk;
    size_t len = least(job->blobs.size - offset, job->chunk);

    add_write(&message->head, &job->blobs.digests[number], offset, len);
    size_t own = blobs_own(&job->blobs, number, offset, len, &message->head);
    message->tail = blobs_shared(&job->blobs, offset + own);
    message->tail_len = len - own;
    message->last = offset + len == job->blobs.size;
}

static bool is_one_message(void *user, size_t number, const struct answer *answer)
{
    (void)user;
    (void)number;
    return answer->messages == 1;
}

void mode_write(const struct work *work, struct outcome *ret_outcome)
{
    struct job job;
    const struct calls calls = {WRITE, write_next, is_one_message, &job};

    job_init(&job, work);
    job.chunk = (size_t)parse_number(work->words[3]);
    if (job.chunk > BLOBS_POOL || BLOBS_POOL % job.chunk != 0)
        fail("%s doesn't divide %u", work->words[3], BLOBS_POOL);
    job_run(&job, work, &calls, job.blobs.count, ret_outcome);
}

static void read_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    const struct job *job = user;
    Google__ReadRequest request = GOOGLE__READ_REQUEST__INIT;
    char name[NAME_MAX_SIZE];

    (void)sent;
    name_blob(name, "", &job->blobs.digests[number]);
    request.resource_name = name;
    message_pack(&request.base, &message->head);
    message->last = true;
}

static bool is_whole(void *user, size_t number, const struct answer *answer)
{
    const struct job *job = user;

    (void)number;
    return answer->bytes > job->blobs.size &&
           answer->bytes <= job->blobs.size + answer->messages * FRAME_MAX;
}

void mode_read(const struct work *work, struct outcome *ret_outcome)
{
    struct job job;
    const struct calls calls = {READ, read_next, is_whole, &job};

    job_init(&job, work);
    job_run(&job, work, &calls, job.blobs.count, ret_outcome);
}

static void put_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    const struct buf *items = user;
    const struct buf *item = &items[number];
    struct blob_digest digest;

    (void)sent;
    blob_digest_of(item->data, item->len, &digest);
    add_write(&message->head, &digest, 0, item->len);
    message->tail = item->data;
    message->tail_len = item->len;
    message->last = true;
}

void cas_put(struct client *client, const struct buf *items, size_t count)
{
    const struct calls calls = {WRITE, put_next, is_one_message, (void *)items};
    struct times times;

    client_run(client, &calls, count, PUT_IN_FLIGHT, &times);
}

/* ---- ContentAddressableStorage ---- */

/* The digests of a call's blobs, each as the field NUMBER of a message. */
static void add_digests(const struct job *job, size_t call, unsigned number, struct buf *head)
{
    size_t first = call * job->per_call;
    size_t count = least(job->blobs.count - first, job->per_call);

    for (size_t i = first; i < first + count; i++) {
        struct digest_message digest;
        auto_buf packed = BUF_INIT;
        message_pack(&digest_message_set(&digest, &job->blobs.digests[i])->base, &packed);
        message_add_field(head, number, packed.data, packed.len);
    }
}

static void find_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    (void)sent;
    add_digests(user, number, 2, &message->head); /* FindMissingBlobsRequest.blob_digests */
    message->last = true;
}

static bool are_all_missing(void *user, size_t number, const struct answer *answer)
{
    const struct job *job = user;

    (void)number;
    return answer->bytes > job->blobs.count * 2 * DIGEST_SIZE;
}

/* As Bazel 4 sends an action's inputs: asks which are missing, then makes a call for each. */
void mode_inputs(const struct work *work, struct outcome *ret_outcome)
{
    struct job job;
    const struct calls find = {CAS "FindMissingBlobs", find_next, are_all_missing, &job};
    const struct calls calls = {WRITE, write_next, is_one_message, &job};
    struct times asking;

    job_init(&job, work);
    job.per_call = job.blobs.count;
    client_run(work->client, &find, 1, 1, &asking);
    job_run(&job, work, &calls, job.blobs.count, ret_outcome);
    ret_outcome->times.seconds += asking.seconds;
}

static void add_item(const struct job *job, size_t number, struct buf *head)
{
    struct digest_message digest;
    auto_buf item = BUF_INIT, packed = BUF_INIT;
    size_t size = (size_t)job->blobs.size;

    message_pack(&digest_message_set(&digest, &job->blobs.digests[number])->base, &packed);
    message_add_field(&item, 1, packed.data, packed.len); /* Request.digest */
    message_add_header(&item, 2, size);                   /* Request.data */
    size_t own = blobs_own(&job->blobs, number, 0, size, &item);
    buf_add(&item, blobs_shared(&job->blobs, own), size - own);
    message_add_field(head, 2, item.data, item.len); /* BatchUpdateBlobsRequest.requests */
}

static void batch_write_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    const struct job *job = user;
    size_t first = number * job->per_call;
    size_t count = least(job->blobs.count - first, job->per_call);

    (void)sent;
    for (size_t i = first; i < first + count; i++)
        add_item(job, i, &message->head);
    message->last = true;
}

static bool are_good(void *user, size_t number, const struct answer *answer)
{
    const uint8_t *bytes = (const uint8_t *)answer->final.data;
    Reapi__BatchUpdateBlobsResponse *response =
        reapi__batch_update_blobs_response__unpack(NULL, answer->final.len, bytes);
    bool good = response != NULL;

    (void)user;
    (void)number;
    for (size_t i = 0; good && i < response->n_responses; i++)
        good = !response->responses[i]->status || response->responses[i]->status->code == 0;
    if (response)
        reapi__batch_update_blobs_response__free_unpacked(response, NULL);
    return good;
}

static size_t batches(const struct job *job)
{
    return (job->blobs.count + job->per_call - 1) / job->per_call;
}

/* Blobs that a batch can't hold two of aren't for these two modes. */
static void check_batch(const struct job *job)
{
    if (job->blobs.size > BATCH_BYTES)
        fail("a batch can't hold %" PRIu64 " bytes", job->blobs.size);
}

void mode_batch_write(const struct work *work, struct outcome *ret_outcome)
{
    struct job job;
    const struct calls calls = {CAS "BatchUpdateBlobs", batch_write_next, are_good, &job};

    job_init(&job, work);
    check_batch(&job);
    job_run(&job, work, &calls, batches(&job), ret_outcome);
}

static void batch_read_next(void *user, size_t number, size_t sent, struct outgoing *message)
{
    (void)sent;
    add_digests(user, number, 2, &message->head); /* BatchReadBlobsRequest.digests */
    message->last = true;
}

static bool are_whole(void *user, size_t number, const struct answer *answer)
{
    const struct job *job = user;
    size_t count = least(job->blobs.count - number * job->per_call, job->per_call);

    return answer->bytes > count * job->blobs.size;
}

void mode_batch_read(const struct work *work, struct outcome *ret_outcome)
{
    struct job job;
    const struct calls calls = {CAS "BatchReadBlobs", batch_read_next, are_whole, &job};

    job_init(&job, work);
    check_batch(&job);
    job_run(&job, work, &calls, batches(&job), ret_outcome);
}
