/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reapi/zstd.h"

#include <string.h>
#include <zstd.h>

#include "base/memory.h"
#include "support/test.h"

#define LONG (1u << 20)

static struct rpc_bytes bytes_of(const struct buf *buf)
{
    return (struct rpc_bytes){(const uint8_t *)buf->data, buf->len};
}

static void add_long(struct buf *buf)
{
    while (buf->len < LONG)
        buf_addf(buf, "%zu,", buf->len);
}

static void zstd_gives_back_what_it_took(void **state)
{
    auto_buf plain = BUF_INIT, packed = BUF_INIT, again = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    add_long(&plain);
    zstd_compress(plain.data, plain.len, &packed);
    assert_true(packed.len < plain.len);
    assert_success(zstd_decompress(bytes_of(&packed), plain.len, &again, &err), &err);
    assert_buf(&again, plain.data);
}

static void zstd_takes_frames_in_a_row(void **state)
{
    auto_buf packed = BUF_INIT, again = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    zstd_compress("foo", 3, &packed);
    zstd_compress("", 0, &packed);
    zstd_compress("bar", 3, &packed);
    assert_success(zstd_decompress(bytes_of(&packed), 6, &again, &err), &err);
    assert_buf(&again, "foobar");
}

static void zstd_takes_no_bytes_as_an_empty_frame_or_as_nothing(void **state)
{
    auto_buf packed = BUF_INIT, again = BUF_INIT;
    auto_error err = ERROR_INIT;

    (void)state;
    assert_success(zstd_decompress(bytes_of(&packed), 0, &again, &err), &err);
    zstd_compress("", 0, &packed);
    assert_int_equal(packed.len, 9);
    assert_success(zstd_decompress(bytes_of(&packed), 0, &again, &err), &err);
    assert_buf(&again, "");
}

static void assert_refused(const struct buf *packed, size_t size, const char *text)
{
    auto_buf again = BUF_INIT;
    auto_error err = ERROR_INIT;

    buf_add_str(&again, "before");
    assert_int_equal(zstd_decompress(bytes_of(packed), size, &again, &err), -1);
    assert_error(&err, ERROR_REFUSED, text);
    assert_buf(&again, "before");
}

static void zstd_refuses_what_is_not_the_size(void **state)
{
    auto_buf packed = BUF_INIT, plain = BUF_INIT, large = BUF_INIT;

    (void)state;
    zstd_compress("foo", 3, &packed);
    assert_refused(&packed, 2, "the zstd bytes decompress to more than the digest's size");
    assert_refused(&packed, 0, "the zstd bytes decompress to more than the digest's size");
    assert_refused(&packed, 4, "the zstd bytes decompress to 3 bytes and the digest's size is 4");
    add_long(&plain);
    zstd_compress(plain.data, plain.len, &large);
    assert_refused(&large, 1000, "the zstd bytes decompress to more than the digest's size");
}

static void zstd_refuses_damaged_bytes(void **state)
{
    auto_buf packed = BUF_INIT, cut = BUF_INIT, more = BUF_INIT;

    (void)state;
    zstd_compress("foo", 3, &packed);
    buf_add(&cut, packed.data, packed.len - 1);
    assert_refused(&cut, 3, "the zstd bytes decompress to 2 bytes and the digest's size is 3");
    buf_add(&more, packed.data, packed.len);
    buf_add_str(&more, "trailing text");
    assert_refused(&more, 3, "the bytes aren't good zstd: Unknown frame descriptor");
    packed.data[0] = 'x';
    assert_refused(&packed, 3, "the bytes aren't good zstd: Unknown frame descriptor");
}

static void zstd_refuses_huge_windows(void **state)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    auto_buf packed = BUF_INIT;
    ZSTD_inBuffer in = {"foo", 3, 0};

    (void)state;
    /* Of a stream whose size isn't told, whose window is what the level says. */
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
    buf_reserve(&packed, 1000);
    ZSTD_outBuffer out = {packed.data, 1000, 0};
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_end);
    buf_set_len(&packed, out.pos);
    ZSTD_freeCCtx(context);
    assert_refused(&packed, 3,
                   "the bytes aren't good zstd: Frame requires too much memory for decoding");
}

static void decode(struct zstd_decoder *decoder, struct rpc_bytes input, struct buf *plain)
{
    auto_error err = ERROR_INIT;
    char out[7];
    size_t len = 0;

    do {
        assert_success(zstd_decoder_run(decoder, &input, out, sizeof(out), &len, &err), &err);
        buf_add(plain, out, len);
    } while (len == sizeof(out));
    assert_int_equal(input.len, 0);
}

static void zstd_works_piece_by_piece(void **state)
{
    auto_buf plain = BUF_INIT, packed = BUF_INIT, again = BUF_INIT;

    (void)state;
    add_long(&plain);
    struct zstd_encoder *encoder = zstd_encoder_new(plain.len);
    for (size_t at = 0; at < plain.len; at += 1000)
        zstd_encoder_add(encoder, plain.data + at, plain.len - at < 1000 ? plain.len - at : 1000,
                         &packed);
    zstd_encoder_end(encoder, &packed);
    zstd_encoder_free(encoder);

    struct zstd_decoder *decoder = zstd_decoder_new();
    for (size_t at = 0; at < packed.len; at += 100) {
        size_t len = packed.len - at < 100 ? packed.len - at : 100;
        decode(decoder, (struct rpc_bytes){(uint8_t *)packed.data + at, len}, &again);
        assert_int_equal(zstd_decoder_at_end(decoder), at + len == packed.len);
    }
    zstd_decoder_free(decoder);
    assert_buf(&again, plain.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zstd_gives_back_what_it_took),
        cmocka_unit_test(zstd_takes_frames_in_a_row),
        cmocka_unit_test(zstd_takes_no_bytes_as_an_empty_frame_or_as_nothing),
        cmocka_unit_test(zstd_refuses_what_is_not_the_size),
        cmocka_unit_test(zstd_refuses_damaged_bytes),
        cmocka_unit_test(zstd_refuses_huge_windows),
        cmocka_unit_test(zstd_works_piece_by_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
