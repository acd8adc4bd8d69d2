/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Blobs as zstd frames, whole and piece by piece. What comes in may be several frames, and its
 * windows are limited by LIMIT_ZSTD_WINDOW_LOG; what goes out is one frame that states its size.
 * Refusals are ERROR_REFUSED: to a client INVALID_ARGUMENT.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "rpc/server.h"

/* ---- whole ---- */

/* Appends the SIZE bytes that DATA decompresses to; refused are others, and more or fewer. */
int zstd_decompress(struct rpc_bytes data, size_t size, struct buf *buf,
                    struct error *err) must_check;

/* Appends the frame. */
void zstd_compress(const void *data, size_t len, struct buf *buf);

/* ---- piece by piece ---- */

struct zstd_decoder;

struct zstd_decoder *zstd_decoder_new(void);
void zstd_decoder_free(struct zstd_decoder *decoder); /* NULL is fine */

/*
 * Takes from the front of *INPUT, which is shortened, and writes at most CAP bytes to OUT. When
 * *ret_len is less than CAP, all of the input was taken.
 */
int zstd_decoder_run(struct zstd_decoder *decoder, struct rpc_bytes *input, void *out, size_t cap,
                     size_t *ret_len, struct error *err) must_check;

/* Whether the input may end here: after a frame. */
bool zstd_decoder_at_end(const struct zstd_decoder *decoder);

struct zstd_encoder;

/* For SIZE bytes in all. */
struct zstd_encoder *zstd_encoder_new(uint64_t size);
void zstd_encoder_free(struct zstd_encoder *encoder); /* NULL is fine */

/* Takes the next bytes and appends what is ready; zstd_encoder_end appends the rest. */
void zstd_encoder_add(struct zstd_encoder *encoder, const void *data, size_t len, struct buf *buf);
void zstd_encoder_end(struct zstd_encoder *encoder, struct buf *buf);
