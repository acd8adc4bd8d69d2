/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/retry.h"

#include <time.h>

#include "base/process.h"
#include "reapi/details.h"

#define LOOK_MS 50 /* how often a wait looks whether it should go on */

/*
 * As Bazel has it. INTERNAL and UNKNOWN are what broken connections and proxies give. The others
 * say something of the request, which would be the same again.
 */
static const bool passes[] = {
    [RPC_CANCELLED] = true, /* by a service that is ending */
    [RPC_UNKNOWN] = true,          [RPC_DEADLINE_EXCEEDED] = true, [RPC_RESOURCE_EXHAUSTED] = true,
    [RPC_ABORTED] = true,          [RPC_INTERNAL] = true,          [RPC_UNAVAILABLE] = true,
    [RPC_UNAUTHENTICATED] = false, /* the last number: the table covers all */
};

bool retry_code_passes(enum rpc_code code)
{
    return code < sizeof(passes) / sizeof(passes[0]) && passes[code];
}

void retry_init(struct retry *retry, unsigned count, unsigned first_ms)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    *retry = (struct retry){.count = count, .first_ms = first_ms};
    retry->random = (unsigned)now.tv_nsec | 1;
    retry_renew(retry);
}

void retry_renew(struct retry *retry)
{
    retry->left = retry->count;
    retry->delay_ms = retry->first_ms;
}

/* Between half and one and a half of MS, so that clients that failed together don't come together
 * again (xorshift). */
static unsigned jittered(struct retry *retry, unsigned ms)
{
    retry->random ^= retry->random << 13;
    retry->random ^= retry->random >> 17;
    retry->random ^= retry->random << 5;
    return ms / 2 + (ms ? retry->random % (ms + 1) : 0);
}

bool retry_may(struct retry *retry, const struct rpc_status *status, unsigned *ret_delay_ms)
{
    unsigned asked_ms = 0;
    bool asked = status_retry_delay(status, &asked_ms);

    if (retry->left == 0 || (!asked && !retry_code_passes(status->code)))
        return false;
    retry->left--;
    *ret_delay_ms = jittered(retry, retry->delay_ms);
    if (asked && asked_ms > *ret_delay_ms)
        *ret_delay_ms = asked_ms < RETRY_ASKED_MAX_MS ? asked_ms : RETRY_ASKED_MAX_MS;
    retry->delay_ms = retry->delay_ms < RETRY_LAST_MS / 2 ? 2 * retry->delay_ms : RETRY_LAST_MS;
    return true;
}

static bool is_over(const struct retry *retry)
{
    return process_interrupted() || (retry->stop && atomic_load(retry->stop));
}

/* In short sleeps: a signal wakes no thread but the main one, and a stop none. */
bool retry_wait(struct retry *retry, const struct rpc_status *status)
{
    unsigned ms = 0;

    if (is_over(retry) || !retry_may(retry, status, &ms))
        return false;
    while (ms > 0 && !is_over(retry)) {
        unsigned part = ms < LOOK_MS ? ms : LOOK_MS;
        nanosleep(&(struct timespec){0, part * 1000000L}, NULL);
        ms -= part;
    }
    return !is_over(retry);
}
