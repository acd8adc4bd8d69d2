/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service grpc.health.v1.Health: each service that is served is SERVING, and so is "", until
 * the stop begins. Check of another is NOT_FOUND; Watch of another says SERVICE_UNKNOWN and goes
 * on.
 */

#include <stddef.h>

#include "rpc/server.h"

struct health;

/* The services are those of the methods, which are borrowed. */
struct health *health_new(const struct rpc_method *methods, size_t count);
void health_free(struct health *health); /* nobody watches any longer; NULL is fine */

/* From now on all is NOT_SERVING; those who watch are told, and their calls are ended. */
void health_stop(struct health *health);

rpc_unary_fn health_check;
extern const struct rpc_stream health_watch;
