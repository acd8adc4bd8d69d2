/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* What parses as a resource name can be written, and then parses as the same. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reapi/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int parse_fn(const char *text, struct resource_name *ret_name, struct rpc_status *status);

static void assert_same_part(struct name_part a, struct name_part b)
{
    assert(a.len == b.len && memcmp(a.text, b.text, a.len) == 0);
}

static void check(parse_fn *parse, const char *text)
{
    auto_rpc_status status = RPC_STATUS_INIT;
    auto_buf written = BUF_INIT;
    struct resource_name name, again;

    if (parse(text, &name, &status) < 0) {
        assert(status.code == RPC_INVALID_ARGUMENT && status.message);
        return;
    }
    resource_name_format(&name, &written);
    /* All but what a write may have behind its size. */
    assert(strncmp(written.data, text, written.len) == 0);
    int result = parse(written.data, &again, &status);
    assert(result == 0);
    assert_same_part(name.instance, again.instance);
    assert_same_part(name.uuid, again.uuid);
    assert(name.zstd == again.zstd && blob_digest_equal(&name.digest, &again.digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_free char *text = xstrndup((const char *)data, size);
    auto_rpc_status status = RPC_STATUS_INIT;

    check(resource_name_parse_read, text);
    check(resource_name_parse_write, text);
    if (check_instance_name(text, &status) < 0)
        assert(status.code == RPC_INVALID_ARGUMENT && status.message);
    return 0;
}
