/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/header.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/grpc.h>

#include "base/memory.h"
#include "base/path.h"

#define NAME_MAX_SHOWN 100

static const char *const reserved[] = {"content-type", "te", "host", "user-agent", "connection"};

void rpc_headers_release(struct rpc_headers *headers)
{
    for (size_t i = 0; i < headers->len; i++) {
        free(headers->items[i].name);
        buf_release(&headers->items[i].value);
    }
    free(headers->items);
    *headers = (struct rpc_headers)RPC_HEADERS_INIT;
}

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return has_prefix(name, "grpc-");
}

static const char *fault_of(const char *name, const void *value, size_t len)
{
    grpc_slice key = grpc_slice_from_static_buffer(name, strlen(name));
    grpc_slice text = grpc_slice_from_static_buffer(value, len);

    if (*name == ':' || !grpc_header_key_is_legal(key))
        return "has a name with characters that no header's name may have";
    if (is_reserved(name))
        return "is set by gRPC itself";
    if (!grpc_is_binary_header(key) && !grpc_header_nonbin_value_is_legal(text))
        return "has a value with characters that are not printable ASCII";
    return NULL;
}

static char *lower_case(const char *name)
{
    char *lower = xstrdup(name);

    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return lower;
}

/* Takes NAME. */
static void push(struct rpc_headers *headers, char *name, const void *value, size_t len)
{
    grow_for_one(headers->items, headers->len, headers->cap);
    struct rpc_header *header = &headers->items[headers->len++];
    *header = (struct rpc_header){name, BUF_INIT};
    buf_add(&header->value, value, len);
}

int rpc_headers_add(struct rpc_headers *headers, const char *name, const void *value, size_t len,
                    struct error *err)
{
    char *lower = lower_case(name);
    const char *fault = fault_of(lower, value, len);

    if (fault) {
        error_set(err, ERROR_USAGE, "the header '%.*s' %s", NAME_MAX_SHOWN, name, fault);
        free(lower);
        return -1;
    }
    push(headers, lower, value, len);
    return 0;
}

void rpc_headers_append(struct rpc_headers *headers, const struct rpc_headers *other)
{
    for (size_t i = 0; i < other->len; i++) {
        const struct rpc_header *item = &other->items[i];
        push(headers, xstrdup(item->name), item->value.data, item->value.len);
    }
}

int rpc_headers_add_text(struct rpc_headers *headers, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');

    if (!equals || equals == text)
        return error_set(err, ERROR_USAGE, "a header is given as NAME=VALUE");
    auto_free char *name = xstrndup(text, (size_t)(equals - text));
    return rpc_headers_add(headers, name, equals + 1, strlen(equals + 1), err);
}
