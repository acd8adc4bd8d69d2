/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Remote Execution API service: what its methods work on, and the table of them all, for a
 * struct rpc_server whose `service` is a struct service.
 */

#include <stdatomic.h>
#include <stddef.h>

#include "rpc/server.h"
#include "server/uploads.h"
#include "store/store.h"

struct executor;
struct health;
struct scheduler;

/* What the methods' own counts (rpc_server_stats) don't tell, since the start. */
struct service_figures {
    atomic_ullong result_hits, result_misses;  /* of GetActionResult */
    atomic_ullong blobs_asked, blobs_missing;  /* by FindMissingBlobs */
    atomic_ullong blobs_read, blobs_written;   /* by BatchReadBlobs, BatchUpdateBlobs, ByteStream */
    atomic_ullong uploads_kept, uploads_again; /* broken ones; those that were gone on with */
};

struct service {
    struct store *store;
    struct executor *executor;   /* NULL: actions aren't run here */
    struct scheduler *scheduler; /* NULL with it */
    struct uploads *uploads;
    struct health *health;
    struct service_figures figures;
};

/* The store is borrowed, until service_release; the caller sets executor and scheduler. */
void service_init(struct service *service, struct store *store);

/* Before rpc_server_stop: whoever watches the service's health is told that it ends. */
void service_stopping(struct service *service);

/* After rpc_server_stop. */
void service_release(struct service *service);

extern const struct rpc_method service_methods[];
extern const size_t service_method_count;
