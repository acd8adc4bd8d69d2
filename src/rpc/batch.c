/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/batch.h"

#include <assert.h>
#include <string.h>

/* The length of TEXT, or less than that: no more than MAX, and whole UTF-8 characters. */
static size_t cut(const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);

    if (len <= max)
        return len;
    len = max;
    while (len > 0 && (text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

void trailer_init(struct trailer *trailer, const struct rpc_status *status)
{
    const char *text = status->message ? status->message : "";
    const struct buf *details = &status->details;

    *trailer = (struct trailer){.code = (grpc_status_code)status->code};
    trailer->text = grpc_slice_from_copied_buffer(text, cut(text, RPC_STATUS_MESSAGE_MAX));
    if (details->len == 0 || details->len > RPC_STATUS_DETAILS_MAX)
        return;
    trailer->details_count = 1;
    trailer->details.key = grpc_slice_from_static_string("grpc-status-details-bin");
    trailer->details.value = grpc_slice_from_copied_buffer(details->data, details->len);
}

void trailer_release(struct trailer *trailer)
{
    grpc_slice_unref(trailer->text);
    if (trailer->details_count > 0)
        grpc_slice_unref(trailer->details.value);
}

static grpc_op *add(struct batch *batch, grpc_op_type type)
{
    assert(batch->count < BATCH_MAX);
    grpc_op *op = &batch->ops[batch->count++];
    memset(op, 0, sizeof(*op));
    op->op = type;
    return op;
}

void batch_initial_metadata(struct batch *batch)
{
    add(batch, GRPC_OP_SEND_INITIAL_METADATA);
}

void batch_send(struct batch *batch, grpc_byte_buffer *message)
{
    add(batch, GRPC_OP_SEND_MESSAGE)->data.send_message.send_message = message;
}

void batch_receive(struct batch *batch, grpc_byte_buffer **ret_message)
{
    add(batch, GRPC_OP_RECV_MESSAGE)->data.recv_message.recv_message = ret_message;
}

void batch_trailer(struct batch *batch, struct trailer *trailer)
{
    grpc_op *op = add(batch, GRPC_OP_SEND_STATUS_FROM_SERVER);

    op->data.send_status_from_server.status = trailer->code;
    op->data.send_status_from_server.status_details = &trailer->text;
    op->data.send_status_from_server.trailing_metadata = &trailer->details;
    op->data.send_status_from_server.trailing_metadata_count = trailer->details_count;
}

void batch_close(struct batch *batch, int *ret_cancelled)
{
    add(batch, GRPC_OP_RECV_CLOSE_ON_SERVER)->data.recv_close_on_server.cancelled = ret_cancelled;
}

void batch_headers(struct batch *batch, grpc_metadata *headers, size_t count)
{
    grpc_op *op = add(batch, GRPC_OP_SEND_INITIAL_METADATA);

    op->data.send_initial_metadata.metadata = headers;
    op->data.send_initial_metadata.count = count;
}

void batch_receive_headers(struct batch *batch, grpc_metadata_array *ret_headers)
{
    add(batch, GRPC_OP_RECV_INITIAL_METADATA)->data.recv_initial_metadata.recv_initial_metadata =
        ret_headers;
}

void batch_half_close(struct batch *batch)
{
    add(batch, GRPC_OP_SEND_CLOSE_FROM_CLIENT);
}

void batch_receive_status(struct batch *batch, grpc_status_code *ret_code, grpc_slice *ret_text,
                          grpc_metadata_array *ret_trailers)
{
    grpc_op *op = add(batch, GRPC_OP_RECV_STATUS_ON_CLIENT);

    op->data.recv_status_on_client.status = ret_code;
    op->data.recv_status_on_client.status_details = ret_text;
    op->data.recv_status_on_client.trailing_metadata = ret_trailers;
}

void batch_start(struct batch *batch, grpc_call *call, struct event *event)
{
    grpc_call_error failed =
        grpc_call_start_batch(call, batch->ops, batch->count, event_tag(event), NULL);

    assert(failed == GRPC_CALL_OK);
    (void)failed;
}
