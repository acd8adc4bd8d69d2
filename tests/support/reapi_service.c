/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/reapi_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/limits.h"
#include "reapi/names.h"
#include "rpc/server.h"

#define PACKAGE "/build.bazel.remote.execution.v2."

static void start_server(struct reapi_service *service)
{
    const struct rpc_server_options options = {
        .methods = service_methods,
        .method_count = service_method_count,
        .service = &service->service,
        .max_message = LIMIT_MESSAGE_IN,
        .threads = 2,
    };
    auto_error err = ERROR_INIT;
    int port = 0;

    assert_success(rpc_server_new(&options, &service->server, &err), &err);
    assert_success(rpc_server_listen(service->server, "unix:socket", NULL, &port, &err), &err);
    assert_success(rpc_server_start(service->server, &err), &err);
}

int reapi_service_start(void **state)
{
    struct reapi_service *service = xcalloc(1, sizeof(*service));

    test_enter_dir(state);
    service->dir = *state;
    service->store = test_open_store(REAPI_STORE_SIZE);
    service_init(&service->service, service->store);
    start_server(service);
    service->client = rpc_client_new("unix:socket", NULL);
    *state = service;
    return 0;
}

int reapi_service_stop(void **state)
{
    struct reapi_service *service = *state;

    rpc_client_free(service->client);
    service_stopping(&service->service);
    rpc_server_stop(service->server, 1000);
    rpc_server_free(service->server);
    service_release(&service->service);
    store_close(service->store);
    *state = service->dir;
    free(service);
    return test_leave_dir(state);
}

static char *full_name(const char *method)
{
    return xasprintf("%s%s", method[0] == '/' ? "" : PACKAGE, method);
}

void *reapi_call(struct reapi_service *service, const char *method, const ProtobufCMessage *request,
                 const ProtobufCMessageDescriptor *reply, struct rpc_client_end *ret_end)
{
    auto_free char *name = full_name(method);
    auto_buf sent = BUF_INIT, received = BUF_INIT;

    message_pack(request, &sent);
    rpc_client_unary(service->client, name, sent.data, sent.len, &received, ret_end);
    if (ret_end->code != RPC_OK)
        return NULL;
    void *message =
        protobuf_c_message_unpack(reply, NULL, received.len, (const uint8_t *)received.data);
    assert_non_null(message);
    return message;
}

struct rpc_client_call *reapi_open(struct reapi_service *service, const char *method,
                                   const ProtobufCMessage *first)
{
    auto_free char *name = full_name(method);
    auto_buf bytes = BUF_INIT;
    struct rpc_client_call *call = rpc_client_open(service->client, name);

    message_pack(first, &bytes);
    assert_true(rpc_client_send(call, bytes.data, bytes.len));
    return call;
}

void *reapi_next(struct rpc_client_call *call, const ProtobufCMessageDescriptor *descriptor)
{
    auto_buf bytes = BUF_INIT;

    if (!rpc_client_read(call, &bytes))
        return NULL;
    void *message =
        protobuf_c_message_unpack(descriptor, NULL, bytes.len, (const uint8_t *)bytes.data);
    assert_non_null(message);
    return message;
}

char *reapi_name(const struct blob_digest *digest, const char *uuid, bool zstd)
{
    struct resource_name name = {{"a/b", 3}, {uuid, strlen(uuid)}, zstd, *digest};
    struct buf text = BUF_INIT;

    resource_name_format(&name, &text);
    return buf_detach(&text);
}

void reapi_add_long(struct buf *buf)
{
    while (buf->len < REAPI_LONG)
        buf_addf(buf, "%zu,", buf->len * buf->len);
    buf_set_len(buf, REAPI_LONG);
}
