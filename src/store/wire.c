/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Messages of REAPI that are read from blobs nest four deep. */
#define DEPTH_MAX 16

enum { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

/* What is left of a message, or of one within it. */
struct wire {
    const uint8_t *at, *end;
};

struct check {
    size_t fields_left;
    int depth;
    struct error *err;
};

static bool take_varint(struct wire *wire, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (int shift = 0; shift < 70 && wire->at < wire->end; shift += 7) {
        uint8_t byte = *wire->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct wire *wire, uint64_t len, struct wire *ret_bytes)
{
    if (len > (uint64_t)(wire->end - wire->at))
        return false;
    *ret_bytes = (struct wire){wire->at, wire->at + len};
    wire->at += len;
    return true;
}

/* Takes the value of a field; what isn't length-delimited gives no bytes. */
static bool take_value(struct wire *wire, unsigned type, struct wire *ret_bytes)
{
    struct wire skipped;
    uint64_t value;

    *ret_bytes = (struct wire){NULL, NULL};
    switch (type) {
    case WIRE_VARINT:
        return take_varint(wire, &value);
    case WIRE_FIXED64:
        return take_bytes(wire, 8, &skipped);
    case WIRE_FIXED32:
        return take_bytes(wire, 4, &skipped);
    case WIRE_BYTES:
        return take_varint(wire, &value) && take_bytes(wire, value, ret_bytes);
    default: /* groups, which proto3 doesn't have */
        return false;
    }
}

static int check_message(struct check *check, const ProtobufCMessageDescriptor *descriptor,
                         struct wire wire);

static int check_field(struct check *check, const ProtobufCMessageDescriptor *descriptor,
                       const ProtobufCFieldDescriptor *field, struct wire bytes)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(check, field->descriptor, bytes);
    if (field->type == PROTOBUF_C_TYPE_STRING && bytes.at < bytes.end &&
        memchr(bytes.at, '\0', (size_t)(bytes.end - bytes.at)))
        return error_set(check->err, ERROR_REFUSED, "the field %s of a %s has a NUL in it",
                         field->name, descriptor->short_name);
    return 0;
}

static int malformed(struct check *check, const ProtobufCMessageDescriptor *descriptor)
{
    return error_set(check->err, ERROR_REFUSED, "the %s is not well-formed",
                     descriptor->short_name);
}

/* A field's number and type. Protobuf-c takes the number 0, too, and then can't pack it. */
static bool take_tag(struct wire *wire, unsigned *ret_number, unsigned *ret_type)
{
    uint64_t tag;

    if (!take_varint(wire, &tag) || tag >> 3 == 0 || tag > UINT32_MAX)
        return false;
    *ret_number = (unsigned)tag >> 3;
    *ret_type = (unsigned)tag & 7;
    return true;
}

static int check_fields(struct check *check, const ProtobufCMessageDescriptor *descriptor,
                        struct wire wire)
{
    while (wire.at < wire.end) {
        unsigned number, type;
        struct wire bytes;
        if (!take_tag(&wire, &number, &type) || !take_value(&wire, type, &bytes))
            return malformed(check, descriptor);
        if (check->fields_left-- == 0)
            return error_set(check->err, ERROR_REFUSED, "the message has too many fields");
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, number);
        if (field && type == WIRE_BYTES && check_field(check, descriptor, field, bytes) < 0)
            return -1;
    }
    return 0;
}

static int check_message(struct check *check, const ProtobufCMessageDescriptor *descriptor,
                         struct wire wire)
{
    if (check->depth == DEPTH_MAX)
        return error_set(check->err, ERROR_REFUSED, "the message is nested too deeply");
    check->depth++;
    int status = check_fields(check, descriptor, wire);
    check->depth--;
    return status;
}

int wire_check(const ProtobufCMessageDescriptor *descriptor, const void *data, size_t len,
               size_t max_fields, struct error *err)
{
    struct check check = {.fields_left = max_fields, .depth = 0, .err = err};
    const uint8_t *start = len > 0 ? data : (const uint8_t *)"";

    return check_message(&check, descriptor, (struct wire){start, start + len});
}
