/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob_message.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"

/* So much of a wrong hash is shown. */
#define SHOWN 80

int blob_from_message(const Reapi__Digest *message, struct blob_digest *ret_digest,
                      struct error *err)
{
    struct blob_digest digest;

    if (!message)
        return error_set(err, ERROR_REFUSED, "there is no digest");
    if (!digest_from_hex(message->hash, strlen(message->hash), &digest.hash))
        return error_set(err, ERROR_REFUSED,
                         "the hash '%.*s' isn't 64 lower-case hexadecimal digits (SHA-256)", SHOWN,
                         message->hash);
    if (message->size_bytes < 0)
        return error_set(err, ERROR_REFUSED, "the size %" PRId64 " of blob %s is negative",
                         message->size_bytes, message->hash);
    digest.size = (uint64_t)message->size_bytes;
    if (digest_equal(&digest.hash, &blob_empty.hash) != (digest.size == 0))
        return error_set(err, ERROR_REFUSED, "blob %s can't have %" PRIu64 " bytes", message->hash,
                         digest.size);
    *ret_digest = digest;
    return 0;
}

Reapi__Digest *blob_message_new(const struct blob_digest *digest)
{
    Reapi__Digest *message = xmalloc(sizeof(*message));

    reapi__digest__init(message);
    message->hash = xmalloc(DIGEST_HEX_SIZE);
    digest_hex(&digest->hash, message->hash);
    message->size_bytes = (int64_t)digest->size;
    return message;
}
