/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/details.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "proto/google.pb-c.h"
#include "reapi/limits.h"
#include "reapi/messages.h"

#define PRECONDITION_TYPE "type.googleapis.com/google.rpc.PreconditionFailure"
#define RETRY_TYPE "type.googleapis.com/google.rpc.RetryInfo"

/* "blobs/HASH/SIZE" and a NUL. */
#define SUBJECT_SIZE (sizeof("blobs//") + DIGEST_HEX_SIZE + 20)

/* The status with DETAIL as its only one. */
static void set_detail(struct rpc_status *status, const char *type, const ProtobufCMessage *detail)
{
    auto_buf bytes = BUF_INIT;
    Google__Any any = GOOGLE__ANY__INIT;
    Google__Any *list[] = {&any};
    Google__Status message = GOOGLE__STATUS__INIT;

    message_pack(detail, &bytes);
    any.type_url = (char *)type;
    any.value = (ProtobufCBinaryData){bytes.len, (uint8_t *)bytes.data};
    message.code = (int)status->code;
    message.message = status->message;
    message.details = list;
    message.n_details = 1;
    buf_reset(&status->details);
    message_pack(&message.base, &status->details);
}

struct violation {
    Google__PreconditionFailure__Violation message;
    char subject[SUBJECT_SIZE];
};

static void name_missing(struct violation *violation, const struct blob_digest *digest)
{
    char hex[DIGEST_HEX_SIZE];

    google__precondition_failure__violation__init(&violation->message);
    snprintf(violation->subject, sizeof(violation->subject), "blobs/%s/%llu",
             digest_hex(&digest->hash, hex), (unsigned long long)digest->size);
    violation->message.type = (char *)"MISSING";
    violation->message.subject = violation->subject;
}

int status_missing_blobs(struct rpc_status *status, const struct blob_digest *digests, size_t count)
{
    size_t named = count < LIMIT_MISSING_NAMED ? count : LIMIT_MISSING_NAMED;

    assert(count > 0);
    auto_free struct violation *violations = xcalloc(named, sizeof(*violations));
    auto_free Google__PreconditionFailure__Violation **list = xcalloc(named, sizeof(*list));
    Google__PreconditionFailure failure = GOOGLE__PRECONDITION_FAILURE__INIT;

    for (size_t i = 0; i < named; i++) {
        name_missing(&violations[i], &digests[i]);
        list[i] = &violations[i].message;
    }
    failure.violations = list;
    failure.n_violations = named;
    rpc_status_set(status, RPC_FAILED_PRECONDITION,
                   "%zu blob%s needed and not in the store (%s%s); upload what is missing and try "
                   "again",
                   count, count == 1 ? " is" : "s are", violations[0].subject,
                   count == 1 ? "" : " is the first");
    set_detail(status, PRECONDITION_TYPE, &failure.base);
    return -1;
}

int status_overloaded(struct rpc_status *status, unsigned retry_seconds, const char *format, ...)
{
    Google__RetryInfo info = GOOGLE__RETRY_INFO__INIT;
    Google__Duration delay = GOOGLE__DURATION__INIT;
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    rpc_status_set(status, RPC_RESOURCE_EXHAUSTED, "%s", text);
    delay.seconds = retry_seconds;
    info.retry_delay = &delay;
    set_detail(status, RETRY_TYPE, &info.base);
    return -1;
}
