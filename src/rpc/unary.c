/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Unary calls: the function runs at once, and one batch is all that gRPC has to do. */

#include <stdlib.h>

#include "base/memory.h"
#include "rpc/batch.h"
#include "rpc/message.h"
#include "rpc/served.h"

/* A reply on its way. */
struct unary {
    struct served *served;
    grpc_call *call;
    grpc_byte_buffer *reply; /* NULL for none */
    struct trailer trailer;
    int cancelled;
    struct event over;
    struct ticking ticking;
    time_t since;
};

static void tick(void *owner, time_t now)
{
    struct unary *unary = owner;

    if (now - unary->since > (time_t)unary->served->method->idle_limit)
        grpc_call_cancel_with_status(unary->call, GRPC_STATUS_DEADLINE_EXCEEDED,
                                     "the client didn't take the reply in time", NULL);
}

static void watch(struct unary *unary)
{
    unary->ticking = (struct ticking){.tick = tick, .owner = unary};
    unary->since = ticker_now();
    ticker_add(unary->served->ticker, &unary->ticking);
}

static void over(void *owner, bool ok)
{
    struct unary *unary = owner;
    struct served *served = unary->served;

    (void)ok;
    if (served->method->idle_limit > 0)
        ticker_remove(served->ticker, &unary->ticking);
    if (unary->trailer.code != GRPC_STATUS_OK || unary->cancelled)
        counters_add(&served->counters.errors, 1);
    counters_add(&served->counters.ended, 1);
    if (unary->reply)
        grpc_byte_buffer_destroy(unary->reply);
    trailer_release(&unary->trailer);
    grpc_call_unref(unary->call);
    free(unary);
    live_drop(served->live);
}

static void answer(struct served *served, grpc_call *call, const struct rpc_status *status,
                   grpc_byte_buffer *reply)
{
    struct unary *unary = xcalloc(1, sizeof(*unary));
    struct batch batch = BATCH_INIT;

    unary->served = served;
    unary->call = call;
    unary->reply = reply;
    unary->over = (struct event){.done = over, .owner = unary};
    trailer_init(&unary->trailer, status);
    batch_initial_metadata(&batch);
    if (reply)
        batch_send(&batch, reply);
    batch_trailer(&batch, &unary->trailer);
    batch_close(&batch, &unary->cancelled);
    /* Before the batch, whose end may come at once. */
    if (served->method->idle_limit > 0)
        watch(unary);
    batch_start(&batch, call, &unary->over);
}

void unary_refuse(struct served *served, grpc_call *call, const struct rpc_status *status)
{
    live_add(served->live);
    counters_add(&served->counters.begun, 1);
    answer(served, call, status, NULL);
}

void unary_serve(struct served *served, grpc_call *call, grpc_byte_buffer *first)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf reply = BUF_INIT;
    struct incoming request;

    if (!first || !incoming_open(first, &request)) {
        rpc_status_set(&status, RPC_INVALID_ARGUMENT, "%s came without a message that can be read",
                       served->method->name);
        unary_refuse(served, call, &status);
        return;
    }
    live_add(served->live);
    counters_add(&served->counters.begun, 1);
    counters_add(&served->counters.bytes_in, request.bytes.len);
    served->method->unary(served->service, request.bytes, &reply, &status);
    incoming_release(&request);
    if (status.code != RPC_OK) {
        answer(served, call, &status, NULL);
        return;
    }
    counters_add(&served->counters.bytes_out, reply.len);
    answer(served, call, &status, message_from_buf(&reply));
}
