/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever is given as a crate's file is read through, by every parser that a crate's file meets.
 */

#include <stdint.h>
#include <stdlib.h>

#include "rust/ar.h"
#include "rust/crate_file.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "rust/marker.h"
#include "rust/rmeta_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_crate(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    struct crate_file crate = CRATE_FILE_INIT;
    struct digest digest;
    char *version = NULL;

    if (crate_file_parse(data, size, &crate, &err) < 0)
        return;
    crate_file_digest(&crate, &digest);
    if (crate_file_rustc_version(&crate, &version, &err) == 0)
        free(version);
}

static void read_symbols(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    struct elf elf;
    struct elf_symbols symbols;
    const char *name;

    if (elf_open(data, size, &elf, &err) != 0 || elf_symbols_begin(&symbols, &elf, &err) < 0)
        return;
    while (elf_symbols_next(&symbols, &name, &err) == 0)
        continue;
}

static void read_as_object(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    auto_buf buf = BUF_INIT;
    auto_marker marker = MARKER_INIT;
    auto_rmeta_link link = RMETA_LINK_INIT;

    if (rmeta_link_parse(data, size, &link, &err) < 0)
        error_release(&err);
    if (marker_read(data, size, &marker, &err) == 0)
        marker_write_like(&marker, data, size, &buf);
    read_symbols(data, size);
}

static void read_members(const uint8_t *data, size_t size)
{
    auto_error err = ERROR_INIT;
    auto_ar ar = AR_INIT;
    const struct ar_member *rmeta_link;
    const unsigned char *library;
    size_t len;

    if (ar_parse(data, size, &ar, &err) < 0)
        return;
    if (rmeta_link_find(&ar, &rmeta_link, &err) < 0)
        error_release(&err);
    for (size_t i = 0; i < ar.member_count; i++) {
        read_as_object(ar.members[i].data, ar.members[i].len);
        if (crate_bundled_library(&ar, ar.members[i].name, &library, &len, &err) == 0)
            read_symbols(library, len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_crate(data, size);
    read_as_object(data, size);
    read_members(data, size);
    return 0;
}
