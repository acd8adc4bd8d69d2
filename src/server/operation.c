/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/operation.h"

#include <string.h>
#include <sys/random.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"

#define METADATA_TYPE "type.googleapis.com/build.bazel.remote.execution.v2.ExecuteOperationMetadata"
#define RESPONSE_TYPE "type.googleapis.com/build.bazel.remote.execution.v2.ExecuteResponse"

/* Names are hard to guess: whoever knows one may wait for the operation and cancel it. */
static char *new_name(const char *instance)
{
    uint64_t id[2];

    while (getrandom(id, sizeof(id), 0) != sizeof(id))
        ;
    return xasprintf("%s%soperations/%016llx%016llx", instance, *instance ? "/" : "",
                     (unsigned long long)id[0], (unsigned long long)id[1]);
}

struct operation *operation_new(const char *instance, const struct blob_digest *action)
{
    struct operation *operation = xcalloc(1, sizeof(*operation));

    operation->name = new_name(instance);
    operation->instance = xstrdup(instance);
    operation->action = *action;
    operation->stage = REAPI__EXECUTION_STAGE__VALUE__QUEUED;
    operation->execution = execution_new();
    operation->outcome = (struct execution_outcome)EXECUTION_OUTCOME_INIT;
    clock_gettime(CLOCK_REALTIME, &operation->queued);
    return operation;
}

void operation_free(struct operation *operation)
{
    execution_outcome_release(&operation->outcome);
    execution_free(operation->execution);
    free(operation->instance);
    free(operation->name);
    free(operation);
}

void operation_stamp(struct operation *operation)
{
    Reapi__ActionResult *result = operation->outcome.result;

    if (!result || !result->execution_metadata)
        return;
    timestamp_set(&result->execution_metadata->queued_timestamp, &operation->queued);
    timestamp_set(&result->execution_metadata->worker_start_timestamp, &operation->started);
    timestamp_set_now(&result->execution_metadata->worker_completed_timestamp);
}

void operation_complete(struct operation *operation)
{
    struct execution_outcome *outcome = &operation->outcome;

    operation->stage = REAPI__EXECUTION_STAGE__VALUE__COMPLETED;
    if (!outcome->result || action_result_fit(outcome->result, LIMIT_RESULT_OUT))
        return;
    rpc_status_set(
        &outcome->status, RPC_RESOURCE_EXHAUSTED,
        "the action has so many outputs that its result is longer than %u bytes; declare "
        "directories in their place",
        LIMIT_RESULT_OUT);
    reapi__action_result__free_unpacked(outcome->result, NULL);
    outcome->result = NULL;
}

static Google__Any any_of(const char *type, const ProtobufCMessage *message, struct buf *bytes)
{
    Google__Any any = GOOGLE__ANY__INIT;

    message_pack(message, bytes);
    any.type_url = (char *)type;
    any.value = (ProtobufCBinaryData){bytes->len, (uint8_t *)bytes->data};
    return any;
}

static void pack_response(const struct operation *operation, struct buf *bytes,
                          Google__Any *ret_any)
{
    const struct rpc_status *ended = &operation->outcome.status;
    Reapi__ExecuteResponse response = REAPI__EXECUTE_RESPONSE__INIT;
    Google__Status plain = GOOGLE__STATUS__INIT;
    Google__Status *detailed = NULL;

    plain.code = (int)ended->code;
    plain.message = ended->message ? ended->message : plain.message;
    if (ended->details.len)
        detailed =
            google__status__unpack(NULL, ended->details.len, (const uint8_t *)ended->details.data);
    response.status = detailed ? detailed : &plain;
    response.result = operation->outcome.result;
    response.cached_result = operation->cached;
    *ret_any = any_of(RESPONSE_TYPE, &response.base, bytes);
    google__status__free_unpacked(detailed, NULL);
}

static void pack_metadata(const struct operation *operation, struct buf *bytes,
                          Google__Any *ret_any)
{
    Reapi__ExecuteOperationMetadata metadata = REAPI__EXECUTE_OPERATION_METADATA__INIT;
    struct digest_message action;

    metadata.stage = operation->stage;
    metadata.action_digest = digest_message_set(&action, &operation->action);
    *ret_any = any_of(METADATA_TYPE, &metadata.base, bytes);
}

bool operation_message(const struct operation *operation, struct buf *message)
{
    Google__Operation proto = GOOGLE__OPERATION__INIT;
    auto_buf metadata_bytes = BUF_INIT, response_bytes = BUF_INIT;
    Google__Any metadata, response;
    bool done = operation->stage == REAPI__EXECUTION_STAGE__VALUE__COMPLETED;

    proto.name = operation->name;
    proto.done = done;
    pack_metadata(operation, &metadata_bytes, &metadata);
    proto.metadata = &metadata;
    if (done) {
        pack_response(operation, &response_bytes, &response);
        proto.result_case = GOOGLE__OPERATION__RESULT_RESPONSE;
        proto.response = &response;
    }
    message_pack(&proto.base, message);
    return done;
}
