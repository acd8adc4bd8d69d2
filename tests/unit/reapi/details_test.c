/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/details.h"

#include <string.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "support/reapi_service.h"

#define FOO "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

/* The one detail of the status, which must have that type. */
static Google__Status *unpack(const struct rpc_status *status, const char *type)
{
    Google__Status *message =
        google__status__unpack(NULL, status->details.len, (const uint8_t *)status->details.data);

    assert_non_null(message);
    assert_int_equal(message->code, status->code);
    assert_string_equal(message->message, status->message);
    assert_int_equal(message->n_details, 1);
    assert_string_equal(message->details[0]->type_url, type);
    return message;
}

static Google__PreconditionFailure *unpack_failure(const Google__Status *message)
{
    Google__PreconditionFailure *failure = google__precondition_failure__unpack(
        NULL, message->details[0]->value.len, message->details[0]->value.data);

    assert_non_null(failure);
    return failure;
}

static void missing_blobs_are_named_in_a_precondition_failure(void **state)
{
    struct blob_digest digests[] = {test_digest("foo"), test_digest("bar")};
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    assert_int_equal(status_missing_blobs(&status, digests, 2), -1);
    assert_status(&status, RPC_FAILED_PRECONDITION,
                  "2 blobs are needed and not in the store (blobs/" FOO
                  "/3 is the first); upload what is missing and try again");
    auto_message Google__Status *message =
        unpack(&status, "type.googleapis.com/google.rpc.PreconditionFailure");
    auto_message Google__PreconditionFailure *failure = unpack_failure(message);
    assert_int_equal(failure->n_violations, 2);
    assert_string_equal(failure->violations[0]->type, "MISSING");
    assert_string_equal(failure->violations[0]->subject, "blobs/" FOO "/3");
    assert_string_equal(failure->violations[1]->type, "MISSING");
}

static void one_missing_blob_is_named_in_the_text(void **state)
{
    struct blob_digest digest = test_digest("foo");
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    status_missing_blobs(&status, &digest, 1);
    assert_status(&status, RPC_FAILED_PRECONDITION,
                  "1 blob is needed and not in the store (blobs/" FOO
                  "/3); upload what is missing and try again");
    assert_true(status.details.len <= RPC_STATUS_DETAILS_MAX);
}

static void missing_blobs_are_not_named_without_limit(void **state)
{
    size_t count = LIMIT_MISSING_NAMED + 5;
    auto_free struct blob_digest *digests = xcalloc(count, sizeof(*digests));
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    for (size_t i = 0; i < count; i++)
        digests[i].size = i;
    status_missing_blobs(&status, digests, count);
    auto_message Google__Status *message =
        unpack(&status, "type.googleapis.com/google.rpc.PreconditionFailure");
    auto_message Google__PreconditionFailure *failure = unpack_failure(message);
    assert_int_equal(failure->n_violations, LIMIT_MISSING_NAMED);
}

static void overload_says_when_to_come_again(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    assert_int_equal(status_overloaded(&status, 3, "the queue has %d actions", 7), -1);
    assert_status(&status, RPC_RESOURCE_EXHAUSTED, "the queue has 7 actions");
    auto_message Google__Status *message =
        unpack(&status, "type.googleapis.com/google.rpc.RetryInfo");
    auto_message Google__RetryInfo *info = google__retry_info__unpack(
        NULL, message->details[0]->value.len, message->details[0]->value.data);
    assert_non_null(info);
    assert_int_equal(info->retry_delay->seconds, 3);
}

static void missing_blobs_are_read_as_they_were_written(void **state)
{
    struct blob_digest digests[] = {test_digest("foo"), test_digest("bar")};
    auto_digest_set missing = DIGEST_SET_INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    status_missing_blobs(&status, digests, 2);
    assert_true(status_is_missing_blobs(&status, &missing));
    assert_int_equal(missing.len, 2);
    assert_true(blob_digest_equal(&missing.items[1], &digests[1]));
}

/* Turns each FROM into TO, which is as long. */
static void replace_in_details(struct rpc_status *status, const char *from, const char *to)
{
    const char *end = status->details.data + status->details.len;
    char *at = status->details.data;

    assert_int_equal(strlen(from), strlen(to));
    assert_non_null(memmem(at, (size_t)(end - at), from, strlen(from)));
    while ((at = memmem(at, (size_t)(end - at), from, strlen(from))))
        memcpy(at, to, strlen(to));
}

static void failed_precondition_of_another_kind_is_not_missing_blobs(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"MISSING", "MISLAID"},
        {"blobs/", "globs/"},
        {"google.rpc.PreconditionFailure", "google.rpc.PreconditionFailurf"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct blob_digest digest = test_digest("foo");
        auto_digest_set missing = DIGEST_SET_INIT;
        auto_rpc_status status = RPC_STATUS_INIT;
        status_missing_blobs(&status, &digest, 1);
        replace_in_details(&status, cases[i].from, cases[i].to);
        assert_false(status_is_missing_blobs(&status, &missing));
    }
}

static void status_without_details_says_nothing(void **state)
{
    auto_digest_set missing = DIGEST_SET_INIT;
    auto_rpc_status status = RPC_STATUS_INIT;
    unsigned delay = 7;

    (void)state;
    rpc_status_set(&status, RPC_FAILED_PRECONDITION, "no");
    assert_false(status_is_missing_blobs(&status, &missing));
    assert_false(status_retry_delay(&status, &delay));
    buf_add_str(&status.details, "\xff\xff");
    assert_false(status_is_missing_blobs(&status, &missing));
    assert_false(status_retry_delay(&status, &delay));
    assert_int_equal(delay, 7);
}

static void delay_is_read_as_it_was_written(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    unsigned delay = 0;

    (void)state;
    status_overloaded(&status, 3, "busy");
    assert_true(status_retry_delay(&status, &delay));
    assert_int_equal(delay, 3000);
}

static void status_in_a_message_keeps_its_details(void **state)
{
    auto_rpc_status status = RPC_STATUS_INIT, copy = RPC_STATUS_INIT;
    unsigned delay = 0;

    (void)state;
    status_overloaded(&status, 3, "busy");
    auto_message Google__Status *message =
        unpack(&status, "type.googleapis.com/google.rpc.RetryInfo");
    status_from_message(&copy, message);
    assert_status(&copy, RPC_RESOURCE_EXHAUSTED, "busy");
    assert_true(status_retry_delay(&copy, &delay));
    message->code = 99;
    status_from_message(&copy, message);
    assert_status(&copy, RPC_UNKNOWN, "busy");
    status_from_message(&copy, NULL);
    assert_int_equal(copy.code, RPC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_blobs_are_named_in_a_precondition_failure),
        cmocka_unit_test(one_missing_blob_is_named_in_the_text),
        cmocka_unit_test(missing_blobs_are_not_named_without_limit),
        cmocka_unit_test(overload_says_when_to_come_again),
        cmocka_unit_test(missing_blobs_are_read_as_they_were_written),
        cmocka_unit_test(failed_precondition_of_another_kind_is_not_missing_blobs),
        cmocka_unit_test(status_without_details_says_nothing),
        cmocka_unit_test(delay_is_read_as_it_was_written),
        cmocka_unit_test(status_in_a_message_keeps_its_details),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
