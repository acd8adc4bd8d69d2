/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NATIVE_ADLER_H
#define NATIVE_ADLER_H

#include <stddef.h>
#include <stdint.h>

/* The Adler-32 checksum of LEN bytes (RFC 1950). */
uint32_t adler_checksum(const uint8_t *bytes, size_t len);

#endif
