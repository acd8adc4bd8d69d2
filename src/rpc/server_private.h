/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The server's own struct, for server.c and listen.c. */

#include <pthread.h>
#include <stdbool.h>

#include <grpc/grpc.h>

#include "rpc/event.h"
#include "rpc/live.h"
#include "rpc/served.h"
#include "rpc/ticker.h"

/* A call that gRPC was asked for: what it fills in when one comes. */
struct request {
    struct event event;
    struct rpc_server *server;
    struct served *served;
    grpc_call *call;
    grpc_call_details details; /* for unknown methods alone, and only those have no `first` */
    grpc_byte_buffer *first;
    grpc_metadata_array metadata;
    gpr_timespec deadline;
};

struct rpc_server {
    grpc_server *grpc;
    grpc_completion_queue *queue;
    struct served *served; /* one for each method, then one for all that are unknown */
    size_t method_count;
    struct request *requests;
    size_t request_count;
    struct ticker ticker;
    pthread_t *threads;
    unsigned thread_count, running; /* wanted; there */
    bool started, stopped;

    struct live live;  /* has one for each request, for each call, and for the shutdown */
    struct event down; /* no connection is left, and no call will come */
};
