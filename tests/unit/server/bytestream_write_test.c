/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/bytestream.h"

#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/zstd.h"
#include "support/reapi_service.h"

#define WRITE "/google.bytestream.ByteStream/Write"
#define QUERY "/google.bytestream.ByteStream/QueryWriteStatus"

static void pack_write(const char *name, uint64_t offset, const void *data, size_t len, bool finish,
                       struct buf *bytes)
{
    Google__WriteRequest request = GOOGLE__WRITE_REQUEST__INIT;

    request.resource_name = name ? (char *)name : request.resource_name;
    request.write_offset = (int64_t)offset;
    request.data = (ProtobufCBinaryData){len, (uint8_t *)data};
    request.finish_write = finish;
    message_pack(&request.base, bytes);
}

/* Whether the message went out. NAME may be NULL. */
static bool send_part(struct rpc_client_call *call, const char *name, uint64_t offset,
                      const char *text, bool finish)
{
    auto_buf bytes = BUF_INIT;

    pack_write(name, offset, text, strlen(text), finish, &bytes);
    return rpc_client_send(call, bytes.data, bytes.len);
}

/* The committed size, or -100 where the call failed. Frees the call. */
static int64_t finish(struct rpc_client_call *call, struct rpc_client_end *ret_end)
{
    auto_message Google__WriteResponse *response =
        reapi_next(call, &google__write_response__descriptor);
    int64_t size = response ? response->committed_size : -100;

    rpc_client_end(call, ret_end);
    return size;
}

static int64_t write_whole(struct reapi_service *service, const char *name, const void *data,
                           size_t len, struct rpc_client_end *ret_end)
{
    struct rpc_client_call *call = rpc_client_open(service->client, WRITE);
    auto_buf bytes = BUF_INIT;

    pack_write(name, 0, data, len, true, &bytes);
    assert_true(rpc_client_send(call, bytes.data, bytes.len));
    rpc_client_half_close(call);
    return finish(call, ret_end);
}

static void write_stores_a_blob_of_one_message(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    auto_free char *name = reapi_name(&digest, "u", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_int_equal(write_whole(service, name, "foo", 3, &end), 3);
    assert_end(&end, RPC_OK, "");
    assert_blob(service->store, &digest, "foo");
}

static void write_stores_a_blob_of_many_messages(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobarbaz");
    auto_free char *name = reapi_name(&digest, "u", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, WRITE);

    assert_true(send_part(call, name, 0, "foo", false));
    assert_true(send_part(call, NULL, 3, "bar", false));
    assert_true(send_part(call, name, 6, "", false));
    assert_true(send_part(call, name, 6, "baz", false));
    assert_true(send_part(call, NULL, 9, "", true));
    assert_int_equal(finish(call, &end), 9);
    assert_end(&end, RPC_OK, "");
    assert_blob(service->store, &digest, "foobarbaz");
}

static void write_decompresses(void **state)
{
    struct reapi_service *service = *state;
    auto_buf plain = BUF_INIT, packed = BUF_INIT;
    struct blob_digest digest;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    reapi_add_long(&plain);
    blob_digest_of(plain.data, plain.len, &digest);
    auto_free char *name = reapi_name(&digest, "u", true);
    zstd_compress(plain.data, plain.len, &packed);
    assert_int_equal(write_whole(service, name, packed.data, packed.len, &end),
                     (int64_t)packed.len);
    assert_end(&end, RPC_OK, "");
    assert_blob(service->store, &digest, plain.data);
}

static void write_of_a_blob_that_is_there_is_answered_early(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_put(service->store, "foobar");
    static const struct {
        bool zstd;
        int64_t size;
    } rows[] = {{false, 6}, {true, -1}};

    for (size_t i = 0; i < 2; i++) {
        auto_free char *name = reapi_name(&digest, "u", rows[i].zstd);
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        struct rpc_client_call *call = rpc_client_open(service->client, WRITE);
        send_part(call, name, 0, "foo", false);
        assert_int_equal(finish(call, &end), rows[i].size);
        assert_end(&end, RPC_OK, "");
    }
}

static void write_of_the_empty_blob_is_fine(void **state)
{
    struct reapi_service *service = *state;
    auto_free char *name = reapi_name(&blob_empty, "u", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_int_equal(write_whole(service, name, "", 0, &end), 0);
    assert_end(&end, RPC_OK, "");
}

static void write_refuses_wrong_bytes(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    static const struct {
        const char *data;
        bool zstd;
    } rows[] = {{"bar", false}, {"fo", false}, {"foooo", false}, {"bar", true}, {"", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_free char *name = reapi_name(&digest, "u", rows[i].zstd);
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        assert_int_equal(write_whole(service, name, rows[i].data, strlen(rows[i].data), &end),
                         -100);
        assert_int_equal(end.code, RPC_INVALID_ARGUMENT);
        assert_false(test_has(service->store, &digest));
    }
}

static void write_refuses_zstd_that_ends_early(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    auto_free char *name = reapi_name(&digest, "u", true);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf packed = BUF_INIT;

    zstd_compress("foo", 3, &packed);
    write_whole(service, name, packed.data, packed.len - 1, &end);
    assert_end(&end, RPC_INVALID_ARGUMENT, "the zstd bytes end within a frame");
}

static void write_refuses_messages_that_do_not_follow(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", false);
    static const struct {
        const char *name;
        uint64_t offset;
        const char *message;
    } rows[] = {
        {NULL, 2, "a message has the offset 2 where 3 should follow"},
        {NULL, 4, "a message has the offset 4 where 3 should follow"},
        {NULL, UINT64_MAX, "a message has the offset -1 where 3 should follow"},
        {"other", 3, "a message names another resource than the stream's first one"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        struct rpc_client_call *call = rpc_client_open(service->client, WRITE);
        assert_true(send_part(call, name, 0, "foo", false));
        assert_true(send_part(call, rows[i].name, rows[i].offset, "bar", true));
        assert_int_equal(finish(call, &end), -100);
        assert_end(&end, RPC_INVALID_ARGUMENT, rows[i].message);
    }
}

static void write_refuses_bad_beginnings(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", false);
    const struct {
        const char *name;
        uint64_t offset;
        int code;
        const char *message;
    } rows[] = {
        {name, UINT64_MAX, RPC_INVALID_ARGUMENT, "the offset -1 is negative"},
        {name, 2, RPC_ABORTED,
         "no upload of that name has 2 bytes here; ask QueryWriteStatus how many it has, and go on "
         "there"},
        {"", 0, RPC_INVALID_ARGUMENT,
         "the resource name '' has a slash at its start or end, or two in a row"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        struct rpc_client_call *call = rpc_client_open(service->client, WRITE);
        assert_true(send_part(call, rows[i].name, rows[i].offset, "bar", true));
        assert_int_equal(finish(call, &end), -100);
        assert_end(&end, rows[i].code, rows[i].message);
    }
}

/* ---- broken uploads ---- */

static Google__QueryWriteStatusResponse *query(struct reapi_service *service, const char *name)
{
    Google__QueryWriteStatusRequest request = GOOGLE__QUERY_WRITE_STATUS_REQUEST__INIT;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    request.resource_name = (char *)name;
    void *reply = reapi_call(service, QUERY, &request.base,
                             &google__query_write_status_response__descriptor, &end);
    assert_non_null(reply);
    return reply;
}

static void assert_progress(struct reapi_service *service, const char *name, int64_t size,
                            bool complete)
{
    auto_message Google__QueryWriteStatusResponse *response = query(service, name);

    assert_int_equal(response->committed_size, size);
    assert_int_equal(response->complete, complete);
}

static void upload_that_ends_early_can_be_gone_on_with(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", false);
    auto_free char *other = reapi_name(&digest, "v", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT, again_end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, WRITE);

    assert_progress(service, name, 0, false);
    assert_true(send_part(call, name, 0, "foo", false));
    rpc_client_half_close(call);
    assert_int_equal(finish(call, &end), 3);
    assert_end(&end, RPC_OK, "");
    assert_progress(service, name, 3, false);
    assert_progress(service, other, 0, false);

    call = rpc_client_open(service->client, WRITE);
    assert_true(send_part(call, name, 3, "bar", true));
    assert_int_equal(finish(call, &again_end), 6);
    assert_end(&again_end, RPC_OK, "");
    assert_blob(service->store, &digest, "foobar");
    assert_progress(service, name, 6, true);
    assert_int_equal(atomic_load(&service->service.figures.uploads_again), 1);
}

static void wait_until_kept(struct reapi_service *service, unsigned long long count)
{
    while (atomic_load(&service->service.figures.uploads_kept) < count)
        usleep(1000);
}

/* Waits until the service has that many bytes of messages to Write. */
static void wait_until_received(struct reapi_service *service, uint64_t len)
{
    auto_free struct rpc_method_stats *stats = xcalloc(service_method_count + 1, sizeof(*stats));
    uint64_t received = 0;

    while (received < len) {
        usleep(1000);
        rpc_server_stats(service->server, stats);
        for (size_t i = 0; i < service_method_count; i++)
            received = strcmp(stats[i].name, WRITE) == 0 ? stats[i].bytes_in : received;
    }
}

static void upload_that_breaks_can_be_gone_on_with_or_begun_anew(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT, again_end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, WRITE);
    auto_buf parts = BUF_INIT;

    pack_write(name, 0, "fo", 2, false, &parts);
    pack_write(name, 2, "o", 1, false, &parts);
    assert_true(send_part(call, name, 0, "fo", false));
    assert_true(send_part(call, name, 2, "o", false));
    wait_until_received(service, parts.len);
    rpc_client_cancel(call);
    rpc_client_end(call, &end);
    assert_int_equal(end.code, RPC_CANCELLED);
    wait_until_kept(service, 1);
    assert_progress(service, name, 3, false);
    assert_int_equal(write_whole(service, name, "foobar", 6, &again_end), 6);
    assert_progress(service, name, 6, true);
}

static void upload_that_was_wrong_is_not_kept(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, WRITE);

    assert_true(send_part(call, name, 0, "foo", false));
    assert_true(send_part(call, name, 3, "baz", true));
    finish(call, &end);
    assert_int_equal(end.code, RPC_INVALID_ARGUMENT);
    assert_progress(service, name, 0, false);
}

static void two_uploads_of_one_name_both_succeed(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", false);
    auto_rpc_client_end first_end = RPC_CLIENT_END_INIT, second_end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *first = rpc_client_open(service->client, WRITE);
    struct rpc_client_call *second = rpc_client_open(service->client, WRITE);

    assert_true(send_part(first, name, 0, "foo", false));
    assert_true(send_part(second, name, 0, "foob", false));
    assert_true(send_part(first, name, 3, "bar", true));
    assert_int_equal(finish(first, &first_end), 6);
    /* This one can't be sent if its first part came after the blob was whole: it is answered. */
    send_part(second, name, 4, "ar", true);
    assert_int_equal(finish(second, &second_end), 6);
    assert_int_equal(second_end.code, RPC_OK);
    assert_blob(service->store, &digest, "foobar");
}

static void compressed_upload_that_ends_early_is_an_error(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foobar");
    auto_free char *name = reapi_name(&digest, "u", true);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, WRITE);

    assert_true(send_part(call, name, 0, "\x28\xb5\x2f\xfd", false));
    rpc_client_half_close(call);
    assert_int_equal(finish(call, &end), -100);
    assert_end(&end, RPC_INVALID_ARGUMENT, "the stream ended without finish_write");
    assert_progress(service, name, 0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(write_stores_a_blob_of_one_message),
        reapi_test(write_stores_a_blob_of_many_messages),
        reapi_test(write_decompresses),
        reapi_test(write_of_a_blob_that_is_there_is_answered_early),
        reapi_test(write_of_the_empty_blob_is_fine),
        reapi_test(write_refuses_wrong_bytes),
        reapi_test(write_refuses_zstd_that_ends_early),
        reapi_test(write_refuses_messages_that_do_not_follow),
        reapi_test(write_refuses_bad_beginnings),
        reapi_test(upload_that_ends_early_can_be_gone_on_with),
        reapi_test(upload_that_breaks_can_be_gone_on_with_or_begun_anew),
        reapi_test(upload_that_was_wrong_is_not_kept),
        reapi_test(two_uploads_of_one_name_both_succeed),
        reapi_test(compressed_upload_that_ends_early_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
