/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The protocol that is spoken on local.sock (messages: proto/local.proto), and its versions.
 *
 * Both sides say their number with every message. Where the numbers are the same, all is well,
 * whatever the programs' versions. Else one side is older, by its number, and:
 *
 *   - a daemon serves no request of a caller with another number, but says so in the reply's error;
 *   - it obeys `stop`, whose form never changes: asked by a user always; asked `to_replace` only if
 *     it is older than the caller, and then it lets what runs come to its end;
 *   - a caller that finds a newer daemon leaves it alone and does without; one that finds an older
 *     daemon may ask it to make room (caller_replace), and does without meanwhile.
 */

#include "base/buf.h"
#include "base/error.h"
#include "proto/local.pb-c.h"

#define LOCAL_PROTOCOL 2

/* Bytes of a message, either way: a package's files, by name; what a compiler says. */
#define LOCAL_MESSAGE_MAX (16u << 20)

/* An empty message with our versions. */
Local__Request local_request(void);
Local__Reply local_reply(void);

/* Fails, with the text to reply, for a request that a daemon must not serve. */
int local_request_check(const Local__Request *request, struct error *err) must_check;

/* Appends the message as it goes over the socket. */
void local_pack(const ProtobufCMessage *message, struct buf *bytes);
