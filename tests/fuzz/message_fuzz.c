/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* A line of rustc's standard error: is it a notice, and do renames leave the rest alone? */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rust/rustc_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;
    auto_buf same = BUF_INIT;
    auto_buf other = BUF_INIT;

    rustc_artifact_parse(line, size, &artifact);
    rustc_message_rename(line, size, "out", "out", &same);
    if (same.len != size || memcmp(same.data, line, size) != 0)
        abort();
    rustc_message_rename(line, size, "out", "o\"p\n", &other);
    return 0;
}
