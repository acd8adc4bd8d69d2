/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The whole service, without an executor, on a unix socket in the test's own directory, with the
 * store "store", and a client of it.
 */

#include <protobuf-c/protobuf-c.h>

#include "reapi/messages.h"
#include "server/service.h"
#include "support/rpc_client.h"
#include "support/store.h"
#include "support/test.h"

#define REAPI_STORE_SIZE (64u << 20)

struct reapi_service {
    void *dir; /* the test's directory */
    struct store *store;
    struct service service;
    struct rpc_server *server;
    struct rpc_client *client;
};

/* Setup and teardown of a test: *state is the struct reapi_service. */
int reapi_service_start(void **state);
int reapi_service_stop(void **state);

#define reapi_test(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, reapi_service_start, reapi_service_stop)

/*
 * A unary call; the reply, to be freed by message_release (auto_message), or NULL and *RET_END says
 * why. A method whose name has no slash in front is of REAPI's package.
 */
void *reapi_call(struct reapi_service *service, const char *method, const ProtobufCMessage *request,
                 const ProtobufCMessageDescriptor *reply, struct rpc_client_end *ret_end);

/* Opens a streaming call and sends its first message. */
struct rpc_client_call *reapi_open(struct reapi_service *service, const char *method,
                                   const ProtobufCMessage *first);

/* The next message of a stream, or NULL when there are no more. */
void *reapi_next(struct rpc_client_call *call, const ProtobufCMessageDescriptor *descriptor);

/* The blob's resource name in the instance "a/b": to read, or with a UUID to write. Owned by
 * caller. */
char *reapi_name(const struct blob_digest *digest, const char *uuid, bool zstd);

/* Fills BUF up to REAPI_LONG bytes, which don't compress to nothing. */
#define REAPI_LONG (1000u << 10)
void reapi_add_long(struct buf *buf);

/* The status of a call. */
#define assert_end(end, expected_code, expected_message)                                           \
    do {                                                                                           \
        assert_string_equal((end)->message ? (end)->message : "", expected_message);               \
        assert_int_equal((end)->code, expected_code);                                              \
    } while (0)

/* A status that a function set. */
#define assert_status(status, expected_code, expected_message)                                     \
    do {                                                                                           \
        assert_non_null((status)->message);                                                        \
        assert_string_equal((status)->message, expected_message);                                  \
        assert_int_equal((status)->code, expected_code);                                           \
    } while (0)
