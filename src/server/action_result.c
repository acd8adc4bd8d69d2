/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/action_result.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "reapi/limits.h"
#include "reapi/messages.h"
#include "reapi/names.h"
#include "server/answers.h"
#include "store/blob_message.h"

/* What inlined bytes take besides themselves. */
#define FRAME_MAX 16

/* ---- checks ---- */

static int check_path(const char *path, struct rpc_status *status)
{
    auto_buf quoted = BUF_INIT;

    if (path[0] != '/' && strlen(path) <= LIMIT_PATH)
        return 0;
    quote_foreign(path, strlen(path), &quoted);
    return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the output path %s is %s", quoted.data,
                          path[0] == '/' ? "absolute" : "too long");
}

static int check_digest(const char *path, const Reapi__Digest *digest, struct rpc_status *status)
{
    struct blob_digest ignored;
    auto_error err = ERROR_INIT;
    auto_buf quoted = BUF_INIT;

    if (blob_from_message(digest, &ignored, &err) == 0)
        return 0;
    quote_foreign(path, strlen(path), &quoted);
    return rpc_status_set(status, RPC_INVALID_ARGUMENT, "the output %s: %s", quoted.data, err.text);
}

static int check_if_set(const char *path, const Reapi__Digest *digest, struct rpc_status *status)
{
    return digest ? check_digest(path, digest, status) : 0;
}

static int check_directory(const Reapi__OutputDirectory *output, struct rpc_status *status)
{
    if (!output->tree_digest && !output->root_directory_digest)
        return check_digest(output->path, NULL, status);
    if (check_path(output->path, status) < 0 ||
        check_if_set(output->path, output->tree_digest, status) < 0)
        return -1;
    return check_if_set(output->path, output->root_directory_digest, status);
}

static int check_symlinks(Reapi__OutputSymlink *const *links, size_t count,
                          struct rpc_status *status)
{
    for (size_t i = 0; i < count; i++)
        if (check_path(links[i]->path, status) < 0)
            return -1;
    return 0;
}

static int check_outputs(const Reapi__ActionResult *result, struct rpc_status *status)
{
    for (size_t i = 0; i < result->n_output_files; i++) {
        const Reapi__OutputFile *file = result->output_files[i];
        if (check_path(file->path, status) < 0 ||
            check_digest(file->path, file->digest, status) < 0)
            return -1;
    }
    for (size_t i = 0; i < result->n_output_directories; i++)
        if (check_directory(result->output_directories[i], status) < 0)
            return -1;
    if (check_symlinks(result->output_symlinks, result->n_output_symlinks, status) < 0 ||
        check_symlinks(result->output_file_symlinks, result->n_output_file_symlinks, status) < 0)
        return -1;
    return check_symlinks(result->output_directory_symlinks, result->n_output_directory_symlinks,
                          status);
}

/* The length without what is inlined, which isn't kept in it. */
static size_t size_without_inlined(const Reapi__ActionResult *result)
{
    size_t size = reapi__action_result__get_packed_size(result);

    size -= result->stdout_raw.len + result->stderr_raw.len;
    for (size_t i = 0; i < result->n_output_files; i++)
        size -= result->output_files[i]->contents.len;
    return size;
}

int action_result_check(const Reapi__ActionResult *result, struct rpc_status *status)
{
    if (check_if_set("stdout", result->stdout_digest, status) < 0 ||
        check_if_set("stderr", result->stderr_digest, status) < 0 ||
        check_outputs(result, status) < 0)
        return -1;
    if (size_without_inlined(result) > LIMIT_RESULT_OUT - 1024)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "the result is longer than %u bytes and could never be read again; "
                              "declare directories in the place of their files",
                              LIMIT_RESULT_OUT - 1024);
    return 0;
}

/* ---- from inlined bytes to blobs ---- */

static int put(struct store *store, const struct blob_digest *digest,
               const ProtobufCBinaryData *bytes, struct rpc_status *status)
{
    auto_error err = ERROR_INIT;

    if (digest->size != bytes->len)
        return rpc_status_set(status, RPC_INVALID_ARGUMENT,
                              "%zu bytes are inlined and their digest says %llu", bytes->len,
                              (unsigned long long)digest->size);
    int answer = store_put(store, digest, bytes->data, &err);
    return answer == 0 ? 0 : status_of_answer(status, answer, &err);
}

/* Moves the bytes, if there are any, to the store; a digest that isn't given is made. */
static int settle(struct store *store, ProtobufCBinaryData *bytes, Reapi__Digest **place,
                  struct rpc_status *status)
{
    struct blob_digest digest;

    if (bytes->len == 0)
        return 0;
    if (!*place) {
        blob_digest_of(bytes->data, bytes->len, &digest);
        *place = blob_message_new(&digest);
    }
    if (digest_of_request(*place, &digest, status) < 0 || put(store, &digest, bytes, status) < 0)
        return -1;
    free(bytes->data);
    *bytes = (ProtobufCBinaryData){0, NULL};
    return 0;
}

int action_result_settle(struct store *store, Reapi__ActionResult *result,
                         struct rpc_status *status)
{
    if (settle(store, &result->stdout_raw, &result->stdout_digest, status) < 0 ||
        settle(store, &result->stderr_raw, &result->stderr_digest, status) < 0)
        return -1;
    for (size_t i = 0; i < result->n_output_files; i++) {
        Reapi__OutputFile *file = result->output_files[i];
        if (settle(store, &file->contents, &file->digest, status) < 0)
            return -1;
    }
    return 0;
}

/* ---- from blobs to inlined bytes ---- */

struct inliner inliner_for(struct store *store, const Reapi__ActionResult *result)
{
    size_t size = reapi__action_result__get_packed_size(result);

    return (struct inliner){store, size < LIMIT_RESULT_OUT ? LIMIT_RESULT_OUT - size : 0};
}

void inliner_add(struct inliner *inliner, const Reapi__Digest *blob, ProtobufCBinaryData *bytes)
{
    auto_error ignored = ERROR_INIT;
    auto_buf data = BUF_INIT;
    struct blob_digest digest;

    if (!blob || bytes->len > 0 || blob_from_message(blob, &digest, &ignored) < 0 ||
        digest.size == 0 || digest.size > LIMIT_INLINE_OUTPUT ||
        digest.size + FRAME_MAX > inliner->left)
        return;
    if (store_read_blob(inliner->store, &digest, LIMIT_INLINE_OUTPUT, &data, &ignored) != 0)
        return;
    inliner->left -= data.len + FRAME_MAX;
    bytes->len = data.len;
    bytes->data = (uint8_t *)buf_detach(&data);
}

void inliner_add_files(struct inliner *inliner, char *const *paths, size_t count,
                       Reapi__ActionResult *result)
{
    size_t looked_at = count < LIMIT_INLINE_FILES ? count : LIMIT_INLINE_FILES;

    for (size_t i = 0; i < result->n_output_files; i++) {
        Reapi__OutputFile *file = result->output_files[i];
        for (size_t path = 0; path < looked_at; path++)
            if (strcmp(file->path, paths[path]) == 0)
                inliner_add(inliner, file->digest, &file->contents);
    }
}
