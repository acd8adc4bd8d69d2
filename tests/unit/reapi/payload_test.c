/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/payload.h"

#include <string.h>

#include "support/test.h"

static void add_text(struct payload *payload, const char *text, struct blob_digest *ret_digest)
{
    auto_buf bytes = BUF_INIT;

    buf_add_str(&bytes, text);
    payload_add_bytes(payload, &bytes, ret_digest);
}

static int read_all(struct payload *payload, size_t place, struct buf *buf, struct error *err)
{
    struct payload_reader reader;

    assert_success(payload_open(payload, place, &reader, err), err);
    int result = payload_read(&reader, 0, (size_t)reader.digest.size, buf, err);
    payload_close(&reader);
    return result;
}

static void each_digest_is_there_once(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    struct blob_digest text, file, other;

    (void)state;
    test_write("file", "hello");
    add_text(&payload, "hello", &text);
    assert_success(payload_add_file(&payload, "file", &file, &err), &err);
    add_text(&payload, "other", &other);
    add_text(&payload, "hello", &text);
    assert_true(blob_digest_equal(&text, &file));
    assert_int_equal(payload.digests.len, 2);
}

static void bytes_are_read_from_memory_and_from_files(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct blob_digest digest;

    (void)state;
    test_write("file", "from a file");
    add_text(&payload, "from memory ", &digest);
    assert_success(payload_add_file(&payload, "file", &digest, &err), &err);
    assert_success(read_all(&payload, 0, &buf, &err), &err);
    assert_success(read_all(&payload, 1, &buf, &err), &err);
    assert_buf(&buf, "from memory from a file");
}

static void part_may_be_read_again(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    struct payload_reader reader;
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    struct blob_digest digest;

    (void)state;
    test_write("file", "0123456789");
    assert_success(payload_add_file(&payload, "file", &digest, &err), &err);
    assert_success(payload_open(&payload, 0, &reader, &err), &err);
    assert_success(payload_read(&reader, 0, 6, &buf, &err), &err);
    assert_success(payload_read(&reader, 3, 5, &buf, &err), &err);
    assert_success(payload_read(&reader, 8, 2, &buf, &err), &err);
    assert_buf(&buf, "0123453456789");
    payload_close(&reader);
}

/* The text that a file had when it was added, and what it has when it is read. */
static void file_that_changed_is_an_error(void **state)
{
    static const char *const changed[] = {"hellO", "hell", "hello!", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
        auto_payload payload = PAYLOAD_INIT;
        auto_error err = ERROR_INIT;
        auto_buf buf = BUF_INIT;
        struct blob_digest digest;
        test_write("file", "hello");
        assert_success(payload_add_file(&payload, "file", &digest, &err), &err);
        test_write("file", changed[i]);
        assert_int_equal(read_all(&payload, 0, &buf, &err), -1);
        assert_error(&err, ERROR_FAILURE,
                     "file changed between being hashed and being sent; try again when nothing "
                     "writes to it");
        assert_buf(&buf, "");
    }
}

static void what_is_no_file_is_refused(void **state)
{
    auto_payload payload = PAYLOAD_INIT;
    struct blob_digest digest;

    (void)state;
    test_run("mkfifo", "pipe", NULL);
    auto_error none = ERROR_INIT, pipe = ERROR_INIT;
    assert_int_equal(payload_add_file(&payload, "none", &digest, &none), -1);
    assert_error(&none, ERROR_FAILURE, "cannot open none: No such file or directory");
    assert_int_equal(payload_add_file(&payload, "pipe", &digest, &pipe), -1);
    assert_error(&pipe, ERROR_REFUSED, "pipe is not a regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(each_digest_is_there_once),  file_test(bytes_are_read_from_memory_and_from_files),
        file_test(part_may_be_read_again),     file_test(file_that_changed_is_an_error),
        file_test(what_is_no_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
