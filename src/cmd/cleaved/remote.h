/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The service that a command talks to: the options that all such commands have, and connecting. */

#include "base/error.h"
#include "base/options.h"
#include "base/strv.h"
#include "reapi/client.h"

struct remote {
    const char *address, *instance, *tls_ca, *tls_cert, *tls_key, *credential_helper, *call_timeout;
    struct strv headers;
    bool compress;
};

#define REMOTE_INIT                                                                                \
    {                                                                                              \
        .headers = STRV_INIT                                                                       \
    }

void remote_release(struct remote *remote);
#define auto_remote __attribute__((cleanup(remote_release))) struct remote

/* Rows for a command's table. */
#define REMOTE_OPTIONS(remote)                                                                     \
    {"--remote", "ADDRESS", "grpc://HOST:PORT, grpcs://… or unix:PATH; your own unless given",     \
     .ret_text = &(remote)->address},                                                              \
        {"--instance", "NAME", "the instance's name there", .ret_text = &(remote)->instance},      \
        {"--tls-ca", "FILE", "who signs the service's certificate (PEM), if not the system's",     \
         .ret_text = &(remote)->tls_ca},                                                           \
        {"--tls-cert", "FILE", "our certificate, where the service asks for one",                  \
         .ret_text = &(remote)->tls_cert},                                                         \
        {"--tls-key", "FILE", "its key", .ret_text = &(remote)->tls_key},                          \
        {"--header", "NAME=VALUE", "sent with every call; may be given several times",             \
         .ret_list = &(remote)->headers},                                                          \
        {"--credential-helper", "PROGRAM", "prints headers as JSON, as Bazel's do",                \
         .ret_text = &(remote)->credential_helper},                                                \
        {"--compress", NULL, "zstd, where the service has it", .ret_switch = &(remote)->compress}, \
    {                                                                                              \
        "--call-timeout", "SECONDS",                                                               \
            "a call that is silent for so long is broken off: 60 unless given",                    \
            .ret_text = &(remote)->call_timeout                                                    \
    }

int remote_connect(const struct remote *remote, struct client **ret_client,
                   struct error *err) must_check;

/* The number that an option was given: from 1 to MAX. */
int parse_number(const char *option, const char *text, unsigned max, unsigned *ret_number,
                 struct error *err) must_check;

/* "HASH/SIZE", as REAPI's names have it, or "HASH-SIZE". WHAT is what the error calls it. */
int parse_digest(const char *what, const char *text, struct blob_digest *ret_digest,
                 struct error *err) must_check;

#define DIGEST_TEXT_SIZE BLOB_NAME_SIZE
/* "HASH/SIZE". Returns TEXT. */
char *digest_text(const struct blob_digest *digest, char text[DIGEST_TEXT_SIZE]);

/*
 * As command_parse, for a command that takes words besides options.
 */
int command_parse_words(const struct option_table *table, int argc, char **argv,
                        struct arguments *ret_arguments, struct error *err) must_check;

/* Turns CLIENT_ABSENT, whose text is in *ERR, into the failure that it is for a command. */
int absent_is_error(int answer) must_check;
