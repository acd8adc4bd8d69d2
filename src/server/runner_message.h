/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages between the service and its runner (proto/runner.proto), each in a frame
 * (local/frame.h). */

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "base/error.h"

/* Bytes of one message. A command (LIMIT_COMMAND) and its output directories fit. */
#define RUNNER_MESSAGE_MAX (32u << 20)

/* Sends the message, and a descriptor with it unless FD is -1. One that is too long is refused. */
int runner_message_send(int socket, const ProtobufCMessage *message, int fd,
                        struct error *err) must_check;

/*
 * Receives a message's bytes, in place of what BYTES held. Sets *ret_fd to the descriptor that came
 * with it, the caller's, or -1. Returns 1 when the other side has closed the socket.
 */
int runner_message_receive(int socket, struct buf *bytes, int *ret_fd,
                           struct error *err) must_check;
