/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Run on local.sock (proto/local.proto): an action of this machine's files, made, looked for in the
 * action cache, and else run by the scheduler as those of the API's clients are.
 *
 * Results are kept under an instance name that no client of the API can ask for. They are those of
 * actions that ran in namespaces, or none.
 */

#include "local/listener.h"
#include "server/service.h"
#include "store/file_digests.h"

#define LOCAL_INSTANCE "operations/local"

struct local_runs;

/* Both are borrowed. */
struct local_runs *local_runs_new(const struct service *service, struct file_digests *digests);
void local_runs_free(struct local_runs *runs); /* none is going on; NULL is fine */

/* Packs the Reply, when there is one. */
void local_runs_answer(struct local_runs *runs, const struct listener_call *call,
                       const Local__Run *run, struct buf *reply);

/*
 * Takes no more; waits until none is going on, for GRACE_MS at most, and then ends them. Before
 * scheduler_stop.
 */
void local_runs_stop(struct local_runs *runs, unsigned grace_ms);
