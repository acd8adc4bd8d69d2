/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* The client and our own service. What other services do wrong: tests/e2e/reapi/client.py. */

#include "reapi/client_cas.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"
#include "reapi/client_action.h"
#include "support/reapi_service.h"

static struct client *open_client(bool compress)
{
    struct client_options options = client_default_options;
    auto_error err = ERROR_INIT;
    struct client *client = NULL;

    options.address = "unix:socket";
    options.instance = "a/b";
    options.compress = compress;
    options.idle_seconds = RPC_CLIENT_SECONDS;
    assert_success(client_open(&options, &client, &err), &err);
    return client;
}

/* More than a batch or a message takes. */
static void add_large(struct buf *buf)
{
    auto_buf part = BUF_INIT;

    reapi_add_long(&part);
    for (int i = 0; i < 6; i++)
        buf_add(buf, part.data, part.len);
}

/* Blobs that go in a batch, one that is streamed, and the empty one. */
static void fill(struct payload *payload)
{
    struct blob_digest digest;
    auto_buf empty = BUF_INIT, large = BUF_INIT;

    payload_add_bytes(payload, &empty, &digest);
    for (unsigned i = 0; i < 300; i++) {
        auto_buf bytes = BUF_INIT;
        buf_addf(&bytes, "blob %u", i);
        buf_add_zeros(&bytes, 20000);
        payload_add_bytes(payload, &bytes, &digest);
    }
    add_large(&large);
    payload_add_bytes(payload, &large, &digest);
}

struct seen {
    const struct payload *payload;
    size_t count;
};

static int compare(void *user, const struct blob_digest *digest, const struct buf *bytes,
                   struct error *err)
{
    struct seen *seen = user;
    size_t place = 0;

    (void)err;
    assert_true(digest_set_find(&seen->payload->digests, digest, &place));
    assert_int_equal(seen->payload->items[place].bytes.len, bytes->len);
    assert_memory_equal(seen->payload->items[place].bytes.data, bytes->data, bytes->len);
    seen->count++;
    return 0;
}

static void what_is_uploaded_is_read_back(void **state)
{
    (void)state;
    for (int compress = 0; compress < 2; compress++) {
        struct client *client = open_client(compress);
        auto_payload payload = PAYLOAD_INIT;
        auto_error err = ERROR_INIT;
        struct client_moved moved = {0, 0};
        struct seen seen = {&payload, 0};
        fill(&payload);
        assert_success(client_upload_again(client, &payload, &payload.digests, &moved, &err), &err);
        assert_int_equal(moved.blobs, payload.digests.len);
        assert_success(
            client_read_blobs(client, &payload.digests, UINT64_MAX, compare, &seen, &err), &err);
        assert_int_equal(seen.count, payload.digests.len);
        client_close(client);
    }
}

static void what_is_there_is_not_uploaded_again(void **state)
{
    struct client *client = open_client(false);
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    struct client_moved first = {0, 0}, second = {0, 0};

    (void)state;
    fill(&payload);
    assert_success(client_upload(client, &payload, &first, &err), &err);
    assert_int_equal(first.blobs, payload.digests.len - 1); /* all but the empty one */
    assert_success(client_upload(client, &payload, &second, &err), &err);
    assert_int_equal(second.blobs, 0);
    client_close(client);
}

static void blob_that_is_not_there_is_named(void **state)
{
    struct client *client = open_client(false);
    struct blob_digest digest = test_digest("foo");
    auto_digest_set digests = DIGEST_SET_INIT, missing = DIGEST_SET_INIT;
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    char text[BLOB_NAME_SIZE];

    (void)state;
    digest_set_add(&digests, &digest);
    auto_free char *expected =
        xasprintf("unix:socket: the service doesn't have the blob %s", blob_name(&digest, text));
    assert_int_equal(client_read_blob(client, &digest, 100, &buf, &err), CLIENT_ABSENT);
    assert_error(&err, ERROR_REMOTE, expected);
    assert_int_equal(client_read_blobs(client, &digests, 100, compare, NULL, &err), CLIENT_ABSENT);
    assert_error(&err, ERROR_REMOTE, expected);
    assert_success(client_find_missing(client, &digests, &missing, &err), &err);
    assert_int_equal(missing.len, 1);
    assert_int_equal(client_upload_again(client, &payload, &missing, NULL, &err), -1);
    auto_free char *unknown = xasprintf(
        "unix:socket: the service misses the blob %s, which isn't one of those uploaded", text);
    assert_error(&err, ERROR_REMOTE, unknown);
    client_close(client);
}

static void blob_over_the_cap_is_refused_unread(void **state)
{
    struct client *client = open_client(false);
    struct blob_digest digest = test_digest("foo");
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    char text[BLOB_NAME_SIZE];

    (void)state;
    auto_free char *expected =
        xasprintf("unix:socket: the blob %s is larger than 2 bytes", blob_name(&digest, text));
    assert_int_equal(client_read_blob(client, &digest, 2, &buf, &err), -1);
    assert_error(&err, ERROR_REFUSED, expected);
    client_close(client);
}

/* Two that are one blob, an executable one, one that is streamed and one that is empty. */
static void files_are_downloaded_with_their_mode(void **state)
{
    struct client *client = open_client(false);
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest small, large;
    auto_buf bytes = BUF_INIT;

    (void)state;
    umask(022);
    test_write("small", "small");
    add_large(&bytes);
    assert_success(payload_add_file(&payload, "small", &small, &err), &err);
    payload_add_bytes(&payload, &bytes, &large);
    assert_success(client_upload(client, &payload, NULL, &err), &err);
    const struct client_file files[] = {
        {small, (char *)"one", false},
        {small, (char *)"two", true},
        {large, (char *)"large", false},
        {blob_empty, (char *)"empty", true},
    };
    assert_success(client_download(client, files, 4, NULL, &err), &err);
    assert_file("one", "small");
    assert_file("two", "small");
    assert_file("empty", "");
    assert_int_equal(test_stat("one").st_mode & 0777, 0644);
    assert_int_equal(test_stat("two").st_mode & 0777, 0755);
    assert_int_equal(test_stat("empty").st_mode & 0777, 0755);
    assert_int_equal(test_stat("large").st_size, large.size);
    client_close(client);
}

static void file_that_can_not_be_written_is_named_and_leaves_nothing(void **state)
{
    struct client *client = open_client(false);
    auto_error err = ERROR_INIT;
    const struct client_file files[] = {{blob_empty, (char *)"none/file", false}};

    (void)state;
    size_t before = test_count_entries(".");
    assert_int_equal(client_download(client, files, 1, NULL, &err), -1);
    assert_error(&err, ERROR_FAILURE, "cannot write none/file: No such file or directory");
    assert_int_equal(test_count_entries("."), before);
    client_close(client);
}

static void results_are_put_and_got(void **state)
{
    struct client *client = open_client(false);
    Reapi__ActionResult result = REAPI__ACTION_RESULT__INIT;
    Reapi__ActionResult *found = NULL;
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    struct blob_digest action;

    (void)state;
    buf_add_str(&bytes, "\n\0"); /* an Action with no command: a cache doesn't look */
    payload_add_bytes(&payload, &bytes, &action);
    assert_success(client_upload(client, &payload, NULL, &err), &err);
    assert_int_equal(client_get_result(client, &action, &found, &err), CLIENT_ABSENT);
    result.exit_code = 3;
    assert_success(client_put_result(client, &action, &result, &err), &err);
    assert_success(client_get_result(client, &action, &found, &err), &err);
    assert_int_equal(found->exit_code, 3);
    message_release(&found);
    client_close(client);
}

static void cache_that_does_not_execute_is_named(void **state)
{
    struct client *client = open_client(false);
    struct client_execution execution = {.action = test_digest("foo")};
    Reapi__ExecuteResponse *response = NULL;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_int_equal(client_execute(client, &execution, &response, &err), -1);
    assert_error(&err, ERROR_REMOTE,
                 "unix:socket: the service is a cache, and doesn't execute actions with SHA256");
    client_close(client);
}

static void client_that_can_not_be_opened_says_why(void **state)
{
    static const struct {
        const char *address, *instance, *text;
    } cases[] = {
        {"socket", "",
         "the address socket is of no kind that cleaved knows; one is "
         "grpc://HOST:PORT, grpcs://HOST:PORT or unix:PATH"},
        {"unix:socket", "a/blobs",
         "the instance name 'a/blobs' has a segment that is a word of resource names, such as "
         "'blobs' or 'uploads'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct client_options options = client_default_options;
        auto_error err = ERROR_INIT;
        struct client *client = NULL;
        options.address = cases[i].address;
        options.instance = cases[i].instance;
        assert_int_equal(client_open(&options, &client, &err), -1);
        assert_error(&err, ERROR_USAGE, cases[i].text);
        assert_null(client);
    }
}

static void service_that_is_not_there_is_named_after_all_attempts(void **state)
{
    struct client_options options = client_default_options;
    auto_error err = ERROR_INIT;
    struct client *client = NULL;

    (void)state;
    options.address = "unix:none";
    options.attempts = 1;
    options.first_delay_ms = 1;
    assert_int_equal(client_open(&options, &client, &err), -1);
    assert_int_equal(err.kind, ERROR_REMOTE);
    assert_non_null(strstr(err.text, "unix:none: GetCapabilities: UNAVAILABLE: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        reapi_test(what_is_uploaded_is_read_back),
        reapi_test(what_is_there_is_not_uploaded_again),
        reapi_test(blob_that_is_not_there_is_named),
        reapi_test(blob_over_the_cap_is_refused_unread),
        reapi_test(files_are_downloaded_with_their_mode),
        reapi_test(file_that_can_not_be_written_is_named_and_leaves_nothing),
        reapi_test(results_are_put_and_got),
        reapi_test(cache_that_does_not_execute_is_named),
        reapi_test(client_that_can_not_be_opened_says_why),
        file_test(service_that_is_not_there_is_named_after_all_attempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
