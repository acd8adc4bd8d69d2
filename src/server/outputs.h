/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an action left: its declared outputs, found below the input root's descriptor, put into the
 * store and named in the result. Nothing of the action runs any longer.
 *
 * An output's parents may be links as long as they stay below the input root. A link that is an
 * output itself, or in an output directory, is never followed: its target is told as it is.
 */

#include "rpc/status.h"
#include "server/action.h"
#include "store/store.h"

/*
 * Adds the outputs to the result. One that isn't there is left out. Fails with FAILED_PRECONDITION
 * for one that is something else than was declared, or that is no file, directory or link; with
 * RESOURCE_EXHAUSTED when the store has no room; with INVALID_ARGUMENT for directories over a
 * limit.
 */
int outputs_collect(struct store *store, const struct action *action, int root,
                    Reapi__ActionResult *result, struct rpc_status *status) must_check;
