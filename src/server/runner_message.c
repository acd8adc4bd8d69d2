/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "server/runner_message.h"

#include "local/frame.h"
#include "reapi/messages.h"

int runner_message_send(int socket, const ProtobufCMessage *message, int fd, struct error *err)
{
    auto_buf bytes = BUF_INIT;
    size_t size = protobuf_c_message_get_packed_size(message);

    if (size > RUNNER_MESSAGE_MAX)
        return error_set(err, ERROR_REFUSED,
                         "the command and its outputs take %zu bytes, which are too many", size);
    message_pack(message, &bytes);
    if (local_send_fd(socket, bytes.data, bytes.len, fd, err) < 0)
        return error_prefix(err, "the runner process");
    return 0;
}

int runner_message_receive(int socket, struct buf *bytes, int *ret_fd, struct error *err)
{
    buf_reset(bytes);
    int answer = local_receive_fd(socket, RUNNER_MESSAGE_MAX, bytes, ret_fd, err);
    return answer < 0 ? error_prefix(err, "the runner process") : answer;
}
