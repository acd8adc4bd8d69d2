/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/details.h"

#include <assert.h>
#include <stdarg.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"

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

/* ---- reading ---- */

/* Details that explain and ask for nothing; a client may pass over them. */
static const char *const explaining[] = {
    "type.googleapis.com/google.rpc.DebugInfo",        "type.googleapis.com/google.rpc.Help",
    "type.googleapis.com/google.rpc.LocalizedMessage", "type.googleapis.com/google.rpc.RequestInfo",
    "type.googleapis.com/google.rpc.ResourceInfo",     RETRY_TYPE,
};

static bool explains(const char *type)
{
    for (size_t i = 0; i < sizeof(explaining) / sizeof(explaining[0]); i++)
        if (strcmp(explaining[i], type) == 0)
            return true;
    return false;
}

static void *unpack_any(const ProtobufCMessageDescriptor *descriptor, const Google__Any *any)
{
    auto_rpc_status ignored = RPC_STATUS_INIT;

    return message_unpack(descriptor, (struct rpc_bytes){any->value.data, any->value.len},
                          &ignored);
}

static Google__Status *unpack_status(const struct rpc_status *status)
{
    auto_rpc_status ignored = RPC_STATUS_INIT;

    return message_unpack(
        &google__status__descriptor,
        (struct rpc_bytes){(const uint8_t *)status->details.data, status->details.len}, &ignored);
}

static bool add_violation(const Google__PreconditionFailure__Violation *violation,
                          struct digest_set *missing)
{
    auto_rpc_status ignored = RPC_STATUS_INIT;
    struct resource_name name;

    if (strcmp(violation->type, "MISSING") != 0 ||
        resource_name_parse_read(violation->subject, &name, &ignored) < 0)
        return false;
    digest_set_add(missing, &name.digest);
    return true;
}

static bool add_violations(const Google__Any *any, struct digest_set *missing)
{
    auto_message Google__PreconditionFailure *failure =
        unpack_any(&google__precondition_failure__descriptor, any);

    for (size_t i = 0; failure && i < failure->n_violations; i++)
        if (!add_violation(failure->violations[i], missing))
            return false;
    return failure != NULL;
}

bool status_is_missing_blobs(const struct rpc_status *status, struct digest_set *missing)
{
    auto_message Google__Status *message = unpack_status(status);
    size_t before = missing->len;

    if (status->code != RPC_FAILED_PRECONDITION || !message)
        return false;
    for (size_t i = 0; i < message->n_details; i++) {
        const Google__Any *any = message->details[i];
        if (explains(any->type_url))
            continue;
        if (strcmp(any->type_url, PRECONDITION_TYPE) != 0 || !add_violations(any, missing))
            return false;
    }
    return missing->len > before;
}

static unsigned milliseconds_of(const Google__Duration *delay)
{
    if (!delay || delay->seconds < 0 || delay->nanos < 0)
        return 0;
    if (delay->seconds >= INT_MAX / 1000)
        return INT_MAX;
    return (unsigned)delay->seconds * 1000 + (unsigned)delay->nanos / 1000000;
}

bool status_retry_delay(const struct rpc_status *status, unsigned *ret_ms)
{
    auto_message Google__Status *message = unpack_status(status);

    for (size_t i = 0; message && i < message->n_details; i++) {
        if (strcmp(message->details[i]->type_url, RETRY_TYPE) != 0)
            continue;
        auto_message Google__RetryInfo *info =
            unpack_any(&google__retry_info__descriptor, message->details[i]);
        if (!info)
            return false;
        *ret_ms = milliseconds_of(info->retry_delay);
        return true;
    }
    return false;
}

void status_from_message(struct rpc_status *status, const Google__Status *message)
{
    if (!message || message->code == RPC_OK) {
        rpc_status_release(status);
        return;
    }
    bool known = message->code > 0 && message->code <= RPC_UNAUTHENTICATED;
    rpc_status_set(status, known ? (enum rpc_code)message->code : RPC_UNKNOWN, "%s",
                   message->message);
    message_pack(&message->base, &status->details);
}
