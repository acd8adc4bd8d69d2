/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/capabilities.h"

#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "server/service.h"

/*
 * Bazel up to 4 speaks exactly 2.0 and stops at a higher low version. The high one is the newest
 * there is: each newer feature has a field of its own here, or none that a service must have.
 */
#define LOW_MINOR 0
#define HIGH_MINOR 12

static Reapi__DigestFunction__Value functions[] = {REAPI__DIGEST_FUNCTION__VALUE__SHA256};
static Reapi__Compressor__Value compressors[] = {REAPI__COMPRESSOR__VALUE__ZSTD};

static void set_cache(Reapi__CacheCapabilities *cache, Reapi__ActionCacheUpdateCapabilities *update)
{
    reapi__cache_capabilities__init(cache);
    reapi__action_cache_update_capabilities__init(update);
    update->update_enabled = 1;
    cache->action_cache_update_capabilities = update;
    cache->digest_functions = functions;
    cache->n_digest_functions = 1;
    cache->max_batch_total_size_bytes = LIMIT_BATCH_ADVERTISED;
    cache->symlink_absolute_path_strategy = REAPI__SYMLINK_ABSOLUTE_PATH_STRATEGY__VALUE__ALLOWED;
    cache->supported_compressors = compressors;
    cache->n_supported_compressors = 1;
    cache->supported_batch_update_compressors = compressors;
    cache->n_supported_batch_update_compressors = 1;
}

static void set_execution(Reapi__ExecutionCapabilities *execution)
{
    reapi__execution_capabilities__init(execution);
    execution->exec_enabled = 1;
    execution->digest_function = REAPI__DIGEST_FUNCTION__VALUE__SHA256;
    execution->digest_functions = functions;
    execution->n_digest_functions = 1;
}

void capabilities_get(void *user, struct rpc_bytes request, struct buf *reply,
                      struct rpc_status *status)
{
    struct service *service = user;
    auto_message Reapi__GetCapabilitiesRequest *message =
        message_unpack(&reapi__get_capabilities_request__descriptor, request, status);
    Reapi__ServerCapabilities answer = REAPI__SERVER_CAPABILITIES__INIT;
    Reapi__SemVer low = REAPI__SEM_VER__INIT, high = REAPI__SEM_VER__INIT;
    Reapi__CacheCapabilities cache;
    Reapi__ActionCacheUpdateCapabilities update;
    Reapi__ExecutionCapabilities execution;
    Reapi__PriorityCapabilities priority = REAPI__PRIORITY_CAPABILITIES__INIT;
    Reapi__PriorityCapabilities__PriorityRange range =
        REAPI__PRIORITY_CAPABILITIES__PRIORITY_RANGE__INIT;
    Reapi__PriorityCapabilities__PriorityRange *ranges[] = {&range};

    if (!message || check_instance_name(message->instance_name, status) < 0)
        return;
    low.major = high.major = 2;
    low.minor = LOW_MINOR;
    high.minor = HIGH_MINOR;
    answer.low_api_version = &low;
    answer.high_api_version = &high;
    /* Any priority is taken: clients refuse to send one that is out of the range. */
    range.min_priority = INT32_MIN;
    range.max_priority = INT32_MAX;
    priority.priorities = ranges;
    priority.n_priorities = 1;
    set_cache(&cache, &update);
    cache.cache_priority_capabilities = &priority;
    answer.cache_capabilities = &cache;
    set_execution(&execution);
    execution.execution_priority_capabilities = &priority;
    if (service->executor)
        answer.execution_capabilities = &execution;
    message_pack(&answer.base, reply);
}
