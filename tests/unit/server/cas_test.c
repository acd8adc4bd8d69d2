/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cas.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/zstd.h"
#include "support/reapi_service.h"

#define CAS "ContentAddressableStorage/"

/* ---- FindMissingBlobs ---- */

static void find_missing_names_what_is_missing_as_often_as_asked(void **state)
{
    struct reapi_service *service = *state;
    Reapi__FindMissingBlobsRequest request = REAPI__FIND_MISSING_BLOBS_REQUEST__INIT;
    struct blob_digest there = test_put(service->store, "there"), gone = test_digest("gone");
    struct digest_message messages[4];
    Reapi__Digest *list[] = {
        digest_message_set(&messages[0], &gone), digest_message_set(&messages[1], &there),
        digest_message_set(&messages[2], &blob_empty), digest_message_set(&messages[3], &gone)};
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    request.blob_digests = list;
    request.n_blob_digests = 4;
    auto_message Reapi__FindMissingBlobsResponse *reply =
        reapi_call(service, CAS "FindMissingBlobs", &request.base,
                   &reapi__find_missing_blobs_response__descriptor, &end);
    assert_non_null(reply);
    assert_int_equal(reply->n_missing_blob_digests, 2);
    assert_string_equal(reply->missing_blob_digests[0]->hash, messages[0].hash);
    assert_int_equal(reply->missing_blob_digests[1]->size_bytes, 4);
}

static void find_missing_refuses_bad_requests(void **state)
{
    struct reapi_service *service = *state;
    Reapi__Digest digest = REAPI__DIGEST__INIT;
    Reapi__Digest *list[] = {&digest};
    static const struct {
        const char *instance, *hash;
        int function;
        const char *message;
    } rows[] = {
        {"", "abc", 0, "the hash 'abc' isn't 64 lower-case hexadecimal digits (SHA-256)"},
        {"a//b", "abc", 0,
         "the instance name 'a//b' has a slash at its start or end, or two in a row"},
        {"", "abc", REAPI__DIGEST_FUNCTION__VALUE__MD5,
         "the digest function MD5 (3) isn't served here; use SHA256"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Reapi__FindMissingBlobsRequest request = REAPI__FIND_MISSING_BLOBS_REQUEST__INIT;
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        request.instance_name = (char *)rows[i].instance;
        request.digest_function = (Reapi__DigestFunction__Value)rows[i].function;
        digest.hash = (char *)rows[i].hash;
        request.blob_digests = list;
        request.n_blob_digests = 1;
        assert_null(reapi_call(service, CAS "FindMissingBlobs", &request.base,
                               &reapi__find_missing_blobs_response__descriptor, &end));
        assert_end(&end, RPC_INVALID_ARGUMENT, rows[i].message);
    }
}

/* ---- BatchUpdateBlobs ---- */

/* Uploads one blob; the status of it, or -1 where the call failed. */
static int update(struct reapi_service *service, const struct blob_digest *digest,
                  struct rpc_bytes data, int compressor, struct rpc_client_end *end)
{
    Reapi__BatchUpdateBlobsRequest request = REAPI__BATCH_UPDATE_BLOBS_REQUEST__INIT;
    Reapi__BatchUpdateBlobsRequest__Request one = REAPI__BATCH_UPDATE_BLOBS_REQUEST__REQUEST__INIT;
    Reapi__BatchUpdateBlobsRequest__Request *list[] = {&one};
    struct digest_message message;

    one.digest = digest_message_set(&message, digest);
    one.data = (ProtobufCBinaryData){data.len, (uint8_t *)data.data};
    one.compressor = (Reapi__Compressor__Value)compressor;
    request.requests = list;
    request.n_requests = 1;
    auto_message Reapi__BatchUpdateBlobsResponse *reply =
        reapi_call(service, CAS "BatchUpdateBlobs", &request.base,
                   &reapi__batch_update_blobs_response__descriptor, end);
    if (!reply)
        return -1;
    assert_int_equal(reply->n_responses, 1);
    assert_string_equal(reply->responses[0]->digest->hash, message.hash);
    free(end->message);
    end->message = xstrdup(reply->responses[0]->status->message);
    return reply->responses[0]->status->code;
}

static struct rpc_bytes bytes_of(const char *text)
{
    return (struct rpc_bytes){(const uint8_t *)text, strlen(text)};
}

static void batch_update_stores_blobs(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    auto_rpc_client_end end = RPC_CLIENT_END_INIT, again = RPC_CLIENT_END_INIT;

    assert_int_equal(update(service, &digest, bytes_of("foo"), 0, &end), RPC_OK);
    assert_blob(service->store, &digest, "foo");
    assert_int_equal(update(service, &digest, bytes_of("foo"), 0, &again), RPC_OK);
}

static void batch_update_takes_the_empty_blob(void **state)
{
    struct reapi_service *service = *state;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_int_equal(update(service, &blob_empty, bytes_of(""), 0, &end), RPC_OK);
}

static void batch_update_takes_zstd(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf packed = BUF_INIT;

    zstd_compress("foo", 3, &packed);
    struct rpc_bytes bytes = {(uint8_t *)packed.data, packed.len};
    assert_int_equal(update(service, &digest, bytes, REAPI__COMPRESSOR__VALUE__ZSTD, &end), RPC_OK);
    assert_blob(service->store, &digest, "foo");
}

static void batch_update_refuses_a_blob_that_is_wrong(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    static const struct {
        const char *data;
        int compressor;
        const char *message;
    } rows[] = {
        {"fo", 0, "the blob has 2 bytes and its digest says 3"},
        {"bar", 0, NULL},
        {"bar", REAPI__COMPRESSOR__VALUE__ZSTD,
         "the bytes aren't good zstd: Unknown frame descriptor"},
        {"bar", REAPI__COMPRESSOR__VALUE__BROTLI,
         "the compressor 3 isn't served here; use zstd or none"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        assert_int_equal(update(service, &digest, bytes_of(rows[i].data), rows[i].compressor, &end),
                         RPC_INVALID_ARGUMENT);
        if (rows[i].message)
            assert_string_equal(end.message, rows[i].message);
        assert_false(test_has(service->store, &digest));
    }
}

static void batch_update_refuses_more_than_the_limit(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    auto_rpc_client_end plain = RPC_CLIENT_END_INIT, packed = RPC_CLIENT_END_INIT;
    auto_buf large = BUF_INIT;

    buf_add_zeros(&large, LIMIT_BATCH + 1);
    struct rpc_bytes bytes = {(uint8_t *)large.data, large.len};
    assert_int_equal(update(service, &digest, bytes, 0, &plain), -1);
    assert_end(&plain, RPC_INVALID_ARGUMENT,
               "the batch has more than 4194304 bytes; upload fewer blobs at once, or large ones "
               "with ByteStream");
    /* What a few bytes may decompress to counts as well. */
    digest.size = 1ull << 40;
    assert_int_equal(
        update(service, &digest, bytes_of("abc"), REAPI__COMPRESSOR__VALUE__ZSTD, &packed), -1);
    assert_int_equal(packed.code, RPC_INVALID_ARGUMENT);
}

/* ---- BatchReadBlobs ---- */

static Reapi__BatchReadBlobsResponse *read_blobs(struct reapi_service *service,
                                                 const struct blob_digest *digests, size_t count,
                                                 bool zstd)
{
    Reapi__BatchReadBlobsRequest request = REAPI__BATCH_READ_BLOBS_REQUEST__INIT;
    Reapi__Compressor__Value compressors[] = {REAPI__COMPRESSOR__VALUE__ZSTD};
    auto_free struct digest_message *messages = xcalloc(count, sizeof(*messages));
    auto_free Reapi__Digest **list = xcalloc(count, sizeof(*list));
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    for (size_t i = 0; i < count; i++)
        list[i] = digest_message_set(&messages[i], &digests[i]);
    request.digests = list;
    request.n_digests = count;
    request.acceptable_compressors = compressors;
    request.n_acceptable_compressors = zstd;
    Reapi__BatchReadBlobsResponse *reply =
        reapi_call(service, CAS "BatchReadBlobs", &request.base,
                   &reapi__batch_read_blobs_response__descriptor, &end);
    assert_non_null(reply);
    assert_int_equal(reply->n_responses, count);
    assert_true(reapi__batch_read_blobs_response__get_packed_size(reply) < LIMIT_MESSAGE_OUT);
    return reply;
}

static void batch_read_answers_for_each_blob(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digests[] = {test_put(service->store, "there"), test_digest("gone"),
                                    blob_empty};
    auto_message Reapi__BatchReadBlobsResponse *reply = read_blobs(service, digests, 3, false);

    assert_int_equal(reply->responses[0]->status->code, RPC_OK);
    assert_int_equal(reply->responses[0]->data.len, 5);
    assert_memory_equal(reply->responses[0]->data.data, "there", 5);
    assert_int_equal(reply->responses[1]->status->code, RPC_NOT_FOUND);
    assert_string_equal(reply->responses[1]->status->message, "the blob isn't in the store");
    assert_int_equal(reply->responses[2]->status->code, RPC_OK);
    assert_int_equal(reply->responses[2]->data.len, 0);
}

/* Puts a blob of LEN bytes that begins with TEXT. */
static struct blob_digest put_large(struct reapi_service *service, const char *text, size_t len)
{
    auto_buf large = BUF_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest digest;

    buf_add_str(&large, text);
    buf_add_zeros(&large, len - large.len);
    blob_digest_of(large.data, large.len, &digest);
    assert_success(store_put(service->store, &digest, large.data, &err), &err);
    return digest;
}

static void batch_read_compresses_where_it_is_welcome_and_pays(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digests[] = {put_large(service, "a", 10000),
                                    test_put(service->store, "short")};
    auto_buf plain = BUF_INIT;
    auto_error err = ERROR_INIT;
    auto_message Reapi__BatchReadBlobsResponse *reply = read_blobs(service, digests, 2, true);

    assert_int_equal(reply->responses[0]->compressor, REAPI__COMPRESSOR__VALUE__ZSTD);
    ProtobufCBinaryData data = reply->responses[0]->data;
    assert_success(zstd_decompress((struct rpc_bytes){data.data, data.len}, 10000, &plain, &err),
                   &err);
    assert_int_equal(reply->responses[1]->compressor, REAPI__COMPRESSOR__VALUE__IDENTITY);
}

static void batch_read_answers_stay_below_what_clients_take(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digests[] = {
        put_large(service, "a", 3u << 20), put_large(service, "b", 2u << 20),
        put_large(service, "c", 5u << 20), put_large(service, "d", 1000)};
    auto_message Reapi__BatchReadBlobsResponse *reply = read_blobs(service, digests, 4, false);

    assert_int_equal(reply->responses[0]->data.len, 3u << 20);
    assert_int_equal(reply->responses[1]->status->code, RPC_RESOURCE_EXHAUSTED);
    assert_string_equal(reply->responses[1]->status->message,
                        "no room is left in this answer; ask again, or use ByteStream");
    assert_int_equal(reply->responses[2]->status->code, RPC_INVALID_ARGUMENT);
    assert_string_equal(reply->responses[2]->status->message,
                        "the blob is too large for a batch; read it with ByteStream");
    assert_int_equal(reply->responses[3]->data.len, 1000);
}

static void batch_read_gives_a_full_batch_of_small_blobs(void **state)
{
    struct reapi_service *service = *state;
    static struct blob_digest digests[4000];

    for (size_t i = 0; i < 4000; i++)
        digests[i] = blob_empty;
    auto_message Reapi__BatchReadBlobsResponse *reply = read_blobs(service, digests, 4000, false);
    assert_int_equal(reply->responses[3999]->status->code, RPC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(find_missing_names_what_is_missing_as_often_as_asked),
        reapi_test(find_missing_refuses_bad_requests),
        reapi_test(batch_update_stores_blobs),
        reapi_test(batch_update_takes_the_empty_blob),
        reapi_test(batch_update_takes_zstd),
        reapi_test(batch_update_refuses_a_blob_that_is_wrong),
        reapi_test(batch_update_refuses_more_than_the_limit),
        reapi_test(batch_read_answers_for_each_blob),
        reapi_test(batch_read_compresses_where_it_is_welcome_and_pays),
        reapi_test(batch_read_answers_stay_below_what_clients_take),
        reapi_test(batch_read_gives_a_full_batch_of_small_blobs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
