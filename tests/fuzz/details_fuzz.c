/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The details of a status, and what a service says of its abilities: from the wire, as clients read
 * them. Blobs that are said to be missing are told again as they were read.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "reapi/abilities.h"
#include "reapi/details.h"
#include "reapi/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

static void check_missing(const struct digest_set *missing)
{
    auto_digest_set again = DIGEST_SET_INIT;
    auto_rpc_status status = RPC_STATUS_INIT;

    status_missing_blobs(&status, missing->items, missing->len);
    check(status_is_missing_blobs(&status, &again));
    for (size_t i = 0; i < again.len; i++)
        check(blob_digest_equal(&again.items[i], &missing->items[i]));
}

static void read_abilities(const uint8_t *data, size_t size)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_error err = ERROR_INIT;
    struct abilities abilities;
    auto_message Reapi__ServerCapabilities *message = message_unpack(
        &reapi__server_capabilities__descriptor, (struct rpc_bytes){data, size}, &status);

    if (message && abilities_parse(message, &abilities, &err) == 0)
        check(abilities.batch > 0 && abilities.batch <= ABILITIES_DEFAULT_BATCH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_status status = {.code = RPC_FAILED_PRECONDITION, .details = BUF_INIT};
    auto_digest_set missing = DIGEST_SET_INIT;
    unsigned delay = 0;

    buf_add(&status.details, data, size);
    if (status_is_missing_blobs(&status, &missing))
        check_missing(&missing);
    if (status_retry_delay(&status, &delay))
        check(delay <= INT32_MAX);
    rpc_status_release(&status);
    read_abilities(data, size);
    return 0;
}
