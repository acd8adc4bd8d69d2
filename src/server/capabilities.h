/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The service Capabilities: what clients may ask of this one. */

#include "rpc/server.h"

rpc_unary_fn capabilities_get;
