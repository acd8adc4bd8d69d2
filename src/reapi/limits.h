/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every limit on what clients may send and ask for, on both faces of cleaved; those on Merkle trees
 * are in the header that is included. Bytes, where no unit is named.
 */

#include "store/tree_limits.h"

/*
 * Messages. What is received may be larger than what is advertised: clients fill a batch to the
 * limit and add framing, and some take 4 MiB for granted.
 */
#define LIMIT_MESSAGE_IN (16u << 20)
#define LIMIT_MESSAGE_OUT (4u << 20)                         /* gRPC's clients refuse longer ones */
#define LIMIT_BATCH_ADVERTISED 4000000                       /* as max_batch_total_size_bytes */
#define LIMIT_BATCH (4u << 20)                               /* of one BatchUpdateBlobs */
#define LIMIT_BATCH_ANSWER (LIMIT_MESSAGE_OUT - (64u << 10)) /* of one BatchReadBlobs answer */
#define LIMIT_RESULT_OUT                                                                           \
    (LIMIT_MESSAGE_OUT - (64u << 10)) /* an ActionResult, inlined bytes too                        \
                                       */
#define LIMIT_READ_CHUNK (256u << 10) /* data of one ReadResponse */
#define LIMIT_RESOURCE_NAME 4096
#define LIMIT_INSTANCE_NAME 1024
#define LIMIT_UUID 128 /* of an upload's name */

/*
 * Fields, nested ones included, of one request: an empty one is two bytes on the wire and seventy
 * in memory.
 */
#define LIMIT_REQUEST_FIELDS 2000000

/* Blobs that the service itself reads as messages, besides Directory and Tree. */
#define LIMIT_ACTION (1u << 20)
#define LIMIT_COMMAND (8u << 20)
#define LIMIT_ACTION_RESULT (16u << 20)

#define LIMIT_TREE_PAGE                                                                            \
    1000 /* directories in one GetTree answer, where the client asks for none                      \
          */

/* What a client may make the service decompress with: a stream's window, as a power of two. */
#define LIMIT_ZSTD_WINDOW_LOG 25

/* Broken uploads that are kept so that the client may go on with them, and for how long. */
#define LIMIT_UPLOADS 64
#define LIMIT_UPLOAD_SECONDS 600

/* Missing blobs that a status names: its details are a header, where it ends a call. */
#define LIMIT_MISSING_NAMED 1000

/* Outputs that an action may declare. */
#define LIMIT_OUTPUT_PATHS 100000
/* stdout, stderr and files are given inline up to this size where the client asks for it. */
#define LIMIT_INLINE_OUTPUT (64u << 10)
#define LIMIT_INLINE_FILES 256 /* so many names of files to inline are looked at */

/* Execution. */
#define LIMIT_QUEUE 10000                 /* actions that wait; more are RESOURCE_EXHAUSTED */
#define LIMIT_FINISHED 4096               /* operations kept after their end for WaitExecution */
#define LIMIT_ACTION_SECONDS 86400        /* the longest timeout that an action may ask for */
#define LIMIT_DEFAULT_ACTION_SECONDS 3600 /* of an action that asks for none */
#define LIMIT_SILENCE_SECONDS 20          /* between two messages of an execution's stream */
#define LIMIT_UNWATCHED_SECONDS 60        /* that an action runs on though no client waits for it */
#define LIMIT_IDLE_SECONDS 300            /* that a ByteStream call may wait for its client */
