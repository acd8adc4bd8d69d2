/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a credential helper prints: what is accepted is headers that may be sent, and what isn't
 * leaves none; the text of the refusal never shows what was printed.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/helper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

static void check_headers(const struct rpc_headers *headers)
{
    auto_rpc_headers again = RPC_HEADERS_INIT;

    for (size_t i = 0; i < headers->len; i++) {
        const struct rpc_header *header = &headers->items[i];
        auto_error err = ERROR_INIT;
        check(header->name[0] != '\0' && !strpbrk(header->name, "\n:ABC"));
        check(rpc_headers_add(&again, header->name, header->value.data, header->value.len, &err) ==
              0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_rpc_headers headers = RPC_HEADERS_INIT;
    auto_error err = ERROR_INIT;
    auto_buf answer = BUF_INIT;
    time_t expires;

    buf_add(&answer, data, size);
    int result = rpc_helper_parse("helper", &answer, &headers, &expires, &err);
    check(result == 0 || headers.len == 0);
    check((result == 0) == (err.text == NULL));
    check_headers(&headers);
    return 0;
}
