/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* What comes over local.sock: frames, and in them requests and replies. */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "local/frame.h"
#include "local/protocol.h"

/* A socket takes so much while nobody reads. */
#define SIZE_MAX_WRITTEN (64u << 10)

/*
 * The answer to a request is the same for what is packed of it. (Of some unknown fields protobuf-c
 * packs what it doesn't read again.)
 */
static void check_request(const Local__Request *request)
{
    auto_error err = ERROR_INIT, again_err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;

    local_pack(&request->base, &bytes);
    Local__Request *again = local__request__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);
    if (again && local_request_check(request, &err) != local_request_check(again, &again_err))
        abort();
    if (again && err.text && strcmp(err.text, again_err.text) != 0)
        abort();
    local__request__free_unpacked(again, NULL);
}

static void check_message(const struct buf *bytes)
{
    const uint8_t *data = (const uint8_t *)bytes->data;
    Local__Request *request = local__request__unpack(NULL, bytes->len, data);
    Local__Reply *reply = local__reply__unpack(NULL, bytes->len, data);

    if (request)
        check_request(request);
    local__request__free_unpacked(request, NULL);
    local__reply__free_unpacked(reply, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    auto_buf bytes = BUF_INIT;
    int ends[2];

    if (size > SIZE_MAX_WRITTEN || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return 0;
    if (write(ends[0], data, size) == (ssize_t)size) {
        close(ends[0]);
        ends[0] = -1;
        while (local_receive(ends[1], LOCAL_MESSAGE_MAX, &bytes, &err) == 0) {
            check_message(&bytes);
            buf_reset(&bytes);
        }
    }
    if (ends[0] >= 0)
        close(ends[0]);
    close(ends[1]);
    return 0;
}
