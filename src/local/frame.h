/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages on a stream socket between processes of this machine: a frame is the message's length as
 * four bytes, the least significant first, and then its bytes. A time limit is the socket's own
 * (SO_RCVTIMEO, SO_SNDTIMEO).
 */

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Sends one frame. No signal comes of a peer that is gone: that is an error. */
int local_send(int fd, const void *message, size_t len, struct error *err) must_check;

/*
 * Waits for one frame and appends its message to BUF. One of more than CAP bytes is refused: the
 * connection is of no use then, as after any error. Returns 1 when the peer has hung up between two
 * frames.
 */
int local_receive(int fd, size_t cap, struct buf *buf, struct error *err) must_check;

/* As these, with a descriptor that goes along on a unix socket: -1 for none. */
int local_send_fd(int fd, const void *message, size_t len, int passed,
                  struct error *err) must_check;

/* Sets *ret_passed to the descriptor that came, which is close-on-exec and the caller's, or to -1.
 */
int local_receive_fd(int fd, size_t cap, struct buf *buf, int *ret_passed,
                     struct error *err) must_check;
