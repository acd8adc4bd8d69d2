/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Foreign bytes that are taken off from the front, in the encodings that WebAssembly and rustc
 * share. */

#include <stdbool.h>
#include <stddef.h>

struct span {
    const unsigned char *data;
    size_t len;
};

/* Takes a byte off the front of REST. Returns false, as all of these, when that isn't there. */
bool span_take_byte(struct span *rest, unsigned char *ret_byte);

/* Takes a number in LEB128, of no more than 32 bits or so. */
bool span_take_number(struct span *rest, size_t *ret_value);

/* Takes a length and that many bytes. */
bool span_take_span(struct span *rest, struct span *ret_span);
