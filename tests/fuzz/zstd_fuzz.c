/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Bytes that come as zstd: the first byte says in pieces of which length they come, the second
 * which size they are said to have. Whole and in pieces they give the same, and never more than is
 * asked for. (Whole they may be refused: zstd looks at the size that a frame says of itself only
 * where it has all of the frame.)
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "reapi/zstd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX (1u << 20)

/* False when it is refused or gives more than OUT_MAX bytes. */
static bool decode_piece(struct zstd_decoder *decoder, struct rpc_bytes input, struct buf *plain)
{
    auto_error err = ERROR_INIT;
    char out[100];
    size_t len = 0;

    do {
        if (zstd_decoder_run(decoder, &input, out, sizeof(out), &len, &err) < 0)
            return false;
        buf_add(plain, out, len);
    } while (len == sizeof(out) && plain->len <= OUT_MAX);
    assert(plain->len > OUT_MAX || input.len == 0);
    return plain->len <= OUT_MAX;
}

static bool decode(const uint8_t *data, size_t size, size_t piece, struct buf *plain)
{
    struct zstd_decoder *decoder = zstd_decoder_new();
    bool good = true;

    for (size_t at = 0; at < size && good; at += piece)
        good = decode_piece(
            decoder, (struct rpc_bytes){data + at, size - at < piece ? size - at : piece}, plain);
    good = good && zstd_decoder_at_end(decoder);
    zstd_decoder_free(decoder);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    auto_buf plain = BUF_INIT, whole = BUF_INIT;

    if (size < 2)
        return 0;
    struct rpc_bytes bytes = {data + 2, size - 2};
    if (decode(bytes.data, bytes.len, 1u + data[0], &plain)) {
        int result = zstd_decompress(bytes, plain.len, &whole, &err);
        assert(result == 0 ? whole.len == plain.len : err.kind == ERROR_REFUSED);
        assert(whole.len == 0 || memcmp(whole.data, plain.data, plain.len) == 0);
        error_release(&err);
        buf_reset(&whole);
    }
    if (zstd_decompress(bytes, data[1], &whole, &err) == 0)
        assert(whole.len == data[1]);
    else
        assert(whole.len == 0 && err.kind == ERROR_REFUSED);
    return 0;
}
