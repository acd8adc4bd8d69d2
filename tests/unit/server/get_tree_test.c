/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cas.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "support/reapi_service.h"

#define METHOD "ContentAddressableStorage/GetTree"

static struct blob_digest put_message(struct reapi_service *service,
                                      const ProtobufCMessage *message)
{
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest digest;

    message_pack(message, &bytes);
    blob_digest_of(bytes.data, bytes.len, &digest);
    assert_success(store_put(service->store, &digest, bytes.data, &err), &err);
    return digest;
}

/* A directory with a directory "d0", "d1", … for each child; not stored if it is LOST. */
static struct blob_digest make_directory(struct reapi_service *service,
                                         const struct blob_digest *children, size_t count,
                                         bool lost)
{
    Reapi__Directory directory = REAPI__DIRECTORY__INIT;
    struct {
        Reapi__DirectoryNode node;
        struct digest_message digest;
        char name[24];
    } nodes[4];
    Reapi__DirectoryNode *list[4];
    auto_buf bytes = BUF_INIT;
    struct blob_digest digest;

    assert_true(count <= 4);
    for (size_t i = 0; i < count; i++) {
        reapi__directory_node__init(&nodes[i].node);
        snprintf(nodes[i].name, sizeof(nodes[i].name), "d%zu", i);
        nodes[i].node.name = nodes[i].name;
        nodes[i].node.digest = digest_message_set(&nodes[i].digest, &children[i]);
        list[i] = &nodes[i].node;
    }
    directory.directories = list;
    directory.n_directories = count;
    if (!lost)
        return put_message(service, &directory.base);
    message_pack(&directory.base, &bytes);
    blob_digest_of(bytes.data, bytes.len, &digest);
    return digest;
}

/* What a whole call came to. */
struct answer {
    size_t pages, directories;
    char token[32]; /* of the page before the last */
    struct rpc_client_end end;
};

static struct answer get_tree(struct reapi_service *service, const struct blob_digest *root,
                              int page_size, const char *token)
{
    Reapi__GetTreeRequest request = REAPI__GET_TREE_REQUEST__INIT;
    struct digest_message message;
    struct answer answer = {.end = RPC_CLIENT_END_INIT};
    Reapi__GetTreeResponse *page;

    request.root_digest = digest_message_set(&message, root);
    request.page_size = page_size;
    request.page_token = (char *)token;
    struct rpc_client_call *call = reapi_open(service, METHOD, &request.base);
    rpc_client_half_close(call);
    while ((page = reapi_next(call, &reapi__get_tree_response__descriptor))) {
        answer.pages++;
        answer.directories += page->n_directories;
        if (*page->next_page_token)
            snprintf(answer.token, sizeof(answer.token), "%s", page->next_page_token);
        message_release(&page);
    }
    rpc_client_end(call, &answer.end);
    return answer;
}

/* Every level has the one below twice: as a tree of 2^DEPTH directories it would have no end. */
static struct blob_digest make_doubling(struct reapi_service *service, int depth)
{
    struct blob_digest below = make_directory(service, NULL, 0, false);

    for (int i = 0; i < depth; i++) {
        struct blob_digest twice[] = {below, below};
        below = make_directory(service, twice, 2, false);
    }
    return below;
}

static void get_tree_sends_each_directory_once(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest root = make_doubling(service, 100);
    struct answer answer = get_tree(service, &root, 0, "");

    assert_end(&answer.end, RPC_OK, "");
    assert_int_equal(answer.pages, 1);
    assert_int_equal(answer.directories, 101);
    rpc_client_end_release(&answer.end);
}

static void get_tree_sends_pages_that_can_be_gone_on_from(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest root = make_doubling(service, 9);
    struct answer all = get_tree(service, &root, 3, "");

    assert_int_equal(all.pages, 4);
    assert_int_equal(all.directories, 10);
    assert_string_equal(all.token, "9");
    struct answer rest = get_tree(service, &root, 3, "6");
    assert_int_equal(rest.pages, 2);
    assert_int_equal(rest.directories, 4);
    rpc_client_end_release(&all.end);
    rpc_client_end_release(&rest.end);
}

static void get_tree_leaves_out_what_is_missing(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest empty = make_directory(service, NULL, 0, false);
    struct blob_digest lost = make_directory(service, &empty, 1, true);
    struct blob_digest children[] = {empty, lost};
    struct blob_digest root = make_directory(service, children, 2, false);
    struct answer answer = get_tree(service, &root, 0, "");

    assert_int_equal(answer.end.code, RPC_OK);
    assert_int_equal(answer.directories, 2);
    rpc_client_end_release(&answer.end);
}

static void get_tree_needs_the_root(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest root = test_digest("gone");
    struct answer answer = get_tree(service, &root, 0, "");

    assert_end(&answer.end, RPC_NOT_FOUND, "the blob isn't in the store");
    rpc_client_end_release(&answer.end);
}

static void get_tree_refuses_bad_requests(void **state)
{
    struct reapi_service *service = *state;
    struct blob_digest root = make_directory(service, NULL, 0, false);
    struct blob_digest text = test_put(service->store, "\x0a\xff");
    struct answer token = get_tree(service, &root, 0, "x"), page = get_tree(service, &root, -1, ""),
                  kind = get_tree(service, &text, 0, "");

    assert_end(&token.end, RPC_INVALID_ARGUMENT, "the page token isn't one that GetTree gave");
    assert_end(&page.end, RPC_INVALID_ARGUMENT, "the page size is negative");
    assert_int_equal(kind.end.code, RPC_INVALID_ARGUMENT);
    rpc_client_end_release(&token.end);
    rpc_client_end_release(&page.end);
    rpc_client_end_release(&kind.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(get_tree_sends_each_directory_once),
        reapi_test(get_tree_sends_pages_that_can_be_gone_on_from),
        reapi_test(get_tree_leaves_out_what_is_missing),
        reapi_test(get_tree_needs_the_root),
        reapi_test(get_tree_refuses_bad_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
