/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* A dep-info file: refused, or retargeted with every byte outside its targets left as it was. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rust/dep_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    auto_error err = ERROR_INIT;
    auto_buf moved = BUF_INIT;
    auto_buf back = BUF_INIT;

    /* The place it is moved to must not be in the text already, or the way back isn't clear. */
    if (memmem(data, size, "private", strlen("private")))
        return 0;
    if (dep_info_retarget(text, size, "out", "private", &moved, &err) < 0)
        return 0;
    if (dep_info_retarget(moved.data, moved.len, "private", "out", &back, &err) < 0)
        abort();
    if (back.len != size || memcmp(back.data, text, size) != 0)
        abort();
    return 0;
}
