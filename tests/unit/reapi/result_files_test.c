/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/result_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "reapi/merkle.h"
#include "support/reapi_service.h"

#define DIR "root/w"

static struct client *open_client(void)
{
    struct client_options options = client_default_options;
    auto_error err = ERROR_INIT;
    struct client *client = NULL;

    options.address = "unix:socket";
    options.idle_seconds = RPC_CLIENT_SECONDS;
    assert_success(client_open(&options, &client, &err), &err);
    return client;
}

/* A result of one output of each kind, NULL for none; all files hold "foo". */
struct made {
    Reapi__ActionResult result;
    Reapi__OutputFile file, *files[1];
    Reapi__OutputDirectory directory, *directories[1];
    Reapi__OutputSymlink link, *links[1];
    struct digest_message file_digest, tree_digest;
};

static void make(struct made *made, const char *file, const char *directory, const char *link)
{
    struct blob_digest foo = test_digest("foo");

    memset(made, 0, sizeof(*made));
    reapi__action_result__init(&made->result);
    reapi__output_file__init(&made->file);
    reapi__output_directory__init(&made->directory);
    reapi__output_symlink__init(&made->link);
    made->files[0] = &made->file;
    made->file.path = (char *)(uintptr_t)file;
    made->file.digest = digest_message_set(&made->file_digest, &foo);
    made->directories[0] = &made->directory;
    made->directory.path = (char *)(uintptr_t)directory;
    made->links[0] = &made->link;
    made->link.path = (char *)(uintptr_t)link;
    made->link.target = (char *)"/target";
    made->result.output_files = made->files;
    made->result.n_output_files = file != NULL;
    made->result.output_directories = made->directories;
    made->result.n_output_directories = directory != NULL;
    made->result.output_symlinks = made->links;
    made->result.n_output_symlinks = link != NULL;
}

static void upload_text(struct client *client, const char *text)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest digest;
    auto_buf bytes = BUF_INIT;

    buf_add_str(&bytes, text);
    payload_add_bytes(&payload, &bytes, &digest);
    assert_success(client_upload(client, &payload, NULL, &err), &err);
}

/* Uploads a Tree of a file "f", an executable "x" in "d", and a link "l" to "f". */
static void upload_tree(struct client *client, struct made *made)
{
    auto_payload payload = PAYLOAD_INIT, trees = PAYLOAD_INIT;
    auto_merkle merkle = {NULL, NULL, 0};
    auto_buf bytes = BUF_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest root, tree;
    size_t place = 0;

    assert_success(fs_mkdir_all("source/d", &err), &err);
    test_write("source/f", "f");
    test_write("source/d/x", "x");
    test_run("chmod", "755", "source/d/x", NULL);
    assert_int_equal(symlink("f", "source/l"), 0);
    merkle_init(&merkle, &payload);
    assert_success(merkle_add(&merkle, "source", ".", &err), &err);
    merkle_finish(&merkle, &root);
    digest_set_find(&payload.digests, &root, &place);
    for (size_t i = 0; i < payload.digests.len; i++)
        if (!payload.items[i].path)
            message_add_field(&bytes, i == place ? 1 : 2, payload.items[i].bytes.data,
                              payload.items[i].bytes.len);
    payload_add_bytes(&trees, &bytes, &tree);
    assert_success(client_upload(client, &payload, NULL, &err), &err);
    assert_success(client_upload(client, &trees, NULL, &err), &err);
    made->directory.tree_digest = digest_message_set(&made->tree_digest, &tree);
}

static void outputs_are_written_in_the_place_of_what_was_there(void **state)
{
    struct client *client = open_client();
    struct made made;

    (void)state;
    upload_text(client, "foo");
    make(&made, "o/file", "o/tree", "o/link");
    upload_tree(client, &made);
    for (int round = 0; round < 2; round++) {
        auto_error err = ERROR_INIT;
        char target[20] = "";
        assert_success(result_files_write(client, &made.result, DIR, NULL, NULL, &err), &err);
        assert_file(DIR "/o/file", "foo");
        assert_file(DIR "/o/tree/f", "f");
        assert_file(DIR "/o/tree/d/x", "x");
        assert_file(DIR "/o/tree/l", "f");
        assert_int_equal(test_stat(DIR "/o/tree/d/x").st_mode & 0111, 0111);
        assert_true(readlink(DIR "/o/link", target, sizeof(target) - 1) > 0);
        assert_string_equal(target, "/target");
        assert_int_equal(test_count_entries(DIR "/o"), 3);
        test_write(DIR "/o/tree/old", "this one goes");
        test_write(DIR "/o/file", "and this");
    }
    client_close(client);
}

static void paths_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const paths[] = {"../x", "/x", "a/../../x", "", ".", "a//b", "a/", "./a"};
    struct client *client = open_client();

    (void)state;
    upload_text(client, "foo");
    for (size_t i = 0; i < 2 * sizeof(paths) / sizeof(paths[0]); i++) {
        auto_error err = ERROR_INIT;
        struct made made;
        make(&made, i % 2 ? paths[i / 2] : NULL, NULL, i % 2 ? NULL : paths[i / 2]);
        auto_free char *expected = xasprintf("the result has an output %s, which isn't a path "
                                             "below the working directory",
                                             paths[i / 2]);
        assert_int_equal(result_files_write(client, &made.result, DIR, NULL, NULL, &err), -1);
        assert_error(&err, ERROR_REMOTE, expected);
    }
    assert_int_equal(test_count_entries(DIR), 0);
    client_close(client);
}

static void only_outputs_that_were_declared_are_written(void **state)
{
    static const char *const paths[] = {"a/other", "a", "a/file/below"};
    struct client *client = open_client();
    auto_strv declared = STRV_INIT;
    auto_error err = ERROR_INIT;
    struct made made;

    (void)state;
    upload_text(client, "foo");
    strv_push(&declared, "a/file");
    for (size_t i = 0; i < 2 * sizeof(paths) / sizeof(paths[0]); i++) {
        make(&made, i % 2 ? paths[i / 2] : NULL, NULL, i % 2 ? NULL : paths[i / 2]);
        auto_free char *expected =
            xasprintf("the result has an output %s, which wasn't asked for", paths[i / 2]);
        assert_int_equal(result_files_write(client, &made.result, DIR, &declared, NULL, &err), -1);
        assert_error(&err, ERROR_REMOTE, expected);
    }
    assert_int_equal(test_count_entries(DIR), 0);
    make(&made, "a/file", NULL, NULL);
    assert_success(result_files_write(client, &made.result, DIR, &declared, NULL, &err), &err);
    assert_file(DIR "/a/file", "foo");
    client_close(client);
}

static void nothing_is_written_through_a_link_to_elsewhere(void **state)
{
    struct client *client = open_client();
    auto_error err = ERROR_INIT;
    struct made made;

    (void)state;
    upload_text(client, "foo");
    assert_success(fs_mkdir_all(DIR "/inside", &err), &err);
    assert_success(fs_mkdir_all("elsewhere", &err), &err);
    assert_int_equal(symlink("../../elsewhere", DIR "/out"), 0);
    assert_int_equal(symlink("inside", DIR "/in"), 0);
    make(&made, "out/file", NULL, NULL);
    assert_int_equal(result_files_write(client, &made.result, DIR, NULL, NULL, &err), -1);
    assert_error(&err, ERROR_REFUSED,
                 "an output would be written through " DIR "/out, which is no directory in " DIR);
    assert_int_equal(test_count_entries("elsewhere"), 0);
    make(&made, "in/file", NULL, NULL);
    assert_success(result_files_write(client, &made.result, DIR, NULL, NULL, &err), &err);
    assert_file(DIR "/inside/file", "foo");
    client_close(client);
}

static void blob_that_the_service_has_lost_leaves_what_was_there(void **state)
{
    struct client *client = open_client();
    auto_error err = ERROR_INIT;
    struct blob_digest lost = test_digest("bar");
    struct made made;

    (void)state;
    assert_success(fs_mkdir_all(DIR "/tree", &err), &err);
    test_write(DIR "/tree/old", "old");
    make(&made, NULL, "tree", NULL);
    made.directory.tree_digest = digest_message_set(&made.tree_digest, &lost);
    assert_int_equal(result_files_write(client, &made.result, DIR, NULL, NULL, &err),
                     CLIENT_ABSENT);
    assert_file(DIR "/tree/old", "old");
    assert_int_equal(test_count_entries(DIR), 1);
    client_close(client);
}

static void what_was_printed_comes_inline_or_as_a_blob(void **state)
{
    struct client *client = open_client();
    struct blob_digest foo = test_digest("foo");
    ProtobufCBinaryData raw = {3, (uint8_t *)(uintptr_t) "raw"}, none = {0, NULL};
    struct digest_message message;
    auto_error err = ERROR_INIT;
    FILE *file = fopen("printed", "w");

    (void)state;
    upload_text(client, "foo");
    Reapi__Digest *digest = digest_message_set(&message, &foo);
    assert_success(result_output_write(client, &raw, digest, fileno(file), &err), &err);
    assert_success(result_output_write(client, &none, digest, fileno(file), &err), &err);
    assert_success(result_output_write(client, &none, NULL, fileno(file), &err), &err);
    fclose(file);
    assert_file("printed", "rawfoo");
    client_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(outputs_are_written_in_the_place_of_what_was_there),
        reapi_test(paths_that_lead_elsewhere_are_refused),
        reapi_test(only_outputs_that_were_declared_are_written),
        reapi_test(nothing_is_written_through_a_link_to_elsewhere),
        reapi_test(blob_that_the_service_has_lost_leaves_what_was_there),
        reapi_test(what_was_printed_comes_inline_or_as_a_blob),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
