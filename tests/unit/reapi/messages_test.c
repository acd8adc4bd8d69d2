/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/messages.h"

#include <string.h>

#include "base/memory.h"
#include "support/reapi_service.h"

static void message_unpack_gives_what_was_packed(void **state)
{
    Reapi__GetTreeRequest message = REAPI__GET_TREE_REQUEST__INIT;
    struct blob_digest digest = test_digest("foo"), read;
    struct digest_message root;
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf bytes = BUF_INIT;

    (void)state;
    message.instance_name = (char *)"main";
    message.root_digest = digest_message_set(&root, &digest);
    message_pack(&message.base, &bytes);
    auto_message Reapi__GetTreeRequest *again =
        message_unpack(&reapi__get_tree_request__descriptor,
                       (struct rpc_bytes){(uint8_t *)bytes.data, bytes.len}, &status);
    assert_non_null(again);
    assert_string_equal(again->instance_name, "main");
    assert_int_equal(digest_of_request(again->root_digest, &read, &status), 0);
    assert_true(blob_digest_equal(&read, &digest));
}

static void message_unpack_names_the_message_it_refuses(void **state)
{
    static const struct {
        const char *bytes, *message;
        size_t len;
    } rows[] = {
        {"\x0a\x7f", "GetTreeRequest: the GetTreeRequest is not well-formed", 2},
        {"\x0a\x03"
         "a\0b",
         "GetTreeRequest: the field instance_name of a GetTreeRequest has a NUL in it", 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_status status = RPC_STATUS_INIT;
        struct rpc_bytes bytes = {(const uint8_t *)rows[i].bytes, rows[i].len};
        auto_message void *message =
            message_unpack(&reapi__get_tree_request__descriptor, bytes, &status);
        assert_null(message);
        assert_status(&status, RPC_INVALID_ARGUMENT, rows[i].message);
    }
}

static void message_add_field_is_what_protobuf_writes(void **state)
{
    Reapi__BatchUpdateBlobsRequest__Request message =
        REAPI__BATCH_UPDATE_BLOBS_REQUEST__REQUEST__INIT;
    static uint8_t data[300];
    auto_buf expected = BUF_INIT, bytes = BUF_INIT;

    (void)state;
    message.data = (ProtobufCBinaryData){sizeof(data), data};
    message_pack(&message.base, &expected);
    message_add_field(&bytes, 2, data, sizeof(data));
    assert_int_equal(bytes.len, expected.len);
    assert_memory_equal(bytes.data, expected.data, bytes.len);
}

static void digests_of_requests_are_refused_as_invalid_arguments(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    struct blob_digest digest;

    (void)state;
    assert_int_equal(digest_of_request(NULL, &digest, &status), -1);
    assert_status(&status, RPC_INVALID_ARGUMENT, "there is no digest");
}

static void digests_of_requests_are_shown_as_printable_text(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    Reapi__Digest message = REAPI__DIGEST__INIT;
    struct blob_digest digest;

    (void)state;
    message.hash = (char *)"\xff\n";
    assert_int_equal(digest_of_request(&message, &digest, &status), -1);
    assert_status(&status, RPC_INVALID_ARGUMENT,
                  "the hash '..' isn't 64 lower-case hexadecimal digits (SHA-256)");
}

static void digest_functions_other_than_sha256_are_refused_by_name(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    assert_int_equal(check_digest_function(0, &status), 0);
    assert_int_equal(check_digest_function(1, &status), 0);
    assert_int_equal(check_digest_function(9, &status), -1);
    assert_status(&status, RPC_INVALID_ARGUMENT,
                  "the digest function BLAKE3 (9) isn't served here; use SHA256");
    assert_int_equal(check_digest_function(77, &status), -1);
    assert_status(&status, RPC_INVALID_ARGUMENT,
                  "the digest function of that number (77) isn't served here; use SHA256");
}

static void set_bytes(ProtobufCBinaryData *bytes, size_t len)
{
    *bytes = (ProtobufCBinaryData){len, xcalloc(1, len)};
}

/* A result with 1,000 bytes of each kind inlined. */
static Reapi__ActionResult *inlined_result(bool digests)
{
    Reapi__ActionResult *result = xmalloc(sizeof(*result));
    Reapi__OutputFile *file = xmalloc(sizeof(*file));

    reapi__action_result__init(result);
    reapi__output_file__init(file);
    set_bytes(&file->contents, 1000);
    set_bytes(&result->stdout_raw, 1000);
    set_bytes(&result->stderr_raw, 1000);
    result->output_files = xcalloc(1, sizeof(*result->output_files));
    result->output_files[result->n_output_files++] = file;
    if (digests) {
        result->stdout_digest = xmalloc(sizeof(Reapi__Digest));
        reapi__digest__init(result->stdout_digest);
        result->stderr_digest = xmalloc(sizeof(Reapi__Digest));
        reapi__digest__init(result->stderr_digest);
    }
    return result;
}

static void action_result_fit_drops_in_order_what_is_inlined(void **state)
{
    static const struct {
        size_t limit, out, err, file;
    } rows[] = {
        {4000, 1000, 1000, 1000}, {3000, 0, 1000, 1000}, {2000, 0, 0, 1000}, {500, 0, 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_message Reapi__ActionResult *result = inlined_result(true);
        assert_true(action_result_fit(result, rows[i].limit));
        assert_int_equal(result->stdout_raw.len, rows[i].out);
        assert_int_equal(result->stderr_raw.len, rows[i].err);
        assert_int_equal(result->output_files[0]->contents.len, rows[i].file);
    }
}

static void action_result_fit_keeps_what_has_no_digest(void **state)
{
    auto_message Reapi__ActionResult *result = inlined_result(false);

    (void)state;
    assert_false(action_result_fit(result, 500));
    assert_int_equal(result->stdout_raw.len, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_unpack_gives_what_was_packed),
        cmocka_unit_test(message_unpack_names_the_message_it_refuses),
        cmocka_unit_test(message_add_field_is_what_protobuf_writes),
        cmocka_unit_test(digests_of_requests_are_refused_as_invalid_arguments),
        cmocka_unit_test(digests_of_requests_are_shown_as_printable_text),
        cmocka_unit_test(digest_functions_other_than_sha256_are_refused_by_name),
        cmocka_unit_test(action_result_fit_drops_in_order_what_is_inlined),
        cmocka_unit_test(action_result_fit_keeps_what_has_no_digest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
