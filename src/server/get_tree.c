/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* GetTree. A directory's place in the walk, which has each once, is what page tokens count. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "reapi/digest_set.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "server/answers.h"
#include "server/cas.h"
#include "server/service.h"
#include "store/tree.h"

/* The fields of GetTreeResponse. */
#define DIRECTORIES 1
#define NEXT_PAGE_TOKEN 2

/* What the token and the framing take. */
#define FRAME_MAX 64

struct tree_stream {
    struct service *service;
    struct rpc_call *call;
    bool asked;
    struct digest_set directories; /* those that were met */
    size_t at;                     /* the next of them to read */
    size_t skipped;                /* the first to send */
    size_t page;                   /* how many in one answer */
};

static void *tree_open(void *service, struct rpc_call *call)
{
    struct tree_stream *stream = xcalloc(1, sizeof(*stream));

    stream->service = service;
    stream->call = call;
    return stream;
}

static void tree_closed(void *state)
{
    struct tree_stream *stream = state;

    digest_set_release(&stream->directories);
    free(stream);
}

static int add_children(struct tree_stream *stream, const Reapi__Directory *directory,
                        struct rpc_status *status)
{
    struct blob_digest child;

    for (size_t i = 0; i < directory->n_directories; i++) {
        if (digest_of_request(directory->directories[i]->digest, &child, status) < 0)
            return -1;
        digest_set_add(&stream->directories, &child);
    }
    if (stream->directories.len > LIMIT_TREE_NODES)
        return rpc_status_set(status, RPC_RESOURCE_EXHAUSTED,
                              "the tree has more than %d different directories", LIMIT_TREE_NODES);
    return 0;
}

/* Appends the next directory's bytes and meets its children. Returns 0 or STORE_ABSENT. */
static int read_next(struct tree_stream *stream, struct buf *bytes, struct rpc_status *status)
{
    const struct blob_digest *digest = &stream->directories.items[stream->at];
    auto_error err = ERROR_INIT;
    auto_directory *directory = NULL;
    int answer = store_read_blob(stream->service->store, digest, LIMIT_DIRECTORY, bytes, &err);

    if (answer == STORE_ABSENT && stream->at > 0)
        return STORE_ABSENT;
    if (answer != 0)
        return status_of_answer(status, answer, &err);
    if (directory_parse(bytes->data, bytes->len, &directory, &err) < 0) {
        char hex[DIGEST_HEX_SIZE];
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the directory %s: %s",
                              digest_hex(&digest->hash, hex), err.text);
    }
    return add_children(stream, directory, status);
}

/* Whether the directory may still come into the answer. One that fits in none is an error. */
static int fits(const struct buf *page, const struct buf *directory, struct rpc_status *status)
{
    if (page->len + directory->len + FRAME_MAX <= LIMIT_MESSAGE_OUT)
        return 1;
    if (page->len > 0)
        return 0;
    return rpc_status_set(status, RPC_RESOURCE_EXHAUSTED,
                          "a directory of the tree has %zu bytes, too many for one answer; read it "
                          "with ByteStream",
                          directory->len);
}

static int fill_page(struct tree_stream *stream, struct buf *page, struct rpc_status *status)
{
    auto_buf bytes = BUF_INIT;

    for (size_t sent = 0; sent < stream->page && stream->at < stream->directories.len;
         stream->at++) {
        buf_reset(&bytes);
        int answer = read_next(stream, &bytes, status);
        if (answer < 0)
            return -1;
        if (answer == STORE_ABSENT || stream->at < stream->skipped)
            continue;
        int fit = fits(page, &bytes, status);
        if (fit <= 0)
            return fit;
        message_add_field(page, DIRECTORIES, bytes.data, bytes.len);
        sent++;
    }
    return 0;
}

static void send_page(void *state)
{
    struct tree_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf page = BUF_INIT;
    char token[32];

    if (fill_page(stream, &page, &status) < 0) {
        rpc_call_finish(stream->call, &status);
        return;
    }
    if (stream->at == stream->directories.len) {
        rpc_call_answer(stream->call, &page);
        return;
    }
    int len = snprintf(token, sizeof(token), "%zu", stream->at);
    message_add_field(&page, NEXT_PAGE_TOKEN, token, (size_t)len);
    rpc_call_write(stream->call, &page);
}

static int parse_token(const char *token, size_t *ret_skipped, struct rpc_status *status)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(token, &end, 10);
    if (*token && (token[0] < '0' || token[0] > '9' || *end || errno || value > LIMIT_TREE_NODES))
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the page token isn't one that GetTree gave");
    *ret_skipped = value;
    return 0;
}

static int begin(struct tree_stream *stream, const Reapi__GetTreeRequest *message,
                 struct rpc_status *status)
{
    struct blob_digest root;

    if (check_instance_name(message->instance_name, status) < 0 ||
        check_digest_function(message->digest_function, status) < 0 ||
        digest_of_request(message->root_digest, &root, status) < 0 ||
        parse_token(message->page_token, &stream->skipped, status) < 0)
        return -1;
    if (message->page_size < 0)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the page size is negative");
    stream->page = message->page_size > 0 && message->page_size < LIMIT_TREE_PAGE
                       ? (size_t)message->page_size
                       : LIMIT_TREE_PAGE;
    digest_set_add(&stream->directories, &root);
    return 0;
}

static void tree_message(void *state, struct rpc_bytes bytes)
{
    struct tree_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->asked)
        return;
    stream->asked = true;
    auto_message Reapi__GetTreeRequest *message =
        message_unpack(&reapi__get_tree_request__descriptor, bytes, &status);
    if (!message || begin(stream, message, &status) < 0)
        rpc_call_finish(stream->call, &status);
    else
        send_page(stream);
}

static void tree_half_closed(void *state)
{
    struct tree_stream *stream = state;
    auto_rpc_status status = RPC_STATUS_INIT;

    if (stream->asked)
        return;
    rpc_status_set(&status, RPC_INVALID_ARGUMENT, "the call has no request");
    rpc_call_finish(stream->call, &status);
}

const struct rpc_stream cas_get_tree = {
    .open = tree_open,
    .message = tree_message,
    .half_closed = tree_half_closed,
    .written = send_page,
    .closed = tree_closed,
};
