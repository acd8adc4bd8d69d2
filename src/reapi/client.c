/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/memory.h"
#include "base/version.h"
#include "reapi/client_private.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "store/wire.h"

#define METADATA_HEADER "build.bazel.remote.execution.v2.requestmetadata-bin"
#define TELL_SECONDS 5 /* that client_tell waits for an answer */
#define USER_AGENT "cleave/" CLEAVE_VERSION

const struct client_options client_default_options = {
    .instance = "",
    .idle_seconds = CLIENT_IDLE_SECONDS,
    .attempts = RETRY_ATTEMPTS,
    .first_delay_ms = RETRY_FIRST_MS,
};

void uuid_make(char uuid[UUID_SIZE])
{
    unsigned char b[16];

    while (getrandom(b, sizeof(b), 0) != sizeof(b))
        ;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(uuid, UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}

/* ---- calls ---- */

void client_retry(const struct client *client, struct retry *ret_retry)
{
    retry_init(ret_retry, client->attempts, client->first_delay_ms);
    ret_retry->stop = client->stop;
}

const char *method_name(const char *method)
{
    return strrchr(method, '/') + 1;
}

int client_fail(const struct client *client, const char *method, const struct rpc_status *status,
                struct error *err)
{
    const char *text = status->message ? status->message : "";

    return error_set(err, ERROR_REMOTE, "%s: %s: %s%s%s", rpc_channel_address(client->channel),
                     method_name(method), rpc_code_name(status->code), *text ? ": " : "", text);
}

/* REAPI: RequestMetadata, by which services tell builds and actions apart. */
static void add_metadata(const struct client *client, const char *method,
                         struct rpc_headers *headers)
{
    Reapi__ToolDetails tool = REAPI__TOOL_DETAILS__INIT;
    Reapi__RequestMetadata metadata = REAPI__REQUEST_METADATA__INIT;
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    char hex[DIGEST_HEX_SIZE];

    tool.tool_name = (char *)"cleave";
    tool.tool_version = (char *)CLEAVE_VERSION;
    metadata.tool_details = &tool;
    metadata.action_id = client->has_action ? digest_hex(&client->action.hash, hex)
                                            : (char *)(uintptr_t)method_name(method);
    metadata.tool_invocation_id = (char *)(uintptr_t)client->invocation;
    metadata.correlated_invocations_id = (char *)(uintptr_t)client->invocation;
    message_pack(&metadata.base, &bytes);
    int result = rpc_headers_add(headers, METADATA_HEADER, bytes.data, bytes.len, &err);
    assert(result == 0);
    (void)result;
}

int client_stream(struct client *client, const char *method, unsigned idle_seconds,
                  struct rpc_outcall **ret_call, struct rpc_status *status)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    struct rpc_outcall_options options = {
        .method = method, .headers = &headers, .idle_seconds = idle_seconds, .stop = client->stop};

    add_metadata(client, method, &headers);
    return rpc_outcall_open(client->channel, &options, ret_call, status);
}

bool client_again(struct retry *retry, const struct rpc_status *status, bool may_ask_again,
                  bool *asked_again)
{
    if (may_ask_again && !*asked_again) {
        *asked_again = true;
        return true;
    }
    return retry_wait(retry, status);
}

void *client_unpack(const ProtobufCMessageDescriptor *descriptor, const struct buf *bytes,
                    struct rpc_status *status)
{
    void *message = NULL;
    auto_error err = ERROR_INIT;

    if (wire_check(descriptor, bytes->data, bytes->len, LIMIT_REQUEST_FIELDS, &err) == 0)
        message =
            protobuf_c_message_unpack(descriptor, NULL, bytes->len, (const uint8_t *)bytes->data);
    if (!message)
        rpc_status_set(status, RPC_INTERNAL, "what the service sent is no %s message%s%s",
                       descriptor->short_name, err.text ? ": " : "", err.text ? err.text : "");
    return message;
}

void *client_call_packed(struct client *client, const char *method, const struct buf *request,
                         const ProtobufCMessageDescriptor *reply, struct rpc_status *status)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    struct rpc_outcall_options options = {
        .method = method, .headers = &headers, .stop = client->stop};
    bool may_ask = false, asked = false;
    struct retry retry;

    client_retry(client, &retry);
    add_metadata(client, method, &headers);
    do {
        auto_buf bytes = BUF_INIT, answer = BUF_INIT;
        buf_add(&bytes, request->data, request->len);
        if (rpc_unary(client->channel, &options, &bytes, &answer, status, &may_ask) == 0)
            return client_unpack(reply, &answer, status);
    } while (client_again(&retry, status, may_ask, &asked));
    return NULL;
}

void *client_call(struct client *client, const char *method, const ProtobufCMessage *request,
                  const ProtobufCMessageDescriptor *reply, struct rpc_status *status)
{
    auto_buf bytes = BUF_INIT;

    message_pack(request, &bytes);
    return client_call_packed(client, method, &bytes, reply, status);
}

void client_tell(struct client *client, const char *method, const ProtobufCMessage *request)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    struct rpc_outcall_options options = {
        .method = method, .headers = &headers, .idle_seconds = TELL_SECONDS, .heedless = true};
    auto_rpc_status ignored = RPC_STATUS_INIT;
    auto_buf bytes = BUF_INIT, answer = BUF_INIT;

    add_metadata(client, method, &headers);
    message_pack(request, &bytes);
    (void)!rpc_unary(client->channel, &options, &bytes, &answer, &ignored, NULL);
}

/* ---- opening ---- */

static int ask_abilities(struct client *client, struct error *err)
{
    static const char method[] = REAPI_SERVICE "Capabilities/GetCapabilities";
    Reapi__GetCapabilitiesRequest request = REAPI__GET_CAPABILITIES_REQUEST__INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    request.instance_name = client->instance;
    auto_message Reapi__ServerCapabilities *reply = client_call(
        client, method, &request.base, &reapi__server_capabilities__descriptor, &status);
    if (!reply)
        return client_fail(client, method, &status, err);
    if (abilities_parse(reply, &client->abilities, err) < 0)
        return error_prefix(err, "%s", rpc_channel_address(client->channel));
    return 0;
}

static int connect_to(struct client *client, const struct client_options *options,
                      struct error *err)
{
    struct rpc_channel_options channel = {
        .address = options->address,
        .tls_ca = options->tls_ca,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .headers = options->headers,
        .credential_helper = options->credential_helper,
        .user_agent = USER_AGENT,
        .max_message = LIMIT_MESSAGE_IN,
        .idle_seconds = options->idle_seconds,
    };
    auto_rpc_status status = RPC_STATUS_INIT;

    if (check_instance_name(options->instance, &status) < 0)
        return error_set(err, ERROR_USAGE, "%s", status.message);
    return rpc_channel_open(&channel, &client->channel, err);
}

int client_open(const struct client_options *options, struct client **ret_client, struct error *err)
{
    struct client *client = xcalloc(1, sizeof(*client));

    client->instance = xstrdup(options->instance);
    client->compress = options->compress;
    client->idle_seconds = options->idle_seconds;
    client->attempts = options->attempts;
    client->first_delay_ms = options->first_delay_ms;
    uuid_make(client->invocation);
    if (connect_to(client, options, err) < 0 || ask_abilities(client, err) < 0) {
        client_close(client);
        return -1;
    }
    *ret_client = client;
    return 0;
}

void client_close(struct client *client)
{
    if (!client)
        return;
    rpc_channel_close(client->channel);
    free(client->instance);
    free(client);
}

const struct abilities *client_abilities(const struct client *client)
{
    return &client->abilities;
}

void client_set_action(struct client *client, const struct blob_digest *action)
{
    client->has_action = action != NULL;
    if (action)
        client->action = *action;
}
