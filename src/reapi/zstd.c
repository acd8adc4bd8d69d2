/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/zstd.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/memory.h"
#include "reapi/limits.h"

/* Between processes of one machine, or of one network, speed counts for more than size. */
#define LEVEL 1

struct zstd_decoder {
    ZSTD_DCtx *context;
    bool in_frame;
};

struct zstd_decoder *zstd_decoder_new(void)
{
    struct zstd_decoder *decoder = xcalloc(1, sizeof(*decoder));

    decoder->context = ZSTD_createDCtx();
    assert(decoder->context);
    ZSTD_DCtx_setParameter(decoder->context, ZSTD_d_windowLogMax, LIMIT_ZSTD_WINDOW_LOG);
    return decoder;
}

void zstd_decoder_free(struct zstd_decoder *decoder)
{
    if (!decoder)
        return;
    ZSTD_freeDCtx(decoder->context);
    free(decoder);
}

int zstd_decoder_run(struct zstd_decoder *decoder, struct rpc_bytes *input, void *out, size_t cap,
                     size_t *ret_len, struct error *err)
{
    ZSTD_inBuffer in = {input->data, input->len, 0};
    ZSTD_outBuffer to = {out, cap, 0};

    while (to.pos < to.size && (in.pos < in.size || decoder->in_frame)) {
        size_t before = in.pos + to.pos;
        size_t wanted = ZSTD_decompressStream(decoder->context, &to, &in);
        if (ZSTD_isError(wanted))
            return error_set(err, ERROR_REFUSED, "the bytes aren't good zstd: %s",
                             ZSTD_getErrorName(wanted));
        decoder->in_frame = wanted != 0;
        if (in.pos + to.pos == before)
            break;
    }
    input->data = in.pos ? input->data + in.pos : input->data;
    input->len -= in.pos;
    *ret_len = to.pos;
    return 0;
}

bool zstd_decoder_at_end(const struct zstd_decoder *decoder)
{
    return !decoder->in_frame;
}

/* Whether nothing more comes out: what is left of the input may be skippable or empty frames. */
static int check_end(struct zstd_decoder *decoder, struct rpc_bytes *data, struct error *err)
{
    char more;
    size_t len = 0;

    if (zstd_decoder_run(decoder, data, &more, 1, &len, err) < 0)
        return -1;
    if (len > 0)
        return error_set(err, ERROR_REFUSED,
                         "the zstd bytes decompress to more than the digest's size");
    if (!zstd_decoder_at_end(decoder))
        return error_set(err, ERROR_REFUSED, "the zstd bytes end within a frame");
    return 0;
}

static int decompress(struct zstd_decoder *decoder, struct rpc_bytes data, size_t size,
                      struct buf *buf, struct error *err)
{
    size_t len = 0;

    /* Memory only for what has come: the size is a client's word. */
    for (size_t done = 0; done < size; done += len) {
        size_t room = size - done < LIMIT_READ_CHUNK ? size - done : LIMIT_READ_CHUNK;
        buf_reserve(buf, room);
        if (zstd_decoder_run(decoder, &data, buf->data + buf->len, room, &len, err) < 0)
            return -1;
        buf_set_len(buf, buf->len + len);
        if (len < room && done + len < size)
            return error_set(err, ERROR_REFUSED,
                             "the zstd bytes decompress to %zu bytes and the digest's size is %zu",
                             done + len, size);
    }
    return check_end(decoder, &data, err);
}

int zstd_decompress(struct rpc_bytes data, size_t size, struct buf *buf, struct error *err)
{
    struct zstd_decoder *decoder = zstd_decoder_new();
    size_t before = buf->len;
    int status = decompress(decoder, data, size, buf, err);

    if (status < 0)
        buf_set_len(buf, before);
    zstd_decoder_free(decoder);
    return status;
}

void zstd_compress(const void *data, size_t len, struct buf *buf)
{
    size_t bound = ZSTD_compressBound(len);

    buf_reserve(buf, bound);
    size_t written = ZSTD_compress(buf->data + buf->len, bound, data, len, LEVEL);
    assert(!ZSTD_isError(written));
    buf_set_len(buf, buf->len + written);
}

struct zstd_encoder {
    ZSTD_CCtx *context;
};

struct zstd_encoder *zstd_encoder_new(uint64_t size)
{
    struct zstd_encoder *encoder = xcalloc(1, sizeof(*encoder));

    encoder->context = ZSTD_createCCtx();
    assert(encoder->context);
    ZSTD_CCtx_setParameter(encoder->context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setPledgedSrcSize(encoder->context, size);
    return encoder;
}

void zstd_encoder_free(struct zstd_encoder *encoder)
{
    if (!encoder)
        return;
    ZSTD_freeCCtx(encoder->context);
    free(encoder);
}

static void encode(struct zstd_encoder *encoder, ZSTD_inBuffer *in, ZSTD_EndDirective directive,
                   struct buf *buf)
{
    size_t left;

    do {
        buf_reserve(buf, ZSTD_CStreamOutSize());
        ZSTD_outBuffer out = {buf->data + buf->len, ZSTD_CStreamOutSize(), 0};
        left = ZSTD_compressStream2(encoder->context, &out, in, directive);
        assert(!ZSTD_isError(left));
        buf_set_len(buf, buf->len + out.pos);
    } while (in->pos < in->size || (directive == ZSTD_e_end && left > 0));
}

void zstd_encoder_add(struct zstd_encoder *encoder, const void *data, size_t len, struct buf *buf)
{
    ZSTD_inBuffer in = {data, len, 0};

    encode(encoder, &in, ZSTD_e_continue, buf);
}

void zstd_encoder_end(struct zstd_encoder *encoder, struct buf *buf)
{
    ZSTD_inBuffer in = {NULL, 0, 0};

    encode(encoder, &in, ZSTD_e_end, buf);
}
