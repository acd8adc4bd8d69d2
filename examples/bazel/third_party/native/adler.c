/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "native/adler.h"

#define MODULUS 65521u

uint32_t adler_checksum(const uint8_t *bytes, size_t len)
{
    uint32_t low = 1;
    uint32_t high = 0;

    for (size_t i = 0; i < len; i++) {
        low = (low + bytes[i]) % MODULUS;
        high = (high + low) % MODULUS;
    }
    return high << 16 | low;
}
