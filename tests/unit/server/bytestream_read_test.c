/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/bytestream.h"

#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/zstd.h"
#include "support/reapi_service.h"

#define READ "/google.bytestream.ByteStream/Read"

static struct blob_digest put_long(struct reapi_service *service, struct buf *plain)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    reapi_add_long(plain);
    blob_digest_of(plain->data, plain->len, &digest);
    assert_success(store_put(service->store, &digest, plain->data, &err), &err);
    return digest;
}

/* Appends what the call answers and returns in how many messages. */
static size_t read_name(struct reapi_service *service, const char *name, int64_t offset,
                        int64_t limit, struct buf *data, struct rpc_client_end *ret_end)
{
    Google__ReadRequest request = GOOGLE__READ_REQUEST__INIT;
    Google__ReadResponse *response;
    size_t count = 0;

    request.resource_name = (char *)name;
    request.read_offset = offset;
    request.read_limit = limit;
    struct rpc_client_call *call = reapi_open(service, READ, &request.base);
    rpc_client_half_close(call);
    while ((response = reapi_next(call, &google__read_response__descriptor))) {
        count++;
        buf_add(data, response->data.data, response->data.len);
        message_release(&response);
    }
    rpc_client_end(call, ret_end);
    return count;
}

static void read_gives_the_bytes_in_messages_of_limited_length(void **state)
{
    struct reapi_service *service = *state;
    auto_buf plain = BUF_INIT, data = BUF_INIT;
    struct blob_digest digest = put_long(service, &plain);
    auto_free char *name = reapi_name(&digest, "", false);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    assert_int_equal(read_name(service, name, 0, 0, &data, &end), 4);
    assert_end(&end, RPC_OK, "");
    assert_buf(&data, plain.data);
}

static void read_gives_the_range_that_is_asked_for(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_put(service->store, "0123456789");
    auto_free char *name = reapi_name(&digest, "", false);
    static const struct {
        int64_t offset, limit;
        const char *expected;
    } rows[] = {{0, 3, "012"},      {4, 0, "456789"}, {4, 2, "45"},
                {4, 100, "456789"}, {10, 0, ""},      {10, 5, ""}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_buf data = BUF_INIT;
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        read_name(service, name, rows[i].offset, rows[i].limit, &data, &end);
        assert_end(&end, RPC_OK, "");
        assert_buf(&data, rows[i].expected);
    }
}

static void read_compresses(void **state)
{
    struct reapi_service *service = *state;
    auto_buf plain = BUF_INIT, packed = BUF_INIT, again = BUF_INIT;
    struct blob_digest digest = put_long(service, &plain);
    auto_free char *name = reapi_name(&digest, "", true);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_error err = ERROR_INIT;

    read_name(service, name, 1000, 0, &packed, &end);
    assert_end(&end, RPC_OK, "");
    assert_true(packed.len < plain.len);
    struct rpc_bytes bytes = {(uint8_t *)packed.data, packed.len};
    assert_success(zstd_decompress(bytes, REAPI_LONG - 1000, &again, &err), &err);
    assert_buf(&again, plain.data + 1000);
}

static void read_of_the_empty_blob_is_no_message_or_an_empty_frame(void **state)
{
    struct reapi_service *service = *state;
    auto_free char *plain = reapi_name(&blob_empty, "", false);
    auto_free char *packed = reapi_name(&blob_empty, "", true);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT, packed_end = RPC_CLIENT_END_INIT;
    auto_buf data = BUF_INIT;

    assert_int_equal(read_name(service, plain, 0, 0, &data, &end), 0);
    assert_end(&end, RPC_OK, "");
    assert_int_equal(read_name(service, packed, 0, 0, &data, &packed_end), 1);
    assert_end(&packed_end, RPC_OK, "");
    assert_int_equal(data.len, 9);
}

static void read_refuses_what_is_out_of_range(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_put(service->store, "foo");
    auto_free char *plain = reapi_name(&digest, "", false);
    auto_free char *packed = reapi_name(&digest, "", true);
    const struct {
        const char *name;
        int64_t offset, limit;
        int code;
        const char *message;
    } rows[] = {
        {plain, 4, 0, RPC_OUT_OF_RANGE, "the offset 4 isn't within the blob's 3 bytes"},
        {plain, -1, 0, RPC_OUT_OF_RANGE, "the offset -1 isn't within the blob's 3 bytes"},
        {plain, 0, -1, RPC_INVALID_ARGUMENT, "the limit -1 is negative"},
        {packed, 0, 1, RPC_INVALID_ARGUMENT, "a compressed blob can't be read with a limit"},
        {"nonsense", 0, 0, RPC_INVALID_ARGUMENT,
         "the resource name 'nonsense' has neither 'blobs' nor 'compressed-blobs' in it"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        auto_buf data = BUF_INIT;
        read_name(service, rows[i].name, rows[i].offset, rows[i].limit, &data, &end);
        assert_end(&end, rows[i].code, rows[i].message);
    }
}

static void read_says_which_blob_is_not_found(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("gone");
    auto_free char *name = reapi_name(&digest, "", false);
    auto_free char *expected = xasprintf("the blob %s isn't in the store", name);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf data = BUF_INIT;

    read_name(service, name, 0, 0, &data, &end);
    assert_end(&end, RPC_NOT_FOUND, expected);
}

static void read_without_a_request_is_an_error(void **state)
{
    struct reapi_service *service = *state;
    struct rpc_client_call *call = rpc_client_open(service->client, READ);
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;

    rpc_client_half_close(call);
    rpc_client_end(call, &end);
    assert_end(&end, RPC_INVALID_ARGUMENT, "the call has no request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(read_gives_the_bytes_in_messages_of_limited_length),
        reapi_test(read_gives_the_range_that_is_asked_for),
        reapi_test(read_compresses),
        reapi_test(read_of_the_empty_blob_is_no_message_or_an_empty_frame),
        reapi_test(read_refuses_what_is_out_of_range),
        reapi_test(read_says_which_blob_is_not_found),
        reapi_test(read_without_a_request_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
