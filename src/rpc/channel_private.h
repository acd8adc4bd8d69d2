/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The channel's own struct, for channel.c and outcall.c. */

#include <stdbool.h>

#include <grpc/grpc.h>

#include "rpc/channel.h"
#include "rpc/helper.h"
#include "rpc/target.h"

struct rpc_channel {
    grpc_channel *grpc;
    char *address;
    struct rpc_target target;
    struct rpc_headers headers;
    unsigned idle_seconds;
    bool has_helper;
    char *helper_program;
    struct rpc_helper helper;
};
