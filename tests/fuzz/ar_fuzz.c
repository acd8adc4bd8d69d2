/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* What parses as an archive can be written, and then parses as the same. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "rust/ar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same(const struct ar *a, const struct ar *b)
{
    assert(a->member_count == b->member_count);
    assert(a->symbol_count == b->symbol_count);
    for (size_t i = 0; i < a->member_count; i++) {
        assert(strcmp(a->members[i].name, b->members[i].name) == 0);
        assert(a->members[i].len == b->members[i].len);
        assert(a->members[i].first_symbol == b->members[i].first_symbol);
        assert(a->members[i].symbol_count == b->members[i].symbol_count);
    }
    for (size_t i = 0; i < a->symbol_count; i++)
        assert(strcmp(a->symbols[i], b->symbols[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    auto_buf written = BUF_INIT;
    auto_ar ar = AR_INIT;
    auto_ar again = AR_INIT;
    int status = ar_parse(data, size, &ar, &err);

    if (status < 0)
        return 0;
    status = ar_write_buf(&ar, &written, &err);
    assert(status == 0);
    status = ar_parse(written.data, written.len, &again, &err);
    assert(status == 0);
    assert_same(&ar, &again);
    return 0;
}
