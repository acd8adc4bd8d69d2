/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/capabilities.h"

#include "reapi/limits.h"
#include "support/reapi_service.h"

static Reapi__ServerCapabilities *ask(struct service *service, const char *instance,
                                      struct rpc_status *status)
{
    Reapi__GetCapabilitiesRequest request = REAPI__GET_CAPABILITIES_REQUEST__INIT;
    auto_buf bytes = BUF_INIT, reply = BUF_INIT;

    request.instance_name = (char *)instance;
    message_pack(&request.base, &bytes);
    capabilities_get(service, (struct rpc_bytes){(uint8_t *)bytes.data, bytes.len}, &reply, status);
    if (status->code != RPC_OK)
        return NULL;
    return reapi__server_capabilities__unpack(NULL, reply.len, (uint8_t *)reply.data);
}

static void capabilities_suit_old_and_new_clients(void **state)
{
    struct service service = {.executor = NULL};
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_message Reapi__ServerCapabilities *answer = ask(&service, "a/b", &status);

    (void)state;
    assert_non_null(answer);
    assert_int_equal(answer->low_api_version->major, 2);
    assert_int_equal(answer->low_api_version->minor, 0);
    assert_int_equal(answer->high_api_version->major, 2);
    assert_true(answer->high_api_version->minor >= 2);
    assert_null(answer->deprecated_api_version);
    const Reapi__CacheCapabilities *cache = answer->cache_capabilities;
    assert_int_equal(cache->n_digest_functions, 1);
    assert_int_equal(cache->digest_functions[0], REAPI__DIGEST_FUNCTION__VALUE__SHA256);
    assert_true(cache->action_cache_update_capabilities->update_enabled);
    assert_int_equal(cache->max_batch_total_size_bytes, LIMIT_BATCH_ADVERTISED);
    assert_int_equal(cache->n_supported_compressors, 1);
    assert_int_equal(cache->supported_compressors[0], REAPI__COMPRESSOR__VALUE__ZSTD);
    assert_int_equal(cache->n_supported_batch_update_compressors, 1);
    assert_null(answer->execution_capabilities);
}

static void capabilities_offer_execution_with_an_executor(void **state)
{
    int executor;
    struct service service = {.executor = (struct executor *)&executor};
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_message Reapi__ServerCapabilities *answer = ask(&service, "", &status);

    (void)state;
    assert_non_null(answer);
    const Reapi__ExecutionCapabilities *execution = answer->execution_capabilities;
    assert_true(execution->exec_enabled);
    assert_int_equal(execution->digest_function, REAPI__DIGEST_FUNCTION__VALUE__SHA256);
    assert_int_equal(execution->execution_priority_capabilities->n_priorities, 1);
    assert_int_equal(execution->execution_priority_capabilities->priorities[0]->min_priority,
                     INT32_MIN);
}

static void capabilities_refuse_instance_names_that_cannot_be(void **state)
{
    struct service service = {.executor = NULL};
    auto_rpc_status status = RPC_STATUS_INIT;

    (void)state;
    assert_null(ask(&service, "a/uploads", &status));
    assert_int_equal(status.code, RPC_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capabilities_suit_old_and_new_clients),
        cmocka_unit_test(capabilities_offer_execution_with_an_executor),
        cmocka_unit_test(capabilities_refuse_instance_names_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
