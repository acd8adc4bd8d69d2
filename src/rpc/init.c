/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/init.h"

#include <stdlib.h>

#include <grpc/grpc.h>
#include <grpc/support/log.h>

static void log_nothing(gpr_log_func_args *args)
{
    (void)args;
}

void rpc_init(void)
{
    if (!getenv("GRPC_VERBOSITY"))
        gpr_set_log_function(log_nothing);
    grpc_init();
}
