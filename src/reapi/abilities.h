/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a service can do, from its ServerCapabilities, and whether that is enough for us. */

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/reapi.pb-c.h"

/* Of a service that names no limit of its own: gRPC's receivers take 4 MiB and no more. */
#define ABILITIES_DEFAULT_BATCH 4000000

struct api_version {
    int major, minor;
};

struct abilities {
    struct api_version low, high;
    uint64_t batch;    /* bytes that the blobs of a batch may have together */
    uint64_t blob_max; /* bytes of one blob; UINT64_MAX where none is named */
    bool update;       /* results may be put into the action cache */
    bool execute;
    bool zstd;       /* of streams */
    bool batch_zstd; /* of uploads in batches */
};

/*
 * Refused (ERROR_REMOTE) are services without SHA-256 for blobs, the text naming what they have;
 * those without a version 2; and those without a cache.
 */
int abilities_parse(const Reapi__ServerCapabilities *message, struct abilities *ret_abilities,
                    struct error *err) must_check;

/* Whether output_paths is known to the service, which came with 2.1. */
bool abilities_have_output_paths(const struct abilities *abilities);
