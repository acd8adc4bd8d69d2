/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What protobuf-c doesn't say of a message on the wire: it ends a string at its first NUL, and it
 * takes as much memory as there are fields.
 */

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "base/error.h"

/*
 * Looks at the bytes of a message before they are unpacked: refuses (ERROR_REFUSED) what isn't
 * well-formed, a string with a NUL in it, and more than MAX_FIELDS fields, nested ones included.
 */
int wire_check(const ProtobufCMessageDescriptor *descriptor, const void *data, size_t len,
               size_t max_fields, struct error *err) must_check;
