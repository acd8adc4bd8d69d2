/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/message.h"

#include <stdlib.h>

#include <grpc/byte_buffer_reader.h>

#include "rpc/annotate.h"

static void free_bytes(void *data)
{
    annotate_acquire(data);
    free(data);
}

grpc_byte_buffer *message_from_buf(struct buf *buf)
{
    size_t len = buf->len;
    grpc_slice slice = grpc_empty_slice();

    if (len > 0) {
        char *data = buf_detach(buf);
        annotate_release(data);
        slice = grpc_slice_new(data, len, free_bytes);
    }
    buf_release(buf);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

/* The bytes of all slices as one. A single slice is used where it lies. */
static grpc_slice whole(grpc_byte_buffer *buffer)
{
    grpc_slice_buffer *slices = &buffer->data.raw.slice_buffer;
    grpc_byte_buffer_reader reader;

    if (slices->count == 1)
        return grpc_slice_ref(slices->slices[0]);
    if (!grpc_byte_buffer_reader_init(&reader, buffer))
        return grpc_empty_slice();
    grpc_slice slice = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    return slice;
}

bool incoming_open(grpc_byte_buffer *buffer, struct incoming *ret_incoming)
{
    /* gRPC would inflate it here to any length. */
    if (buffer->data.raw.compression != GRPC_COMPRESS_NONE) {
        grpc_byte_buffer_destroy(buffer);
        return false;
    }
    ret_incoming->buffer = buffer;
    ret_incoming->slice = whole(buffer);
    /* Read in place: the slice, if it is a short one, holds the bytes itself. */
    ret_incoming->bytes.data = GRPC_SLICE_START_PTR(ret_incoming->slice);
    ret_incoming->bytes.len = GRPC_SLICE_LENGTH(ret_incoming->slice);
    return true;
}

void incoming_release(struct incoming *incoming)
{
    grpc_slice_unref(incoming->slice);
    grpc_byte_buffer_destroy(incoming->buffer);
}
