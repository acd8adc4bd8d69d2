/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/process.h"
#include "proto/google.pb-c.h"
#include "reapi/client_action.h"
#include "reapi/client_private.h"
#include "reapi/details.h"
#include "reapi/messages.h"

#define EXECUTE_METHOD REAPI_SERVICE "Execution/Execute"
#define WAIT_METHOD REAPI_SERVICE "Execution/WaitExecution"
#define CANCEL_METHOD "/google.longrunning.Operations/CancelOperation"
#define RESPONSE_TYPE "type.googleapis.com/build.bazel.remote.execution.v2.ExecuteResponse"

/* Inputs are uploaded again so many times. */
#define MISSING_ROUNDS 5
/*
 * A service may be silent while an action runs, though few are for more than a minute: after so
 * many times the idle limit the client looks by a new stream whether anybody is there.
 */
#define SILENCE_FACTOR 5
/* A stream that gave a message and lived that long was a good one: its end isn't held against the
 * service. */
#define GOOD_STREAM_SECONDS 5

struct execute {
    struct client *client;
    const struct client_execution *execution;
    char *operation; /* its name, once we know it: NULL before */
    Reapi__ExecuteResponse *response;
    bool waited;   /* this stream is WaitExecution's */
    bool progress; /* it gave a message */
};

static time_t seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* What follows is executed anew. */
static void forget_operation(struct execute *execute)
{
    free(execute->operation);
    execute->operation = NULL;
}

/* ---- one stream ---- */

static void pack_execute(const struct execute *execute, struct buf *bytes)
{
    const struct client_execution *execution = execute->execution;
    Reapi__ExecuteRequest request = REAPI__EXECUTE_REQUEST__INIT;
    Reapi__ExecutionPolicy policy = REAPI__EXECUTION_POLICY__INIT;
    struct digest_message digest;

    request.instance_name = execute->client->instance;
    request.action_digest = digest_message_set(&digest, &execution->action);
    request.skip_cache_lookup = execution->skip_cache_lookup;
    request.digest_function = REAPI__DIGEST_FUNCTION__VALUE__SHA256;
    request.inline_stdout = request.inline_stderr = 1;
    policy.priority = execution->priority;
    if (policy.priority != 0)
        request.execution_policy = &policy;
    message_pack(&request.base, bytes);
}

static void pack_wait(const struct execute *execute, struct buf *bytes)
{
    Reapi__WaitExecutionRequest request = REAPI__WAIT_EXECUTION_REQUEST__INIT;

    request.name = execute->operation;
    message_pack(&request.base, bytes);
}

/* The end of the operation: a response, or what went wrong in *STATUS. */
static void take_end(struct execute *execute, const Google__Operation *operation,
                     struct rpc_status *status)
{
    const Google__Any *any = operation->response;

    if (operation->result_case == GOOGLE__OPERATION__RESULT_ERROR) {
        status_from_message(status, operation->error);
        if (status->code == RPC_OK)
            rpc_status_set(status, RPC_INTERNAL,
                           "the operation ended with an error without a code");
        return;
    }
    if (operation->result_case != GOOGLE__OPERATION__RESULT_RESPONSE ||
        strcmp(any->type_url, RESPONSE_TYPE) != 0) {
        rpc_status_set(status, RPC_INTERNAL, "the operation ended without an ExecuteResponse");
        return;
    }
    struct buf bytes = {(char *)any->value.data, any->value.len, 0};
    execute->response = client_unpack(&reapi__execute_response__descriptor, &bytes, status);
}

/* True when the operation has ended: a response, or *STATUS. */
static bool take_message(struct execute *execute, const struct buf *bytes,
                         struct rpc_status *status)
{
    auto_message Google__Operation *operation =
        client_unpack(&google__operation__descriptor, bytes, status);

    if (!operation)
        return true;
    execute->progress = true;
    if (*operation->name) {
        free(execute->operation);
        execute->operation = xstrdup(operation->name);
    }
    if (operation->done)
        take_end(execute, operation, status);
    return operation->done;
}

/* Reads until the operation ends or the stream does. *STATUS is what the operation said, if that
 * is an error, else what the stream did. */
static void read_stream(struct execute *execute, struct rpc_outcall *call,
                        struct rpc_status *status, bool *ret_may_ask)
{
    auto_rpc_status said = RPC_STATUS_INIT;
    auto_buf bytes = BUF_INIT;
    bool ended = false;

    while (!ended && rpc_outcall_receive(call, &bytes)) {
        ended = take_message(execute, &bytes, &said);
        buf_reset(&bytes);
    }
    if (ended)
        rpc_outcall_cancel(call);
    rpc_outcall_end(call, status, ret_may_ask);
    if (!ended && status->code == RPC_OK)
        rpc_status_set(status, RPC_UNAVAILABLE, "the stream ended before the action did");
    if (!ended)
        return;
    if (!execute->response)
        forget_operation(execute);
    rpc_status_release(status);
    *status = said;
    said = (struct rpc_status)RPC_STATUS_INIT;
}

static void run_stream(struct execute *execute, struct rpc_status *status, bool *ret_may_ask)
{
    struct client *client = execute->client;
    struct rpc_outcall *call = NULL;
    auto_buf request = BUF_INIT;

    *ret_may_ask = false;
    execute->progress = false;
    execute->waited = execute->operation != NULL;
    if (client_stream(client, execute->waited ? WAIT_METHOD : EXECUTE_METHOD,
                      SILENCE_FACTOR * client->idle_seconds, &call, status) < 0)
        return;
    if (execute->waited)
        pack_wait(execute, &request);
    else
        pack_execute(execute, &request);
    if (rpc_outcall_send(call, &request))
        rpc_outcall_half_close(call);
    read_stream(execute, call, status, ret_may_ask);
}

/* ---- what follows a stream ---- */

/* The response's own status, for a response with one that isn't OK; the response is then dropped,
 * but for a timeout, which is the action's. */
static void judge_response(struct execute *execute, struct rpc_status *status)
{
    Reapi__ExecuteResponse *response = execute->response;

    status_from_message(status, response->status);
    if (status->code == RPC_DEADLINE_EXCEEDED)
        return;
    if (status->code == RPC_OK && !response->result)
        rpc_status_set(status, RPC_INTERNAL, "the service's response has no result");
    if (status->code == RPC_OK)
        return;
    message_release(&execute->response);
    forget_operation(execute);
}

/* Uploads what the service misses. Returns 1 when it has been done, 0 when that isn't it. */
static int heal_missing(struct execute *execute, const struct rpc_status *status, unsigned *rounds,
                        struct error *err)
{
    auto_digest_set missing = DIGEST_SET_INIT;

    if (!status_is_missing_blobs(status, &missing))
        return 0;
    if (!execute->execution->payload || (*rounds)++ == MISSING_ROUNDS)
        return 0;
    forget_operation(execute);
    return client_upload_again(execute->client, execute->execution->payload, &missing,
                               execute->execution->moved, err) < 0
               ? -1
               : 1;
}

/*
 * An operation that the service doesn't know any more, or can't be waited for, is executed anew;
 * the service may have the result by then. Some say NOT_FOUND to Execute, too, when they merge it
 * with an execution that has just ended.
 */
static bool is_lost(const struct execute *execute, const struct rpc_status *status)
{
    return status->code == RPC_NOT_FOUND || (execute->waited && status->code == RPC_UNIMPLEMENTED);
}

static bool again(struct execute *execute, struct retry *retry, struct rpc_status *status,
                  bool may_ask, bool *asked)
{
    if (is_lost(execute, status)) {
        forget_operation(execute);
        rpc_status_set(status, RPC_UNAVAILABLE, "the service has lost the operation: %s",
                       status->message ? status->message : "");
    }
    return client_again(retry, status, may_ask, asked);
}

static int execute_action(struct execute *execute, struct error *err)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    bool may_ask = false, asked = false;
    unsigned rounds = 0;
    struct retry retry;

    client_retry(execute->client, &retry);
    for (;;) {
        time_t start = seconds_now();
        run_stream(execute, &status, &may_ask);
        if (execute->response)
            judge_response(execute, &status);
        if (execute->response)
            return 0;
        int healed = heal_missing(execute, &status, &rounds, err);
        if (healed < 0)
            return -1;
        if (healed > 0)
            continue;
        if (execute->progress && seconds_now() - start >= GOOD_STREAM_SECONDS)
            retry_renew(&retry);
        if (!again(execute, &retry, &status, may_ask, &asked))
            return client_fail(execute->client, EXECUTE_METHOD, &status, err);
    }
}

/* Who interrupts us doesn't want the action either. A service runs it on for others that wait for
 * it.
 */
static void cancel(struct execute *execute)
{
    Google__CancelOperationRequest request = GOOGLE__CANCEL_OPERATION_REQUEST__INIT;

    request.name = execute->operation;
    client_tell(execute->client, CANCEL_METHOD, &request.base);
}

int client_execute(struct client *client, const struct client_execution *execution,
                   Reapi__ExecuteResponse **ret_response, struct error *err)
{
    struct execute execute = {.client = client, .execution = execution};

    if (!client->abilities.execute)
        return error_set(err, ERROR_REMOTE,
                         "%s: the service is a cache, and doesn't execute actions with SHA256",
                         rpc_channel_address(client->channel));
    int result = execute_action(&execute, err);
    if (result < 0 && execute.operation && process_interrupted())
        cancel(&execute);
    forget_operation(&execute);
    if (result == 0)
        *ret_response = execute.response;
    return result;
}
