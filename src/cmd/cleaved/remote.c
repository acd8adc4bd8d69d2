/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cleaved/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/cleaved/command.h"
#include "cmd/cleaved/places.h"

#define CALL_SECONDS_MAX 86400

void remote_release(struct remote *remote)
{
    strv_release(&remote->headers);
}

int parse_number(const char *option, const char *text, unsigned max, unsigned *ret_number,
                 struct error *err)
{
    char *end = NULL;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number < 1 || number > max)
        return error_set(err, ERROR_USAGE, "%s %s: give a number from 1 to %u", option, text, max);
    *ret_number = (unsigned)number;
    return 0;
}

int parse_digest(const char *what, const char *text, struct blob_digest *ret_digest,
                 struct error *err)
{
    auto_free char *name = xstrdup(text);
    char *slash = strchr(name, '/');

    if (slash)
        *slash = '-';
    if (blob_from_name(name, ret_digest))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s %.200s is no digest: give HASH/SIZE, 64 lower-case hexadecimal digits and "
                     "a number of bytes",
                     what, text);
}

char *digest_text(const struct blob_digest *digest, char text[DIGEST_TEXT_SIZE])
{
    *strchr(blob_name(digest, text), '-') = '/';
    return text;
}

int command_parse_words(const struct option_table *table, int argc, char **argv,
                        struct arguments *ret_arguments, struct error *err)
{
    if (options_parse(table, argc, argv, ret_arguments, err) < 0)
        return -1;
    if (!ret_arguments->help)
        return 0;
    auto_free char *help = options_help(table);
    fputs(help, stdout);
    return 1;
}

int absent_is_error(int answer)
{
    return answer == 0 ? 0 : -1;
}

static int add_headers(const struct remote *remote, struct rpc_headers *headers, struct error *err)
{
    for (size_t i = 0; i < remote->headers.len; i++)
        if (rpc_headers_add_text(headers, remote->headers.items[i], err) < 0)
            return error_prefix(err, "--header");
    return 0;
}

/* Without --remote the service of this user on this machine. */
static int own_address(char **ret_address, struct error *err)
{
    auto_places places = PLACES_INIT;

    if (places_find(NULL, NULL, &places, err) < 0)
        return -1;
    *ret_address = xasprintf("unix:%s", places.reapi_socket);
    return 0;
}

int remote_connect(const struct remote *remote, struct client **ret_client, struct error *err)
{
    struct client_options options = client_default_options;
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_free char *own = NULL;

    if (!remote->address && own_address(&own, err) < 0)
        return -1;
    if (remote->call_timeout && parse_number("--call-timeout", remote->call_timeout,
                                             CALL_SECONDS_MAX, &options.idle_seconds, err) < 0)
        return -1;
    if (add_headers(remote, &headers, err) < 0)
        return -1;
    options.address = remote->address ? remote->address : own;
    options.instance = remote->instance ? remote->instance : "";
    options.tls_ca = remote->tls_ca;
    options.tls_cert = remote->tls_cert;
    options.tls_key = remote->tls_key;
    options.credential_helper = remote->credential_helper;
    options.headers = &headers;
    options.compress = remote->compress;
    return client_open(&options, ret_client, err);
}
