/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* What `cargo tree` prints: refused, or each line belongs to a package above it. */

#include <stdint.h>
#include <stdlib.h>

#include "cargo/generate_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    auto_cargo_tree tree = CARGO_TREE_INIT;
    size_t depth = 0;

    if (cargo_tree_parse((const char *)data, size, &tree, &err) < 0)
        return 0;
    for (size_t i = 0; i < tree.len; i++) {
        const struct cargo_tree_line *line = &tree.lines[i];
        if (line->depth > (i > 0 ? depth + 1 : 0) || !line->package[0])
            abort();
        depth = line->depth;
    }
    return 0;
}
