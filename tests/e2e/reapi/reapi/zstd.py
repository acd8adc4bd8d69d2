# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0

"""zstd of whole buffers, by the C library."""

import ctypes

_lib = ctypes.CDLL("libzstd.so.1")
for _name in ("ZSTD_compress", "ZSTD_decompress", "ZSTD_compressBound"):
    getattr(_lib, _name).restype = ctypes.c_size_t
_size = ctypes.c_size_t


def compress(data, level=3):
    out = ctypes.create_string_buffer(_lib.ZSTD_compressBound(_size(len(data))))
    length = _lib.ZSTD_compress(out, _size(len(out)), data, _size(len(data)), level)
    return out.raw[:_checked(length)]


def decompress(data, size):
    """All frames of DATA, which are to hold SIZE bytes at most."""
    out = ctypes.create_string_buffer(max(size, 1))
    length = _lib.ZSTD_decompress(out, _size(size), data, _size(len(data)))
    return out.raw[:_checked(length)]


def _checked(length):
    if _lib.ZSTD_isError(_size(length)):
        raise AssertionError("not what zstd takes")
    return length
