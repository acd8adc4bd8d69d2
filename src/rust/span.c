/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/span.h"

#include <stdint.h>

#define NUMBER_BYTES 5

bool span_take_byte(struct span *rest, unsigned char *ret_byte)
{
    if (rest->len == 0)
        return false;
    *ret_byte = *rest->data++;
    rest->len--;
    return true;
}

bool span_take_number(struct span *rest, size_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < NUMBER_BYTES && i < rest->len; i++) {
        value |= (uint64_t)(rest->data[i] & 0x7f) << (7 * i);
        if (rest->data[i] & 0x80)
            continue;
        rest->data += i + 1;
        rest->len -= i + 1;
        *ret_value = (size_t)value;
        return true;
    }
    return false;
}

bool span_take_span(struct span *rest, struct span *ret_span)
{
    size_t len;

    if (!span_take_number(rest, &len) || len > rest->len)
        return false;
    *ret_span = (struct span){rest->data, len};
    rest->data += len;
    rest->len -= len;
    return true;
}
