/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service ByteStream, for names as reapi/names.h has them.
 *
 * Read: offset and limit count bytes of the blob; a compressed one has no limit (REAPI). The empty
 * blob is no message at all.
 *
 * Write: the first message has the name, later ones the same or none. An offset is that of the
 * first message plus the bytes sent since. A blob that is already there is answered at once, with
 * its size, or -1 where it was to come compressed. The message with finish_write is answered at
 * once: what a client sends after it isn't looked at. A stream that ends before it keeps what came
 * (uploads.h): QueryWriteStatus tells how much, and a Write of the same name may go on there. One
 * that begins at any other offset than that or 0 is ABORTED: ask again, and go on from there.
 */

#include "rpc/server.h"

extern const struct rpc_stream bytestream_read;
extern const struct rpc_stream bytestream_write;
rpc_unary_fn bytestream_query;
