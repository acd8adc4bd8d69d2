/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/abilities.h"

#include <stddef.h>

#include "base/buf.h"

#define OURS 2 /* the major version */

static bool has_sha256(const Reapi__DigestFunction__Value *functions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (functions[i] == REAPI__DIGEST_FUNCTION__VALUE__SHA256)
            return true;
    return false;
}

static void name_functions(const Reapi__DigestFunction__Value *functions, size_t count,
                           struct buf *text)
{
    for (size_t i = 0; i < count; i++) {
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
            &reapi__digest_function__value__descriptor, (int)functions[i]);
        buf_addf(text, "%s%s", i ? ", " : "", value ? value->name : "an unknown one");
    }
    if (count == 0)
        buf_add_str(text, "none");
}

static int check_functions(const Reapi__CacheCapabilities *cache, struct error *err)
{
    auto_buf names = BUF_INIT;

    if (has_sha256(cache->digest_functions, cache->n_digest_functions))
        return 0;
    name_functions(cache->digest_functions, cache->n_digest_functions, &names);
    return error_set(err, ERROR_REMOTE,
                     "the service doesn't have the digest function SHA256, which cleaved uses; it "
                     "has %s",
                     names.data);
}

/* A service that says nothing of a version is taken to have ours: some caches leave it out. */
static struct api_version version_of(const Reapi__SemVer *message)
{
    return message ? (struct api_version){message->major, message->minor}
                   : (struct api_version){OURS, 0};
}

static int check_versions(const struct abilities *abilities, struct error *err)
{
    if (abilities->low.major <= OURS && abilities->high.major >= OURS)
        return 0;
    return error_set(err, ERROR_REMOTE,
                     "the service speaks the Remote Execution API %d.%d to %d.%d, and cleaved "
                     "version 2",
                     abilities->low.major, abilities->low.minor, abilities->high.major,
                     abilities->high.minor);
}

static bool has_zstd(const Reapi__Compressor__Value *compressors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (compressors[i] == REAPI__COMPRESSOR__VALUE__ZSTD)
            return true;
    return false;
}

static void set_cache(const Reapi__CacheCapabilities *cache, struct abilities *abilities)
{
    int64_t batch = cache->max_batch_total_size_bytes;
    int64_t blob = cache->max_cas_blob_size_bytes;

    abilities->batch =
        batch > 0 && batch < ABILITIES_DEFAULT_BATCH ? (uint64_t)batch : ABILITIES_DEFAULT_BATCH;
    abilities->blob_max = blob > 0 ? (uint64_t)blob : UINT64_MAX;
    abilities->update = cache->action_cache_update_capabilities &&
                        cache->action_cache_update_capabilities->update_enabled;
    abilities->zstd = has_zstd(cache->supported_compressors, cache->n_supported_compressors);
    abilities->batch_zstd = has_zstd(cache->supported_batch_update_compressors,
                                     cache->n_supported_batch_update_compressors);
}

/* The list came with 2.1; before it there was one function. */
static bool can_execute(const Reapi__ExecutionCapabilities *execution)
{
    return execution && execution->exec_enabled &&
           (execution->digest_function == REAPI__DIGEST_FUNCTION__VALUE__SHA256 ||
            has_sha256(execution->digest_functions, execution->n_digest_functions));
}

int abilities_parse(const Reapi__ServerCapabilities *message, struct abilities *ret_abilities,
                    struct error *err)
{
    struct abilities abilities = {.low = version_of(message->low_api_version),
                                  .high = version_of(message->high_api_version)};

    if (!message->cache_capabilities)
        return error_set(err, ERROR_REMOTE, "the service has no content-addressable storage");
    if (check_versions(&abilities, err) < 0 ||
        check_functions(message->cache_capabilities, err) < 0)
        return -1;
    set_cache(message->cache_capabilities, &abilities);
    abilities.execute = can_execute(message->execution_capabilities);
    *ret_abilities = abilities;
    return 0;
}

bool abilities_have_output_paths(const struct abilities *abilities)
{
    return abilities->high.major > OURS || abilities->high.minor >= 1;
}
