/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The store's saved index. The input is the file without its trailing SHA-256, which no fuzzer
 * would hit; what is accepted has the same bytes when it is saved again.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/index_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct digest digest;
    struct index index;
    auto_buf file = BUF_INIT;
    auto_buf again = BUF_INIT;

    buf_add(&file, data, size);
    digest_of(data, size, &digest);
    buf_add(&file, digest.bytes, DIGEST_SIZE);
    index_init(&index);
    if (index_decode(file.data, file.len, &index)) {
        index_encode(&index, &again);
        if (again.len != file.len || memcmp(again.data, file.data, file.len) != 0)
            abort();
    } else if (index.used != 0) {
        abort();
    }
    index_release(&index);
    return 0;
}
