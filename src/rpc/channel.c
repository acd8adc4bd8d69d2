/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/channel.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include <grpc/grpc_security.h>

#include "base/memory.h"
#include "rpc/channel_private.h"
#include "rpc/init.h"
#include "rpc/tls.h"

/* Statuses come with details, of blobs that are missing, in the trailers. */
#define METADATA_MAX (256 << 10)
/* A connection that is dead though nobody has closed it is seen after both together. */
#define KEEPALIVE_MS 60000
#define KEEPALIVE_ANSWER_MS 20000
#define RECONNECT_FIRST_MS 100
#define RECONNECT_MAX_MS 5000
/* That a connection, with its handshakes, may take: gRPC has it under the name of a backoff. */
#define CONNECT_MS 20000

#define integer_arg(name, number)                                                                  \
    {                                                                                              \
        .type = GRPC_ARG_INTEGER, .key = (char[]){name}, .value.integer = (number)                 \
    }

static grpc_channel *create(const struct rpc_channel_options *options, const char *target,
                            grpc_channel_credentials *credentials)
{
    /* gRPC's own compression is off: it inflates a message without a limit. zstd is in REAPI. */
    grpc_arg args[] = {
        integer_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)options->max_message),
        integer_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1),
        integer_arg(GRPC_ARG_MAX_METADATA_SIZE, METADATA_MAX),
        integer_arg(GRPC_ARG_KEEPALIVE_TIME_MS, KEEPALIVE_MS),
        integer_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_ANSWER_MS),
        integer_arg(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0),
        integer_arg(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, RECONNECT_FIRST_MS),
        integer_arg(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, CONNECT_MS),
        integer_arg(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, RECONNECT_MAX_MS),
        integer_arg(GRPC_ARG_ENABLE_RETRIES, 0), /* reapi/retry.h knows what may be sent again */
        integer_arg(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1),
        integer_arg(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1),
        integer_arg(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE),
        integer_arg(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0),
        integer_arg(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        integer_arg(GRPC_ARG_ENABLE_CENSUS, 0),
        integer_arg(GRPC_ARG_ENABLE_CHANNELZ, 0),
        {
            .type = GRPC_ARG_STRING,
            .key = (char[]){GRPC_ARG_PRIMARY_USER_AGENT_STRING},
            .value.string = (char *)options->user_agent,
        },
    };
    grpc_channel_args channel_args = {sizeof(args) / sizeof(args[0]), args};

    return grpc_channel_create(target, credentials, &channel_args);
}

static int check(const struct rpc_channel_options *options, const struct rpc_target *target,
                 struct error *err)
{
    if (!options->tls_cert != !options->tls_key)
        return error_set(err, ERROR_USAGE,
                         "a client's certificate needs its key, and the key its certificate: give "
                         "both or none");
    if (!target->tls && (options->tls_ca || options->tls_cert))
        return error_set(
            err, ERROR_USAGE,
            "certificates were given for %s, which has no TLS; write grpcs://HOST:PORT",
            options->address);
    return 0;
}

static int connect_to(struct rpc_channel *channel, const struct rpc_channel_options *options,
                      struct error *err)
{
    struct rpc_channel_tls tls = {options->tls_ca, options->tls_cert, options->tls_key};
    grpc_channel_credentials *credentials = NULL;

    rpc_init();
    if (tls_channel_credentials(channel->target.tls ? &tls : NULL, &credentials, err) < 0)
        return -1;
    channel->grpc = create(options, channel->target.name, credentials);
    grpc_channel_credentials_release(credentials);
    return 0;
}

static void set(struct rpc_channel *channel, const struct rpc_channel_options *options)
{
    channel->address = xstrdup(options->address);
    channel->idle_seconds = options->idle_seconds;
    if (options->headers)
        rpc_headers_append(&channel->headers, options->headers);
    if (!options->credential_helper)
        return;
    channel->has_helper = true;
    channel->helper_program = xstrdup(options->credential_helper);
    rpc_helper_init(&channel->helper, channel->helper_program, channel->target.uri);
}

int rpc_channel_open(const struct rpc_channel_options *options, struct rpc_channel **ret_channel,
                     struct error *err)
{
    struct rpc_channel *channel = xcalloc(1, sizeof(*channel));

    assert(options->max_message <= INT_MAX && options->idle_seconds > 0);
    int result = rpc_target_parse(options->address, &channel->target, err);
    if (result == 0)
        result = check(options, &channel->target, err);
    if (result == 0) {
        set(channel, options);
        result = connect_to(channel, options, err);
    }
    if (result < 0) {
        rpc_channel_close(channel);
        return -1;
    }
    *ret_channel = channel;
    return 0;
}

void rpc_channel_close(struct rpc_channel *channel)
{
    if (!channel)
        return;
    if (channel->grpc)
        grpc_channel_destroy(channel->grpc);
    if (channel->has_helper)
        rpc_helper_release(&channel->helper);
    rpc_headers_release(&channel->headers);
    rpc_target_release(&channel->target);
    free(channel->helper_program);
    free(channel->address);
    free(channel);
}

const char *rpc_channel_address(const struct rpc_channel *channel)
{
    return channel->address;
}
