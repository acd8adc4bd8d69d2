/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <grpc/grpc_security.h>

#include "base/error.h"
#include "rpc/server.h"

/* A client's PEM files. */
struct rpc_channel_tls {
    const char *ca;         /* NULL: those that the system trusts */
    const char *cert, *key; /* both, or both NULL */
};

/*
 * Credentials made of PEM files; TLS may be NULL, for none. gRPC itself finds out what is wrong
 * with a file when the first client comes, and tells nobody: so they are read and checked here, and
 * the error names the file. Released by the caller with grpc_server_credentials_release.
 */
int tls_credentials(const struct rpc_tls *tls, grpc_server_credentials **ret_credentials,
                    struct error *err) must_check;

/* The same for a client. Released by the caller with grpc_channel_credentials_release. */
int tls_channel_credentials(const struct rpc_channel_tls *tls,
                            grpc_channel_credentials **ret_credentials,
                            struct error *err) must_check;
