/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages from clients and to them: packing, unpacking with a check, digests, results that fit. */

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "base/error.h"
#include "proto/reapi.pb-c.h"
#include "rpc/server.h"
#include "rpc/status.h"
#include "store/blob.h"

/* Appends the packed message. */
void message_pack(const ProtobufCMessage *message, struct buf *buf);

/*
 * The request, or NULL with INVALID_ARGUMENT: bytes that aren't such a message, more than
 * LIMIT_REQUEST_FIELDS fields, a string with a NUL. The caller casts it to the type of DESCRIPTOR.
 */
void *message_unpack(const ProtobufCMessageDescriptor *descriptor, struct rpc_bytes bytes,
                     struct rpc_status *status) must_check;

/* Frees what message_unpack answered; NULL is fine. */
void message_release(void *message_pointer);
#define auto_message __attribute__((cleanup(message_release)))

/*
 * Appends a field of the type bytes, string or message, or its tag and length only, for the caller
 * to append LEN bytes: so that large values aren't copied through a message.
 */
void message_add_field(struct buf *buf, unsigned number, const void *data, size_t len);
void message_add_header(struct buf *buf, unsigned number, size_t len);

/* A Digest message with the place that its hash needs. */
struct digest_message {
    Reapi__Digest message;
    char hash[DIGEST_HEX_SIZE];
};

/* Sets it and returns the message, which lives as long as DIGEST_MESSAGE does. */
Reapi__Digest *digest_message_set(struct digest_message *digest_message,
                                  const struct blob_digest *digest);

/* blob_from_message whose refusal is INVALID_ARGUMENT. */
int digest_of_request(const Reapi__Digest *message, struct blob_digest *ret_digest,
                      struct rpc_status *status) must_check;

/* Sets a time, whose message is made where there is none: CLOCK_REALTIME's, or now. */
void timestamp_set(Google__Timestamp **place, const struct timespec *time);
void timestamp_set_now(Google__Timestamp **place);

/* Unset or SHA256, else INVALID_ARGUMENT that names what it is. */
int check_digest_function(int function, struct rpc_status *status) must_check;

/*
 * Drops what is inlined in the result, from stdout over stderr to the files, as long as the packed
 * result is longer than LIMIT and the digest of what is dropped is there. False when it still is.
 */
bool action_result_fit(Reapi__ActionResult *result, size_t limit);
