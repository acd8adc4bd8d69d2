/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A batch of operations on one call, which gRPC starts together and answers with one event. What
 * the operations point to stays where it is until then.
 */

#include <grpc/grpc.h>

#include "rpc/event.h"
#include "rpc/status.h"

#define BATCH_MAX 4 /* initial metadata, message, status, close */

struct batch {
    grpc_op ops[BATCH_MAX];
    size_t count;
};

#define BATCH_INIT                                                                                 \
    {                                                                                              \
        .count = 0                                                                                 \
    }

/* A status in gRPC's form. */
struct trailer {
    grpc_status_code code;
    grpc_slice text;
    grpc_metadata details;
    size_t details_count; /* 0 or 1 */
};

void trailer_init(struct trailer *trailer, const struct rpc_status *status);
void trailer_release(struct trailer *trailer);

/* On the server. */
void batch_initial_metadata(struct batch *batch);
void batch_send(struct batch *batch, grpc_byte_buffer *message);
void batch_receive(struct batch *batch, grpc_byte_buffer **ret_message);
void batch_trailer(struct batch *batch, struct trailer *trailer);
/* Answered when the call is over. Sets *ret_cancelled to 1 unless the client has got the status. */
void batch_close(struct batch *batch, int *ret_cancelled);

/* On the client: the headers, which stay with the caller; and what answers them. */
void batch_headers(struct batch *batch, grpc_metadata *headers, size_t count);
void batch_receive_headers(struct batch *batch, grpc_metadata_array *ret_headers);
void batch_half_close(struct batch *batch);
/* Answered when the call is over and all messages have been received. */
void batch_receive_status(struct batch *batch, grpc_status_code *ret_code, grpc_slice *ret_text,
                          grpc_metadata_array *ret_trailers);

void batch_start(struct batch *batch, grpc_call *call, struct event *event);
