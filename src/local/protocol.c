/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "local/protocol.h"

#include <stdbool.h>

#include "base/version.h"

Local__Request local_request(void)
{
    Local__Request request = LOCAL__REQUEST__INIT;

    request.protocol = LOCAL_PROTOCOL;
    request.version = (char *)CLEAVE_VERSION;
    return request;
}

Local__Reply local_reply(void)
{
    Local__Reply reply = LOCAL__REPLY__INIT;

    reply.protocol = LOCAL_PROTOCOL;
    reply.version = (char *)CLEAVE_VERSION;
    return reply;
}

int local_request_check(const Local__Request *request, struct error *err)
{
    bool stops = request->what_case == LOCAL__REQUEST__WHAT_STOP;

    if (stops && request->stop->to_replace && request->protocol <= LOCAL_PROTOCOL)
        return error_set(err, ERROR_REFUSED,
                         "this cleaved (%s, protocol %d) isn't older than the caller (%s, protocol "
                         "%u) and stays",
                         CLEAVE_VERSION, LOCAL_PROTOCOL, request->version, request->protocol);
    if (stops)
        return 0;
    if (request->protocol != LOCAL_PROTOCOL)
        return error_set(err, ERROR_REFUSED,
                         "this cleaved (%s) speaks protocol %d, and the caller (%s) protocol %u; "
                         "end it with cleaved stop and start the one that goes with the caller",
                         CLEAVE_VERSION, LOCAL_PROTOCOL, request->version, request->protocol);
    if (request->what_case == LOCAL__REQUEST__WHAT__NOT_SET)
        return error_set(err, ERROR_REFUSED, "the request asks for nothing that cleaved knows");
    return 0;
}

void local_pack(const ProtobufCMessage *message, struct buf *bytes)
{
    size_t size = protobuf_c_message_get_packed_size(message);

    buf_reserve(bytes, size);
    protobuf_c_message_pack(message, (uint8_t *)bytes->data + bytes->len);
    buf_set_len(bytes, bytes->len + size);
}
