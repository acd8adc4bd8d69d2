/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages between our bytes and gRPC's byte buffers. */

#include <stdbool.h>

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

#include "base/buf.h"
#include "rpc/server.h"

/* Takes the bytes and leaves BUF empty; nothing is copied. Destroyed by the caller. */
grpc_byte_buffer *message_from_buf(struct buf *buf);

/* A message that was received, seen as one run of bytes. */
struct incoming {
    struct rpc_bytes bytes;
    grpc_byte_buffer *buffer;
    grpc_slice slice;
};

/* Takes BUFFER, also on failure: false for a compressed message, which nobody was told to send. */
bool incoming_open(grpc_byte_buffer *buffer, struct incoming *ret_incoming);
void incoming_release(struct incoming *incoming);
