/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server with methods to test src/rpc with, on a free port of 127.0.0.1, and a client of it.
 *
 *     /test/Echo      unary: the request's bytes
 *     /test/Fail      unary: NOT_FOUND, "no such thing: REQUEST", with the details "details"
 *     /test/Long      unary: a status whose message and details are longer than may be sent
 *     /test/Big       unary: 8 MiB; the client has a second to take them
 *     /test/Chat      each message is sent back; ends when the client has ended
 *     /test/Collect   the client's messages in one, when it has ended; it has a second for each
 *     /test/Early     "enough", at the first message
 *     /test/Hold      takes messages and never ends
 *     /test/Flood     sends without end
 *     /test/Brief     as Flood; the client has a second to take each
 *     /test/Thread    "from a thread", by another thread, while messages come
 */

#include <pthread.h>

#include "rpc/server.h"
#include "support/rpc_client.h"

#define RPC_SERVICE_MAX_MESSAGE (1u << 20)

struct rpc_service {
    struct rpc_server *server;
    struct rpc_client *client;
    char *target; /* for rpc_client_new */
    int port;

    pthread_mutex_t lock;
    pthread_cond_t change;
    unsigned opened, messages, half_closed, closed; /* functions called, of all streaming calls */
};

/* Setup and teardown of a test: *state is the struct rpc_service. */
int rpc_service_start(void **state);
int rpc_service_stop(void **state);

#define rpc_test(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, rpc_service_start, rpc_service_stop)

/* The stats of the method. */
struct rpc_method_stats rpc_service_stats(struct rpc_service *service, const char *method);

/* These fail the test when it takes too long. */

/* Waits until a counter of the service is that high. */
void rpc_service_wait(struct rpc_service *service, const unsigned *counter, unsigned value);

/* Waits until so many calls of the method have ended, and returns its stats. */
struct rpc_method_stats rpc_service_settle(struct rpc_service *service, const char *method,
                                           uint64_t calls);

/* Waits until each streaming call that was opened is closed. */
void rpc_service_wait_for_closed(struct rpc_service *service);
