/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <grpc/grpc_security.h>

#include "base/error.h"
#include "rpc/server.h"

/*
 * Credentials made of PEM files; TLS may be NULL, for none. gRPC itself finds out what is wrong
 * with a file when the first client comes, and tells nobody: so they are read and checked here, and
 * the error names the file. Released by the caller with grpc_server_credentials_release.
 */
int tls_credentials(const struct rpc_tls *tls, grpc_server_credentials **ret_credentials,
                    struct error *err) must_check;
