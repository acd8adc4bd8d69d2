/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/messages.h"

#include <stdlib.h>

#include "base/memory.h"
#include "reapi/limits.h"
#include "store/blob_message.h"
#include "store/wire.h"

void message_pack(const ProtobufCMessage *message, struct buf *buf)
{
    buf_reserve(buf, protobuf_c_message_get_packed_size(message));
    buf_set_len(buf, buf->len + protobuf_c_message_pack(message, (uint8_t *)buf->data + buf->len));
}

void *message_unpack(const ProtobufCMessageDescriptor *descriptor, struct rpc_bytes bytes,
                     struct rpc_status *status)
{
    auto_error err = ERROR_INIT;
    void *message = NULL;

    if (wire_check(descriptor, bytes.data, bytes.len, LIMIT_REQUEST_FIELDS, &err) < 0) {
        rpc_status_set(status, RPC_INVALID_ARGUMENT, "%s: %s", descriptor->short_name, err.text);
        return NULL;
    }
    message = protobuf_c_message_unpack(descriptor, NULL, bytes.len, bytes.data);
    if (!message)
        rpc_status_set(status, RPC_INVALID_ARGUMENT, "the request is no %s message",
                       descriptor->short_name);
    return message;
}

void message_release(void *message_pointer)
{
    ProtobufCMessage **message = message_pointer;

    protobuf_c_message_free_unpacked(*message, NULL);
    *message = NULL;
}

/* Protocol buffers: base 128 varints, least significant first. */
static void add_varint(struct buf *buf, size_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_add_char(buf, (char)(value | 0x80));
    buf_add_char(buf, (char)value);
}

void message_add_header(struct buf *buf, unsigned number, size_t len)
{
    add_varint(buf, (size_t)number << 3 | 2);
    add_varint(buf, len);
}

void message_add_field(struct buf *buf, unsigned number, const void *data, size_t len)
{
    message_add_header(buf, number, len);
    buf_add(buf, data, len);
}

Reapi__Digest *digest_message_set(struct digest_message *digest_message,
                                  const struct blob_digest *digest)
{
    reapi__digest__init(&digest_message->message);
    digest_message->message.hash = digest_hex(&digest->hash, digest_message->hash);
    digest_message->message.size_bytes = (int64_t)digest->size;
    return &digest_message->message;
}

/* A wrong hash, which may be any bytes, is quoted in the text. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = '.';
}

int digest_of_request(const Reapi__Digest *message, struct blob_digest *ret_digest,
                      struct rpc_status *status)
{
    auto_error err = ERROR_INIT;

    if (blob_from_message(message, ret_digest, &err) == 0)
        return 0;
    make_printable(err.text);
    return rpc_status_set(status, RPC_INVALID_ARGUMENT, "%s", err.text);
}

int check_digest_function(int function, struct rpc_status *status)
{
    const ProtobufCEnumValue *value;

    if (function == REAPI__DIGEST_FUNCTION__VALUE__UNKNOWN ||
        function == REAPI__DIGEST_FUNCTION__VALUE__SHA256)
        return 0;
    value =
        protobuf_c_enum_descriptor_get_value(&reapi__digest_function__value__descriptor, function);
    return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                          "the digest function %s (%d) isn't served here; use SHA256",
                          value ? value->name : "of that number", function);
}

static void drop_bytes(ProtobufCBinaryData *bytes)
{
    free(bytes->data);
    *bytes = (ProtobufCBinaryData){0, NULL};
}

bool action_result_fit(Reapi__ActionResult *result, size_t limit)
{
    size_t size = reapi__action_result__get_packed_size(result);

    if (size > limit && result->stdout_digest)
        drop_bytes(&result->stdout_raw);
    size = reapi__action_result__get_packed_size(result);
    if (size > limit && result->stderr_digest)
        drop_bytes(&result->stderr_raw);
    size = reapi__action_result__get_packed_size(result);
    /* Not to the byte: the lengths of what surrounds the contents shrink, too. */
    for (size_t i = 0; size > limit && i < result->n_output_files; i++) {
        size_t dropped = result->output_files[i]->contents.len;
        drop_bytes(&result->output_files[i]->contents);
        size -= dropped;
    }
    return reapi__action_result__get_packed_size(result) <= limit;
}

void timestamp_set(Google__Timestamp **place, const struct timespec *time)
{
    if (!*place) {
        *place = xmalloc(sizeof(**place));
        google__timestamp__init(*place);
    }
    (*place)->seconds = time->tv_sec;
    (*place)->nanos = (int32_t)time->tv_nsec;
}

void timestamp_set_now(Google__Timestamp **place)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    timestamp_set(place, &time);
}
