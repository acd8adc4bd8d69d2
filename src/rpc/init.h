/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Starts gRPC, once or more. It is never shut down: in gRPC 1.51 that takes ten seconds at times.
 * What gRPC would log to standard error, unless $GRPC_VERBOSITY asks for it, is dropped: a library
 * prints nothing.
 */
void rpc_init(void);
