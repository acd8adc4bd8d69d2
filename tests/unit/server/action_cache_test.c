/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/action_cache.h"

#include <string.h>

#include "base/memory.h"
#include "reapi/limits.h"
#include "support/reapi_service.h"

/* A result whose parts are on the test's stack; each is there once its digest is set. */
struct parts {
    Reapi__ActionResult result;
    Reapi__OutputFile file, *files[1];
    Reapi__OutputDirectory directory, *directories[1];
    struct digest_message file_digest, out, err, tree, root;
};

static void parts_init(struct parts *parts)
{
    reapi__action_result__init(&parts->result);
    reapi__output_file__init(&parts->file);
    reapi__output_directory__init(&parts->directory);
    parts->file.path = (char *)"out/file";
    parts->directory.path = (char *)"out/dir";
    parts->files[0] = &parts->file;
    parts->directories[0] = &parts->directory;
    parts->result.output_files = parts->files;
    parts->result.output_directories = parts->directories;
}

static void set_file(struct parts *parts, const struct blob_digest *digest)
{
    parts->file.digest = digest_message_set(&parts->file_digest, digest);
    parts->result.n_output_files = 1;
}

static void set_directory(struct parts *parts, const struct blob_digest *tree,
                          const struct blob_digest *root)
{
    parts->directory.tree_digest = tree ? digest_message_set(&parts->tree, tree) : NULL;
    parts->directory.root_directory_digest = root ? digest_message_set(&parts->root, root) : NULL;
    parts->result.n_output_directories = 1;
}

static Reapi__ActionResult *update(struct reapi_service *service, Reapi__ActionResult *result,
                                   struct rpc_client_end *ret_end)
{
    Reapi__UpdateActionResultRequest request = REAPI__UPDATE_ACTION_RESULT_REQUEST__INIT;
    struct blob_digest action = test_digest("action");
    struct digest_message message;

    request.instance_name = (char *)"main";
    request.action_digest = digest_message_set(&message, &action);
    request.action_result = result;
    return reapi_call(service, "ActionCache/UpdateActionResult", &request.base,
                      &reapi__action_result__descriptor, ret_end);
}

static void must_update(struct reapi_service *service, struct parts *parts)
{
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_message Reapi__ActionResult *answer = update(service, &parts->result, &end);

    assert_end(&end, RPC_OK, "");
    assert_non_null(answer);
}

static Reapi__ActionResult *get_with(struct reapi_service *service,
                                     Reapi__GetActionResultRequest *request,
                                     struct rpc_client_end *ret_end)
{
    struct blob_digest action = test_digest("action");
    struct digest_message message;

    request->action_digest = digest_message_set(&message, &action);
    return reapi_call(service, "ActionCache/GetActionResult", &request->base,
                      &reapi__action_result__descriptor, ret_end);
}

static Reapi__ActionResult *get(struct reapi_service *service, const char *instance,
                                struct rpc_client_end *ret_end)
{
    Reapi__GetActionResultRequest request = REAPI__GET_ACTION_RESULT_REQUEST__INIT;

    request.instance_name = (char *)instance;
    return get_with(service, &request, ret_end);
}

static void assert_found(struct reapi_service *service, bool expected)
{
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_message Reapi__ActionResult *result = get(service, "main", &end);

    if (expected)
        assert_non_null(result);
    else
        assert_int_equal(end.code, RPC_NOT_FOUND);
}

static void result_is_found_in_its_own_instance_with_metadata(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_put(service->store, "foo");
    auto_rpc_client_end end = RPC_CLIENT_END_INIT, other_end = RPC_CLIENT_END_INIT;
    struct parts parts;

    parts_init(&parts);
    parts.result.exit_code = 3;
    set_file(&parts, &digest);
    must_update(service, &parts);
    auto_message Reapi__ActionResult *result = get(service, "main", &end);
    assert_non_null(result);
    assert_int_equal(result->exit_code, 3);
    assert_string_equal(result->output_files[0]->path, "out/file");
    assert_non_null(result->execution_metadata);
    assert_null(get(service, "", &other_end));
    assert_end(&other_end, RPC_NOT_FOUND,
               "there is no result of the action "
               "bd938c688f49b77c7fc537c6b9222e2c97ebddd63076b87f2feaec66fb9c05d0, or not all of "
               "its blobs");
}

static void result_is_found_once_its_blobs_are_there(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo"), err = test_digest("warning");
    struct parts parts;

    parts_init(&parts);
    set_file(&parts, &digest);
    parts.result.stderr_digest = digest_message_set(&parts.err, &err);
    parts.result.stdout_digest = digest_message_set(&parts.out, &blob_empty);
    must_update(service, &parts);
    assert_found(service, false);
    test_put(service->store, "foo");
    assert_found(service, false);
    test_put(service->store, "warning");
    assert_found(service, true);
}

/* The packed message, as a blob. Owned by caller. */
static struct buf packed(const ProtobufCMessage *message, struct blob_digest *ret_digest)
{
    struct buf bytes = BUF_INIT;

    message_pack(message, &bytes);
    blob_digest_of(bytes.data, bytes.len, ret_digest);
    return bytes;
}

static void must_put(struct reapi_service *service, const struct buf *bytes)
{
    struct blob_digest digest;
    auto_error err = ERROR_INIT;

    blob_digest_of(bytes->data, bytes->len, &digest);
    assert_success(store_put(service->store, &digest, bytes->data, &err), &err);
}

/* A directory with one file, "f". */
struct one_file {
    Reapi__Directory directory;
    Reapi__FileNode file, *files[1];
    struct digest_message digest;
};

static void one_file_init(struct one_file *one, const struct blob_digest *digest)
{
    reapi__directory__init(&one->directory);
    reapi__file_node__init(&one->file);
    one->file.name = (char *)"f";
    one->file.digest = digest_message_set(&one->digest, digest);
    one->files[0] = &one->file;
    one->directory.files = one->files;
    one->directory.n_files = 1;
}

static void result_needs_its_trees_and_what_is_in_them(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest of_root = test_digest("of root"), of_child = test_digest("of child"), tree;
    Reapi__Tree message = REAPI__TREE__INIT;
    struct one_file root, child;
    Reapi__Directory *children[] = {&child.directory};
    struct parts parts;

    one_file_init(&root, &of_root);
    one_file_init(&child, &of_child);
    message.root = &root.directory;
    message.children = children;
    message.n_children = 1;
    auto_buf bytes = packed(&message.base, &tree);
    parts_init(&parts);
    set_directory(&parts, &tree, NULL);
    must_update(service, &parts);
    assert_found(service, false);
    must_put(service, &bytes);
    assert_found(service, false);
    test_put(service->store, "of root");
    assert_found(service, false);
    test_put(service->store, "of child");
    assert_found(service, true);
}

static void result_needs_its_directories_and_what_is_in_them(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest file = test_digest("file"), below_digest, root_digest;
    Reapi__Directory root = REAPI__DIRECTORY__INIT;
    Reapi__DirectoryNode node = REAPI__DIRECTORY_NODE__INIT;
    Reapi__DirectoryNode *nodes[] = {&node};
    struct digest_message node_digest;
    struct one_file below;
    struct parts parts;

    one_file_init(&below, &file);
    auto_buf below_bytes = packed(&below.directory.base, &below_digest);
    node.name = (char *)"d";
    node.digest = digest_message_set(&node_digest, &below_digest);
    root.directories = nodes;
    root.n_directories = 1;
    auto_buf root_bytes = packed(&root.base, &root_digest);
    parts_init(&parts);
    set_directory(&parts, NULL, &root_digest);
    must_update(service, &parts);
    assert_found(service, false);
    must_put(service, &root_bytes);
    assert_found(service, false);
    must_put(service, &below_bytes);
    assert_found(service, false);
    test_put(service->store, "file");
    assert_found(service, true);
}

static void result_with_a_tree_that_is_none_is_not_found(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest tree = test_put(service->store, "\x0a\x7f");
    struct parts parts;

    parts_init(&parts);
    set_directory(&parts, &tree, NULL);
    must_update(service, &parts);
    assert_found(service, false);
}

static void inlined_bytes_become_blobs_and_come_back_where_asked(void **state)
{
    struct reapi_service *service = *state;
    Reapi__GetActionResultRequest request = REAPI__GET_ACTION_RESULT_REQUEST__INIT;
    char *paths[] = {(char *)"out/file", (char *)"none"};
    struct blob_digest digest = test_digest("contents");
    auto_rpc_client_end end = RPC_CLIENT_END_INIT, plain_end = RPC_CLIENT_END_INIT;
    struct parts parts;

    parts_init(&parts);
    set_file(&parts, &digest);
    parts.file.contents = (ProtobufCBinaryData){8, (uint8_t *)"contents"};
    parts.result.stdout_raw = (ProtobufCBinaryData){5, (uint8_t *)"hello"};
    must_update(service, &parts);
    assert_blob(service->store, &digest, "contents");

    auto_message Reapi__ActionResult *plain = get(service, "main", &plain_end);
    assert_int_equal(plain->stdout_raw.len, 0);
    assert_int_equal(plain->stdout_digest->size_bytes, 5);
    assert_int_equal(plain->output_files[0]->contents.len, 0);

    request.instance_name = (char *)"main";
    request.inline_stdout = request.inline_stderr = 1;
    request.inline_output_files = paths;
    request.n_inline_output_files = 2;
    auto_message Reapi__ActionResult *result = get_with(service, &request, &end);
    assert_int_equal(result->stdout_raw.len, 5);
    assert_memory_equal(result->stdout_raw.data, "hello", 5);
    assert_int_equal(result->output_files[0]->contents.len, 8);
}

static void large_outputs_are_not_inlined(void **state)
{
    struct reapi_service *service = *state;
    Reapi__GetActionResultRequest request = REAPI__GET_ACTION_RESULT_REQUEST__INIT;
    auto_rpc_client_end end = RPC_CLIENT_END_INIT;
    auto_buf large = BUF_INIT;
    struct parts parts;

    buf_add_zeros(&large, LIMIT_INLINE_OUTPUT + 1);
    parts_init(&parts);
    parts.result.stdout_raw = (ProtobufCBinaryData){large.len, (uint8_t *)large.data};
    must_update(service, &parts);
    request.instance_name = (char *)"main";
    request.inline_stdout = 1;
    auto_message Reapi__ActionResult *result = get_with(service, &request, &end);
    assert_int_equal(result->stdout_raw.len, 0);
    assert_int_equal(result->stdout_digest->size_bytes, LIMIT_INLINE_OUTPUT + 1);
}

static void update_refuses_results_that_are_not_well_formed(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest digest = test_digest("foo");
    static const struct {
        const char *path, *hash, *contents, *message;
    } rows[] = {
        {"/etc/passwd", NULL, "", "the output path '/etc/passwd' is absolute"},
        {"f", "abc", "",
         "the output 'f': the hash 'abc' isn't 64 lower-case hexadecimal digits (SHA-256)"},
        {"f", NULL, "fo", "2 bytes are inlined and their digest says 3"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        auto_rpc_client_end end = RPC_CLIENT_END_INIT;
        struct parts parts;
        parts_init(&parts);
        set_file(&parts, &digest);
        parts.file.path = (char *)rows[i].path;
        parts.file.digest->hash = rows[i].hash ? (char *)rows[i].hash : parts.file.digest->hash;
        parts.file.contents =
            (ProtobufCBinaryData){strlen(rows[i].contents), (uint8_t *)rows[i].contents};
        assert_null(update(service, &parts.result, &end));
        assert_end(&end, RPC_INVALID_ARGUMENT, rows[i].message);
    }
}

static void update_needs_a_result_and_the_digests_of_outputs(void **state)
{
    struct reapi_service *service = *state;
    auto_rpc_client_end none = RPC_CLIENT_END_INIT, file = RPC_CLIENT_END_INIT,
                        directory = RPC_CLIENT_END_INIT;
    struct parts parts;

    assert_null(update(service, NULL, &none));
    assert_end(&none, RPC_INVALID_ARGUMENT, "the request has no action_result");
    parts_init(&parts);
    parts.result.n_output_files = 1;
    assert_null(update(service, &parts.result, &file));
    assert_end(&file, RPC_INVALID_ARGUMENT, "the output 'out/file': there is no digest");
    parts.result.n_output_files = 0;
    set_directory(&parts, NULL, NULL);
    assert_null(update(service, &parts.result, &directory));
    assert_end(&directory, RPC_INVALID_ARGUMENT, "the output 'out/dir': there is no digest");
}

static void kept_result_is_found_and_stays_as_it_was(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest action = test_digest("action"), out = test_put(service->store, "hello");
    struct parts parts;

    parts_init(&parts);
    parts.result.stdout_raw = (ProtobufCBinaryData){5, (uint8_t *)"hello"};
    parts.result.stdout_digest = digest_message_set(&parts.out, &out);
    action_cache_keep(service->store, "main", &action, &parts.result);
    assert_int_equal(parts.result.stdout_raw.len, 5);
    auto_message Reapi__ActionResult *found = action_cache_find(service->store, "main", &action);
    assert_non_null(found);
    assert_int_equal(found->stdout_raw.len, 0);
    assert_null(action_cache_find(service->store, "other", &action));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(result_is_found_in_its_own_instance_with_metadata),
        reapi_test(result_is_found_once_its_blobs_are_there),
        reapi_test(result_needs_its_trees_and_what_is_in_them),
        reapi_test(result_needs_its_directories_and_what_is_in_them),
        reapi_test(result_with_a_tree_that_is_none_is_not_found),
        reapi_test(inlined_bytes_become_blobs_and_come_back_where_asked),
        reapi_test(large_outputs_are_not_inlined),
        reapi_test(update_refuses_results_that_are_not_well_formed),
        reapi_test(update_needs_a_result_and_the_digests_of_outputs),
        reapi_test(kept_result_is_found_and_stays_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
