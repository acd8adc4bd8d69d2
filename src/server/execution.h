/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The services Execution (Execute, WaitExecution) and google.longrunning.Operations (GetOperation,
 * CancelOperation): streams that watch the scheduler's operations.
 */

#include "rpc/server.h"

extern const struct rpc_stream execution_execute;
extern const struct rpc_stream execution_wait;
rpc_unary_fn operations_get;
rpc_unary_fn operations_cancel;
