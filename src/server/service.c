/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/service.h"

#include <string.h>

#include "reapi/limits.h"
#include "server/action_cache.h"
#include "server/bytestream.h"
#include "server/capabilities.h"
#include "server/cas.h"
#include "server/execution.h"
#include "server/health.h"

#define REAPI "/build.bazel.remote.execution.v2."
#define BYTESTREAM "/google.bytestream.ByteStream/"
#define OPERATIONS "/google.longrunning.Operations/"
#define HEALTH "/grpc.health.v1.Health/"

const struct rpc_method service_methods[] = {
    {REAPI "Capabilities/GetCapabilities", capabilities_get, NULL, LIMIT_IDLE_SECONDS},
    {REAPI "ContentAddressableStorage/FindMissingBlobs", cas_find_missing, NULL,
     LIMIT_IDLE_SECONDS},
    {REAPI "ContentAddressableStorage/BatchUpdateBlobs", cas_batch_update, NULL,
     LIMIT_IDLE_SECONDS},
    {REAPI "ContentAddressableStorage/BatchReadBlobs", cas_batch_read, NULL, LIMIT_IDLE_SECONDS},
    {REAPI "ContentAddressableStorage/GetTree", NULL, &cas_get_tree, LIMIT_IDLE_SECONDS},
    {BYTESTREAM "Read", NULL, &bytestream_read, LIMIT_IDLE_SECONDS},
    {BYTESTREAM "Write", NULL, &bytestream_write, LIMIT_IDLE_SECONDS},
    {BYTESTREAM "QueryWriteStatus", bytestream_query, NULL, LIMIT_IDLE_SECONDS},
    {REAPI "ActionCache/GetActionResult", action_cache_get, NULL, LIMIT_IDLE_SECONDS},
    {REAPI "ActionCache/UpdateActionResult", action_cache_update, NULL, LIMIT_IDLE_SECONDS},
    {REAPI "Execution/Execute", NULL, &execution_execute, 0},
    {REAPI "Execution/WaitExecution", NULL, &execution_wait, 0},
    {OPERATIONS "GetOperation", operations_get, NULL, LIMIT_IDLE_SECONDS},
    {OPERATIONS "CancelOperation", operations_cancel, NULL, LIMIT_IDLE_SECONDS},
    {HEALTH "Check", health_check, NULL, LIMIT_IDLE_SECONDS},
    {HEALTH "Watch", NULL, &health_watch, 0},
};
const size_t service_method_count = sizeof(service_methods) / sizeof(service_methods[0]);

void service_init(struct service *service, struct store *store)
{
    memset(service, 0, sizeof(*service));
    service->store = store;
    service->uploads = uploads_new();
    service->health = health_new(service_methods, service_method_count);
}

void service_stopping(struct service *service)
{
    health_stop(service->health);
}

void service_release(struct service *service)
{
    uploads_free(service->uploads);
    health_free(service->health);
}
