/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the store answers, as clients are told. */

#include "base/error.h"
#include "rpc/status.h"

/*
 * Sets the status for an ANSWER of the store's that isn't 0: an enum store_answer, or -1, with ERR
 * as the store set it. Returns -1. Nothing that might pass or is the service's own fault looks as
 * if the blob weren't there.
 */
int status_of_answer(struct rpc_status *status, int answer, const struct error *err);
