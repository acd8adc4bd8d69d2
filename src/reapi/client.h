/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A client of one service that speaks the Remote Execution API. It blocks, and belongs to one
 * thread, which has others help it where there is work for several (client_pieces.h). What it does
 * is in these headers:
 *
 *     client_cas.h      blobs: which are missing, uploads, downloads
 *     client_action.h   the action cache, and executing actions
 *
 * Every call is made again where that may help (retry.h); after that it is an ERROR_REMOTE whose
 * text names the service, the method and what the service said. Every byte that is read is checked
 * against its digest before anyone else sees it.
 */

#include <stdbool.h>

#include "base/error.h"
#include "reapi/abilities.h"
#include "rpc/header.h"
#include "store/blob.h"

struct client;

/* A documented answer of functions that ask for something by its digest: it isn't there. */
enum client_answer {
    CLIENT_ABSENT = 1,
};

#define CLIENT_IDLE_SECONDS 60

struct client_options {
    const char *address;                     /* rpc/target.h */
    const char *instance;                    /* "" for the one without a name */
    const char *tls_ca, *tls_cert, *tls_key; /* rpc/channel.h */
    const struct rpc_headers *headers;
    const char *credential_helper;
    bool compress;                     /* zstd, where the service has it */
    unsigned idle_seconds;             /* a silent call ends after that: CLIENT_IDLE_SECONDS */
    unsigned attempts, first_delay_ms; /* RETRY_ATTEMPTS, RETRY_FIRST_MS */
};

/* The numbers above. */
extern const struct client_options client_default_options;

/* Connects, asks for the service's capabilities, and checks that they are enough. */
int client_open(const struct client_options *options, struct client **ret_client,
                struct error *err) must_check;
void client_close(struct client *client); /* NULL is fine */

const struct abilities *client_abilities(const struct client *client);

/* The action that the following calls are made for, in their RequestMetadata. NULL: for none. */
void client_set_action(struct client *client, const struct blob_digest *action);

static inline void client_close_at(struct client **client)
{
    client_close(*client);
}
#define auto_client __attribute__((cleanup(client_close_at))) struct client
