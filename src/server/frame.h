/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages on a unix stream socket between the service and its runner: four bytes of length in the
 * machine's order, then the packed message; a descriptor may come along.
 */

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "base/error.h"

/* Bytes of one frame. A command (LIMIT_COMMAND) and its output directories fit. */
#define FRAME_MAX (32u << 20)

/* Sends the message, and a descriptor with it unless FD is -1. No signal comes of a closed socket.
 */
int frame_send(int socket, const ProtobufCMessage *message, int fd, struct error *err) must_check;

/*
 * Receives a message, in place of what MESSAGE held. Sets *ret_fd to the descriptor that came with
 * it, close-on-exec and the caller's, or -1. Returns 1 when the other side has closed the socket.
 */
int frame_receive(int socket, struct buf *message, int *ret_fd, struct error *err) must_check;
