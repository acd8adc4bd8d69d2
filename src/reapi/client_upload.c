/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_cas.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "reapi/client_batch.h"
#include "reapi/client_pieces.h"
#include "reapi/client_private.h"
#include "reapi/client_stream.h"
#include "reapi/messages.h"
#include "store/blob_message.h"

#define FIND_METHOD REAPI_SERVICE "ContentAddressableStorage/FindMissingBlobs"

/* A question of that many digests, and its answer, stay below 1 MiB. */
#define FIND_BATCH 8192
/* A batch with less isn't worth a call. */
#define SHARE_MIN (256u << 10)

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

/* Blobs that go together: a large one by itself, small ones in a batch. */
struct piece {
    size_t first, count; /* in the upload's places */
    bool stream;
};

struct upload {
    const struct payload *payload;
    size_t *places; /* in the payload, of what is missing, in the order of the pieces */
    size_t place_count;
    struct piece *pieces;
    size_t len, cap;
    struct client_moved *moved;
    pthread_mutex_t lock; /* of what was moved */
};

static int check_blob(const struct client *client, const struct payload *payload,
                      const struct blob_digest *digest, size_t *ret_place, struct error *err)
{
    const char *address = rpc_channel_address(client->channel);
    char name[BLOB_NAME_SIZE];

    if (!digest_set_find(&payload->digests, digest, ret_place))
        return error_set(err, ERROR_REMOTE,
                         "%s: the service misses the blob %s, which isn't one of those uploaded",
                         address, blob_name(digest, name));
    if (digest->size > client->abilities.blob_max)
        return error_set(err, ERROR_REMOTE,
                         "%s: the blob %s is larger than the %llu bytes that the service takes",
                         address, blob_name(digest, name),
                         (unsigned long long)client->abilities.blob_max);
    return 0;
}

static bool goes_alone(const struct client *client, const struct blob_digest *digest)
{
    return digest->size + BATCH_FRAMING > client->abilities.batch;
}

static void add_piece(struct upload *upload, bool stream)
{
    grow_for_one(upload->pieces, upload->len, upload->cap);
    upload->pieces[upload->len++] = (struct piece){upload->place_count, 0, stream};
}

static void add_place(struct upload *upload, size_t place)
{
    upload->places[upload->place_count++] = place;
    upload->pieces[upload->len - 1].count++;
}

/* What takes longest begins first. */
static int plan_streams(struct upload *upload, const struct client *client,
                        const struct digest_set *missing, uint64_t *ret_rest, struct error *err)
{
    *ret_rest = 0;
    for (size_t i = 0, place = 0; i < missing->len; i++) {
        const struct blob_digest *digest = &missing->items[i];
        if (check_blob(client, upload->payload, digest, &place, err) < 0)
            return -1;
        if (!goes_alone(client, digest)) {
            *ret_rest += digest->size + BATCH_FRAMING;
            continue;
        }
        add_piece(upload, true);
        add_place(upload, place);
    }
    return 0;
}

/* Bytes of a batch: all that is allowed, or less, so that there is work for all threads. */
static uint64_t share_of(const struct client *client, uint64_t bytes)
{
    uint64_t share = bytes / (2 * CLIENT_PIECES);

    if (share < SHARE_MIN)
        share = SHARE_MIN;
    return share < client->abilities.batch ? share : client->abilities.batch;
}

static void plan_batches(struct upload *upload, const struct client *client,
                         const struct digest_set *missing, uint64_t share)
{
    uint64_t filled = share; /* so that the first one begins a piece */

    for (size_t i = 0, place = 0; i < missing->len; i++) {
        const struct blob_digest *digest = &missing->items[i];
        uint64_t size = digest->size + BATCH_FRAMING;
        if (goes_alone(client, digest) ||
            !digest_set_find(&upload->payload->digests, digest, &place))
            continue;
        if (filled + size > share || upload->pieces[upload->len - 1].count == BATCH_BLOBS) {
            add_piece(upload, false);
            filled = 0;
        }
        add_place(upload, place);
        filled += size;
    }
}

static int upload_piece(void *user, struct client *client, size_t number, struct error *err)
{
    struct upload *upload = user;
    const struct piece *piece = &upload->pieces[number];
    const size_t *places = &upload->places[piece->first];
    struct client_moved moved = {0, 0};
    int result = 0;

    if (!piece->stream)
        result = client_write_batch(client, upload->payload, places, piece->count, &moved, err);
    else if ((result = client_write(client, upload->payload, *places, err)) == 0)
        client_count_moved(&moved, &upload->payload->digests.items[*places]);
    pthread_mutex_lock(&upload->lock);
    upload->moved->blobs += moved.blobs;
    upload->moved->bytes += moved.bytes;
    pthread_mutex_unlock(&upload->lock);
    return result;
}

int client_upload_again(struct client *client, const struct payload *payload,
                        const struct digest_set *missing, struct client_moved *moved,
                        struct error *err)
{
    struct client_moved ignored = {0, 0};
    struct upload upload = {.payload = payload,
                            .places = xcalloc(missing->len + 1, sizeof(size_t)),
                            .moved = moved ? moved : &ignored,
                            .lock = PTHREAD_MUTEX_INITIALIZER};
    uint64_t rest = 0;

    int result = plan_streams(&upload, client, missing, &rest, err);
    if (result == 0) {
        plan_batches(&upload, client, missing, share_of(client, rest));
        result = client_do_pieces(client, upload.len, upload_piece, &upload, err);
    }
    free(upload.places);
    free(upload.pieces);
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
