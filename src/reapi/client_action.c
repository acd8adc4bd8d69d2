/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client_action.h"

#include "reapi/client_private.h"
#include "reapi/messages.h"

#define GET_METHOD REAPI_SERVICE "ActionCache/GetActionResult"
#define UPDATE_METHOD REAPI_SERVICE "ActionCache/UpdateActionResult"

int client_get_result(struct client *client, const struct blob_digest *action,
                      Reapi__ActionResult **ret_result, struct error *err)
{
    Reapi__GetActionResultRequest request = REAPI__GET_ACTION_RESULT_REQUEST__INIT;
    auto_rpc_status status = RPC_STATUS_INIT;
    struct digest_message digest;

    request.instance_name = client->instance;
    request.action_digest = digest_message_set(&digest, action);
    request.inline_stdout = request.inline_stderr = 1;
    Reapi__ActionResult *result =
        client_call(client, GET_METHOD, &request.base, &reapi__action_result__descriptor, &status);
    if (!result && status.code == RPC_NOT_FOUND)
        return CLIENT_ABSENT;
    if (!result)
        return client_fail(client, GET_METHOD, &status, err);
    *ret_result = result;
    return 0;
}

int client_put_result(struct client *client, const struct blob_digest *action,
                      const Reapi__ActionResult *result, struct error *err)
{
    Reapi__UpdateActionResultRequest request = REAPI__UPDATE_ACTION_RESULT_REQUEST__INIT;
    auto_rpc_status status = RPC_STATUS_INIT;
    struct digest_message digest;

    if (!client->abilities.update)
        return error_set(
            err, ERROR_REMOTE,
            "%s: the service doesn't let its clients put results into its action cache",
            rpc_channel_address(client->channel));
    request.instance_name = client->instance;
    request.action_digest = digest_message_set(&digest, action);
    request.action_result = (Reapi__ActionResult *)(uintptr_t)result;
    auto_message Reapi__ActionResult *reply = client_call(
        client, UPDATE_METHOD, &request.base, &reapi__action_result__descriptor, &status);
    return reply ? 0 : client_fail(client, UPDATE_METHOD, &status, err);
}
