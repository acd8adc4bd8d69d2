/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/action_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/action_key.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "server/action_result.h"
#include "server/answers.h"
#include "server/completeness.h"
#include "server/service.h"

/* ---- the cache ---- */

static void add_metadata(Reapi__ActionResult *result)
{
    if (result->execution_metadata)
        return;
    result->execution_metadata = xmalloc(sizeof(*result->execution_metadata));
    reapi__executed_action_metadata__init(result->execution_metadata);
}

int action_cache_lookup(struct store *store, const char *instance, const struct blob_digest *action,
                        Reapi__ActionResult **ret_result, struct error *err)
{
    struct digest key;
    auto_buf value = BUF_INIT;

    action_key(instance, action, &key);
    int answer = store_get_entry(store, &key, &value, err);
    if (answer != 0)
        return answer;
    auto_message Reapi__ActionResult *result =
        reapi__action_result__unpack(NULL, value.len, (uint8_t *)value.data);
    if (!result)
        return STORE_ABSENT;
    answer = completeness_check(store, result, err);
    if (answer != 0)
        return answer;
    add_metadata(result);
    *ret_result = result;
    result = NULL;
    return 0;
}

Reapi__ActionResult *action_cache_find(struct store *store, const char *instance,
                                       const struct blob_digest *action)
{
    auto_error ignored = ERROR_INIT;
    Reapi__ActionResult *result = NULL;

    return action_cache_lookup(store, instance, action, &result, &ignored) == 0 ? result : NULL;
}

int action_cache_put(struct store *store, const char *instance, const struct blob_digest *action,
                     const Reapi__ActionResult *result, struct error *err)
{
    Reapi__ActionResult kept = *result;
    struct digest key;
    auto_buf value = BUF_INIT;

    if (kept.stdout_digest)
        kept.stdout_raw = (ProtobufCBinaryData){0, NULL};
    if (kept.stderr_digest)
        kept.stderr_raw = (ProtobufCBinaryData){0, NULL};
    action_key(instance, action, &key);
    message_pack(&kept.base, &value);
    return store_put_entry(store, &key, value.data, value.len, err);
}

void action_cache_keep(struct store *store, const char *instance, const struct blob_digest *action,
                       const Reapi__ActionResult *result)
{
    auto_error ignored = ERROR_INIT;

    (void)!action_cache_put(store, instance, action, result, &ignored);
}

/* ---- GetActionResult ---- */

static int status_of_lookup(struct rpc_status *status, int answer, const struct blob_digest *action,
                            const struct error *err)
{
    char hex[DIGEST_HEX_SIZE];

    if (answer != STORE_ABSENT)
        return status_of_answer(status, answer, err);
    return rpc_status_set(status, RPC_NOT_FOUND,
                          "there is no result of the action %s, or not all of its blobs",
                          digest_hex(&action->hash, hex));
}

static void inline_what_is_asked(struct store *store, const Reapi__GetActionResultRequest *message,
                                 Reapi__ActionResult *result)
{
    struct inliner inliner = inliner_for(store, result);

    if (message->inline_stdout)
        inliner_add(&inliner, result->stdout_digest, &result->stdout_raw);
    if (message->inline_stderr)
        inliner_add(&inliner, result->stderr_digest, &result->stderr_raw);
    inliner_add_files(&inliner, message->inline_output_files, message->n_inline_output_files,
                      result);
}

void action_cache_get(void *user, struct rpc_bytes request, struct buf *reply,
                      struct rpc_status *status)
{
    struct service *service = user;
    auto_error err = ERROR_INIT;
    struct blob_digest action;
    auto_message Reapi__ActionResult *result = NULL;
    auto_message Reapi__GetActionResultRequest *message =
        message_unpack(&reapi__get_action_result_request__descriptor, request, status);

    if (!message || check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0 ||
        digest_of_request(message->action_digest, &action, status) < 0)
        return;
    int answer =
        action_cache_lookup(service->store, message->instance_name, &action, &result, &err);
    atomic_fetch_add(answer == 0 ? &service->figures.result_hits : &service->figures.result_misses,
                     1);
    if (answer != 0) {
        status_of_lookup(status, answer, &action, &err);
        return;
    }
    inline_what_is_asked(service->store, message, result);
    message_pack(&result->base, reply);
}

/* ---- UpdateActionResult ---- */

void action_cache_update(void *user, struct rpc_bytes request, struct buf *reply,
                         struct rpc_status *status)
{
    struct service *service = user;
    auto_error err = ERROR_INIT;
    struct blob_digest action;
    auto_message Reapi__UpdateActionResultRequest *message =
        message_unpack(&reapi__update_action_result_request__descriptor, request, status);

    if (!message || check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0 ||
        digest_of_request(message->action_digest, &action, status) < 0)
        return;
    if (!message->action_result) {
        rpc_status_set(status, RPC_INVALID_ARGUMENT, "the request has no action_result");
        return;
    }
    if (action_result_check(message->action_result, status) < 0 ||
        action_result_settle(service->store, message->action_result, status) < 0)
        return;
    add_metadata(message->action_result);
    int answer = action_cache_put(service->store, message->instance_name, &action,
                                  message->action_result, &err);
    if (answer != 0)
        status_of_answer(status, answer, &err);
    else
        message_pack(&message->action_result->base, reply);
}
