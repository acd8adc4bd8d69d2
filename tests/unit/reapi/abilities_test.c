/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/abilities.h"

#include "support/test.h"

/* What a service says, with the memory of its parts. */
struct said {
    Reapi__ServerCapabilities message;
    Reapi__CacheCapabilities cache;
    Reapi__ExecutionCapabilities execution;
    Reapi__ActionCacheUpdateCapabilities update;
    Reapi__SemVer low, high;
    Reapi__DigestFunction__Value functions[2];
    Reapi__Compressor__Value compressors[1];
};

/* A service of our own kind. */
static void say(struct said *said)
{
    reapi__server_capabilities__init(&said->message);
    reapi__cache_capabilities__init(&said->cache);
    reapi__execution_capabilities__init(&said->execution);
    reapi__action_cache_update_capabilities__init(&said->update);
    reapi__sem_ver__init(&said->low);
    reapi__sem_ver__init(&said->high);
    said->functions[0] = REAPI__DIGEST_FUNCTION__VALUE__SHA256;
    said->functions[1] = REAPI__DIGEST_FUNCTION__VALUE__BLAKE3;
    said->compressors[0] = REAPI__COMPRESSOR__VALUE__ZSTD;
    said->cache.digest_functions = said->functions;
    said->cache.n_digest_functions = 2;
    said->message.cache_capabilities = &said->cache;
    said->message.execution_capabilities = &said->execution;
    said->message.low_api_version = &said->low;
    said->message.high_api_version = &said->high;
    said->low.major = said->high.major = 2;
}

static struct abilities parse(const struct said *said)
{
    struct abilities abilities;
    auto_error err = ERROR_INIT;

    assert_success(abilities_parse(&said->message, &abilities, &err), &err);
    return abilities;
}

static void refused(const struct said *said, const char *text)
{
    struct abilities abilities;
    auto_error err = ERROR_INIT;

    assert_int_equal(abilities_parse(&said->message, &abilities, &err), -1);
    assert_error(&err, ERROR_REMOTE, text);
}

static void service_that_says_least_is_a_cache_to_read_from(void **state)
{
    struct said said;

    (void)state;
    say(&said);
    said.message.execution_capabilities = NULL;
    said.message.low_api_version = said.message.high_api_version = NULL;
    struct abilities found = parse(&said);
    assert_false(found.execute || found.update || found.zstd || found.batch_zstd);
    assert_int_equal(found.batch, ABILITIES_DEFAULT_BATCH);
    assert_true(found.blob_max == UINT64_MAX);
    assert_false(abilities_have_output_paths(&found));
}

static void all_that_a_service_can_is_read(void **state)
{
    struct said said;

    (void)state;
    say(&said);
    said.high.minor = 1;
    said.update.update_enabled = 1;
    said.cache.action_cache_update_capabilities = &said.update;
    said.cache.supported_compressors = said.cache.supported_batch_update_compressors =
        said.compressors;
    said.cache.n_supported_compressors = said.cache.n_supported_batch_update_compressors = 1;
    said.cache.max_batch_total_size_bytes = 65536;
    said.cache.max_cas_blob_size_bytes = 1000;
    said.execution.exec_enabled = 1;
    said.execution.digest_functions = said.functions;
    said.execution.n_digest_functions = 2;
    struct abilities found = parse(&said);
    assert_true(found.execute && found.update && found.zstd && found.batch_zstd);
    assert_int_equal(found.batch, 65536);
    assert_int_equal(found.blob_max, 1000);
    assert_true(abilities_have_output_paths(&found));
}

static void limit_above_what_receivers_take_is_not_used(void **state)
{
    struct said said;

    (void)state;
    say(&said);
    said.cache.max_batch_total_size_bytes = 1 << 30;
    assert_int_equal(parse(&said).batch, ABILITIES_DEFAULT_BATCH);
}

static void service_that_executes_with_another_digest_function_does_not_for_us(void **state)
{
    struct said said;

    (void)state;
    say(&said);
    said.execution.exec_enabled = 1;
    said.execution.digest_function = REAPI__DIGEST_FUNCTION__VALUE__BLAKE3;
    assert_false(parse(&said).execute);
    said.execution.digest_function = REAPI__DIGEST_FUNCTION__VALUE__SHA256;
    assert_true(parse(&said).execute);
}

static void service_without_what_is_needed_is_refused(void **state)
{
    struct said said;

    (void)state;
    say(&said);
    said.functions[0] = REAPI__DIGEST_FUNCTION__VALUE__MD5;
    refused(&said, "the service doesn't have the digest function SHA256, which cleaved uses; it "
                   "has MD5, BLAKE3");
    said.cache.n_digest_functions = 0;
    refused(&said, "the service doesn't have the digest function SHA256, which cleaved uses; it "
                   "has none");
    said.low.major = said.high.major = 3;
    said.high.minor = 1;
    refused(&said, "the service speaks the Remote Execution API 3.0 to 3.1, and cleaved version 2");
    said.message.cache_capabilities = NULL;
    refused(&said, "the service has no content-addressable storage");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_that_says_least_is_a_cache_to_read_from),
        cmocka_unit_test(all_that_a_service_can_is_read),
        cmocka_unit_test(limit_above_what_receivers_take_is_not_used),
        cmocka_unit_test(service_that_executes_with_another_digest_function_does_not_for_us),
        cmocka_unit_test(service_without_what_is_needed_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
