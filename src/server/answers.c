/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/answers.h"

#include <assert.h>

#include "store/store.h"

static enum rpc_code code_of(int answer, const struct error *err)
{
    switch (answer) {
    case STORE_ABSENT:
        return RPC_NOT_FOUND;
    case STORE_MISMATCH:
        return RPC_INVALID_ARGUMENT;
    case STORE_FULL:
        return RPC_RESOURCE_EXHAUSTED;
    case STORE_BUSY:
        return RPC_UNAVAILABLE;
    default:
        return err->kind == ERROR_REFUSED ? RPC_INVALID_ARGUMENT : RPC_INTERNAL;
    }
}

int status_of_answer(struct rpc_status *status, int answer, const struct error *err)
{
    const char *text = err->text;

    assert(answer != 0 && answer != STORE_PRESENT);
    if (!text)
        text = answer == STORE_ABSENT ? "the blob isn't in the store" : "the store gave no reason";
    return rpc_status_set(status, code_of(answer, err), "%s", text);
}
