/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rpc_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>

#include "base/memory.h"

struct rpc_client {
    grpc_channel *channel;
    grpc_completion_queue *queue;
};

/* The address of each field is the tag of the batch that fills it. */
struct rpc_client_call {
    struct rpc_client *client;
    grpc_call *call;
    grpc_byte_buffer *out, *in, *later;
    grpc_metadata_array initial, trailing;
    grpc_status_code code;
    grpc_slice text;
    bool closed;
};

static void log_nothing(gpr_log_func_args *args)
{
    (void)args;
}

static grpc_channel_credentials *credentials_of(const struct rpc_client_tls *tls)
{
    if (!tls)
        return grpc_insecure_credentials_create();
    grpc_ssl_pem_key_cert_pair pair = {tls->key, tls->cert};
    return grpc_ssl_credentials_create(tls->ca, tls->cert ? &pair : NULL, NULL, NULL);
}

static struct rpc_client *client_new(const char *target, const struct rpc_client_tls *tls,
                                     grpc_compression_algorithm compression)
{
    struct rpc_client *client = xcalloc(1, sizeof(*client));
    grpc_arg args[] = {
        {.type = GRPC_ARG_STRING,
         .key = (char[]){GRPC_SSL_TARGET_NAME_OVERRIDE_ARG},
         .value.string = (char[]){"localhost"}},
        {.type = GRPC_ARG_INTEGER,
         .key = (char[]){GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH},
         .value.integer = -1},
        {.type = GRPC_ARG_INTEGER,
         .key = (char[]){GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL},
         .value.integer = 1},
        {.type = GRPC_ARG_INTEGER,
         .key = (char[]){GRPC_COMPRESSION_CHANNEL_DEFAULT_ALGORITHM},
         .value.integer = compression},
    };
    grpc_channel_args channel_args = {sizeof(args) / sizeof(args[0]), args};

    if (!getenv("GRPC_VERBOSITY"))
        gpr_set_log_function(log_nothing);
    grpc_init(); /* for good: the shutdown of gRPC 1.51 takes ten seconds at times */
    grpc_channel_credentials *credentials = credentials_of(tls);
    client->channel = grpc_channel_create(target, credentials, &channel_args);
    client->queue = grpc_completion_queue_create_for_pluck(NULL);
    grpc_channel_credentials_release(credentials);
    return client;
}

struct rpc_client *rpc_client_new(const char *target, const struct rpc_client_tls *tls)
{
    return client_new(target, tls, GRPC_COMPRESS_NONE);
}

struct rpc_client *rpc_client_new_compressing(const char *target)
{
    return client_new(target, NULL, GRPC_COMPRESS_GZIP);
}

void rpc_client_free(struct rpc_client *client)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);

    grpc_channel_destroy(client->channel);
    grpc_completion_queue_shutdown(client->queue);
    while (grpc_completion_queue_pluck(client->queue, NULL, forever, NULL).type !=
           GRPC_QUEUE_SHUTDOWN) {
    }
    grpc_completion_queue_destroy(client->queue);
    free(client);
}

void rpc_client_end_release(struct rpc_client_end *end)
{
    free(end->message);
    buf_release(&end->details);
    *end = (struct rpc_client_end)RPC_CLIENT_END_INIT;
}

static void start(struct rpc_client_call *call, const grpc_op *ops, size_t count, void *tag)
{
    grpc_call_error failed = grpc_call_start_batch(call->call, ops, count, tag, NULL);

    assert(failed == GRPC_CALL_OK);
    (void)failed;
}

static bool wait_for(struct rpc_client_call *call, void *tag)
{
    gpr_timespec forever = gpr_inf_future(GPR_CLOCK_MONOTONIC);

    return grpc_completion_queue_pluck(call->client->queue, tag, forever, NULL).success != 0;
}

struct rpc_client_call *rpc_client_open(struct rpc_client *client, const char *method)
{
    struct rpc_client_call *call = xcalloc(1, sizeof(*call));
    gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                         gpr_time_from_seconds(RPC_CLIENT_SECONDS, GPR_TIMESPAN));
    grpc_slice name = grpc_slice_from_copied_string(method);
    grpc_op ops[2] = {{.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_RECV_INITIAL_METADATA}};
    grpc_op status = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};

    call->client = client;
    call->call = grpc_channel_create_call(client->channel, NULL, GRPC_PROPAGATE_DEFAULTS,
                                          client->queue, name, NULL, deadline, NULL);
    grpc_slice_unref(name);
    ops[1].data.recv_initial_metadata.recv_initial_metadata = &call->initial;
    start(call, ops, 2, &call->initial);
    status.data.recv_status_on_client.trailing_metadata = &call->trailing;
    status.data.recv_status_on_client.status = &call->code;
    status.data.recv_status_on_client.status_details = &call->text;
    start(call, &status, 1, &call->code);
    return call;
}

static grpc_byte_buffer *buffer_of(const void *message, size_t len)
{
    grpc_slice slice = grpc_slice_from_copied_buffer(message, len);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);

    grpc_slice_unref(slice);
    return buffer;
}

bool rpc_client_send(struct rpc_client_call *call, const void *message, size_t len)
{
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};

    call->out = buffer_of(message, len);
    op.data.send_message.send_message = call->out;
    start(call, &op, 1, &call->out);
    bool ok = wait_for(call, &call->out);
    grpc_byte_buffer_destroy(call->out);
    return ok;
}

void rpc_client_send_later(struct rpc_client_call *call, const void *message, size_t len)
{
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};

    call->later = buffer_of(message, len);
    op.data.send_message.send_message = call->later;
    start(call, &op, 1, &call->later);
}

void rpc_client_half_close(struct rpc_client_call *call)
{
    grpc_op op = {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};

    call->closed = true;
    start(call, &op, 1, &call->closed);
}

static void append(struct buf *buf, grpc_byte_buffer *buffer)
{
    grpc_byte_buffer_reader reader;

    if (!grpc_byte_buffer_reader_init(&reader, buffer))
        return;
    grpc_slice slice = grpc_byte_buffer_reader_readall(&reader);
    buf_add(buf, GRPC_SLICE_START_PTR(slice), GRPC_SLICE_LENGTH(slice));
    grpc_slice_unref(slice);
    grpc_byte_buffer_reader_destroy(&reader);
}

bool rpc_client_read(struct rpc_client_call *call, struct buf *message)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};

    op.data.recv_message.recv_message = &call->in;
    start(call, &op, 1, &call->in);
    if (!wait_for(call, &call->in) || !call->in)
        return false;
    append(message, call->in);
    grpc_byte_buffer_destroy(call->in);
    return true;
}

void rpc_client_cancel(struct rpc_client_call *call)
{
    grpc_call_cancel(call->call, NULL);
}

static void find_details(const grpc_metadata_array *array, struct buf *details)
{
    for (size_t i = 0; i < array->count; i++) {
        const grpc_metadata *entry = &array->metadata[i];
        if (grpc_slice_str_cmp(entry->key, "grpc-status-details-bin") == 0)
            buf_add(details, GRPC_SLICE_START_PTR(entry->value), GRPC_SLICE_LENGTH(entry->value));
    }
}

void rpc_client_end(struct rpc_client_call *call, struct rpc_client_end *ret_end)
{
    wait_for(call, &call->code);
    wait_for(call, &call->initial);
    if (call->closed)
        wait_for(call, &call->closed);
    if (call->later) {
        wait_for(call, &call->later);
        grpc_byte_buffer_destroy(call->later);
    }
    rpc_client_end_release(ret_end);
    ret_end->code = (int)call->code;
    ret_end->message =
        xstrndup((const char *)GRPC_SLICE_START_PTR(call->text), GRPC_SLICE_LENGTH(call->text));
    find_details(&call->trailing, &ret_end->details);
    grpc_slice_unref(call->text);
    grpc_metadata_array_destroy(&call->initial);
    grpc_metadata_array_destroy(&call->trailing);
    grpc_call_unref(call->call);
    free(call);
}

void rpc_client_unary(struct rpc_client *client, const char *method, const void *request,
                      size_t len, struct buf *reply, struct rpc_client_end *ret_end)
{
    struct rpc_client_call *call = rpc_client_open(client, method);

    rpc_client_send(call, request, len);
    rpc_client_half_close(call);
    rpc_client_read(call, reply);
    rpc_client_end(call, ret_end);
}
