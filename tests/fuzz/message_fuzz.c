/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* A line of rustc's standard error: is it a notice, and is what we write of it one again? */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rust/rustc_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const struct rustc_artifact *artifact)
{
    auto_buf line = BUF_INIT;
    auto_rustc_artifact again = RUSTC_ARTIFACT_INIT;

    rustc_artifact_write(artifact->path, artifact->emit, &line);
    if (line.len > RUSTC_ARTIFACT_LINE_CAP)
        return;
    if (rustc_artifact_parse(line.data, line.len, &again) != 1 ||
        strcmp(again.path, artifact->path) != 0 || strcmp(again.emit, artifact->emit) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    auto_rustc_artifact artifact = RUSTC_ARTIFACT_INIT;
    auto_buf same = BUF_INIT;
    auto_buf other = BUF_INIT;

    if (rustc_artifact_parse(line, size, &artifact) == 1)
        check_written(&artifact);
    rustc_message_rename(line, size, "out", "out", &same);
    if (same.len != size || memcmp(same.data, line, size) != 0)
        abort();
    rustc_message_rename(line, size, "out", "o\"p\n", &other);
    return 0;
}
