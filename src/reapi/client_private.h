/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The client's own struct and its calls, for the client_*.c files. */

#include <stdatomic.h>

#include <protobuf-c/protobuf-c.h>

#include "reapi/client.h"
#include "reapi/retry.h"
#include "rpc/channel.h"
#include "rpc/outcall.h"

#define UUID_SIZE 37 /* of its text, with the NUL */

#define REAPI_SERVICE "/build.bazel.remote.execution.v2."
#define BYTESTREAM_SERVICE "/google.bytestream.ByteStream/"

struct client {
    struct rpc_channel *channel;
    char *instance;
    struct abilities abilities;
    bool compress;
    unsigned idle_seconds, attempts, first_delay_ms;
    char invocation[UUID_SIZE];
    bool has_action;
    struct blob_digest action;
    const atomic_bool *stop; /* once it is true all calls end; NULL */
};

/* A random one (RFC 4122, version 4). */
void uuid_make(char uuid[UUID_SIZE]);

void client_retry(const struct client *client, struct retry *ret_retry);

/*
 * A unary call, made again where that may help. The reply is to be freed by message_release; it is
 * NULL, with the last status, when the call failed.
 */
void *client_call(struct client *client, const char *method, const ProtobufCMessage *request,
                  const ProtobufCMessageDescriptor *reply, struct rpc_status *status) must_check;

/* The same for a request that is packed already, and stays. */
void *client_call_packed(struct client *client, const char *method, const struct buf *request,
                         const ProtobufCMessageDescriptor *reply,
                         struct rpc_status *status) must_check;

/* A unary call that is made once, also after a signal, and whose answer doesn't matter. */
void client_tell(struct client *client, const char *method, const ProtobufCMessage *request);

/* Opens a streaming call, once. */
int client_stream(struct client *client, const char *method, unsigned idle_seconds,
                  struct rpc_outcall **ret_call, struct rpc_status *status) must_check;

/* Whether to make the call again: credentials that weren't taken are asked for anew once. Sleeps.
 */
bool client_again(struct retry *retry, const struct rpc_status *status, bool may_ask_again,
                  bool *asked_again);

/* A message as a service sent it; what it isn't is INTERNAL, and NULL. */
void *client_unpack(const ProtobufCMessageDescriptor *descriptor, const struct buf *bytes,
                    struct rpc_status *status) must_check;

/* The last part of a method's name. */
const char *method_name(const char *method);

/* The error that a status is, with ADDRESS: METHOD in front. Returns -1. */
int client_fail(const struct client *client, const char *method, const struct rpc_status *status,
                struct error *err);
