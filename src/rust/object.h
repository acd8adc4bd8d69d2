/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Object files of the formats in which rustc wraps bytes that aren't code: ELF, COFF and
 * WebAssembly. Only the one question that this asks is answered: what is in the section NAME?
 */

#include <stddef.h>

#include "base/error.h"

/*
 * Sets *RET_DATA, borrowed from the file, and *RET_LEN to the section of that name. Returns 1 when
 * the bytes are no object of these formats, or there is no such section.
 */
int object_section(const unsigned char *data, size_t len, const char *name,
                   const unsigned char **ret_data, size_t *ret_len, struct error *err) must_check;
