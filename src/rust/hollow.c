/* SPDX-FileCopyrightText: The cleave authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rust/hollow.h"

#include <assert.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs_write.h"
#include "base/memory.h"
#include "rust/ar.h"
#include "rust/crate_file.h"
#include "rust/crate_member.h"
#include "rust/elf.h"
#include "rust/marker.h"
#include "rust/rmeta_link.h"

static const struct elf_target wrapper_target = ELF_TARGET_X86_64;

static void add_crate_marker(const struct digest *digest, struct buf *buf)
{
    struct marker marker = {.kind = MARKER_CRATE, .digest = *digest};

    marker_write(&marker, buf);
}

/* Appends the stand-in of a bundled library. */
static int add_stand_in(const char *name, const struct digest *digest, struct buf *buf,
                        struct error *err)
{
    struct marker marker = {.kind = MARKER_BUNDLED, .digest = *digest};
    auto_free char *name_copy = xstrdup(name);
    auto_buf object = BUF_INIT;
    auto_buf archive = BUF_INIT;
    auto_ar ar = AR_INIT;

    marker.name = name_copy;
    marker_write(&marker, &object);
    ar_add_member(&ar, MARKER_MEMBER, object.data, object.len);
    if (ar_write_buf(&ar, &archive, err) < 0)
        return -1;
    struct elf_section section = {
        .name = BUNDLED_SECTION,
        .type = SHT_PROGBITS,
        .flags = SHF_EXCLUDE,
        .align = 1,
        .data = (const unsigned char *)archive.data,
        .len = archive.len,
    };
    elf_write(&wrapper_target, &section, 1, buf);
    return 0;
}

/* The bytes of the stand-ins, one buffer for all, since members borrow them. */
struct stand_ins {
    struct buf bytes;
    const char **names; /* borrowed from the rlib they stand in for */
    size_t *ends;       /* where each ends in bytes */
    size_t count;
};

static void stand_ins_release(struct stand_ins *stand_ins)
{
    buf_release(&stand_ins->bytes);
    free(stand_ins->names);
    free(stand_ins->ends);
}

#define auto_stand_ins __attribute__((cleanup(stand_ins_release))) struct stand_ins

/* Makes a stand-in for each bundled library of the rlib. */
static int make_stand_ins(const struct ar *rlib, const struct digest *digest,
                          struct stand_ins *stand_ins, struct error *err)
{
    stand_ins->names = xcalloc(rlib->member_count, sizeof(*stand_ins->names));
    stand_ins->ends = xcalloc(rlib->member_count, sizeof(*stand_ins->ends));
    for (size_t i = 0; i < rlib->member_count; i++) {
        const struct ar_member *member = &rlib->members[i];
        if (crate_member_kind(member) != CRATE_MEMBER_BUNDLED)
            continue;
        if (add_stand_in(member->name, digest, &stand_ins->bytes, err) < 0)
            return -1;
        stand_ins->names[stand_ins->count] = member->name;
        stand_ins->ends[stand_ins->count++] = stand_ins->bytes.len;
    }
    return 0;
}

/* RMETA_LINK is what rustc finds the bundled libraries by, unless it is NULL. */
static int write_hollow_rlib(const struct crate_file *crate, const struct ar_member *rmeta_link,
                             const struct stand_ins *stand_ins, const char *out, struct error *err)
{
    struct digest digest;
    auto_buf marker = BUF_INIT;
    auto_ar ar = AR_INIT;
    size_t start = 0;

    crate_file_digest(crate, &digest);
    add_crate_marker(&digest, &marker);
    ar_add_member(&ar, METADATA_MEMBER, crate->metadata, crate->metadata_len);
    if (rmeta_link)
        ar_add_member(&ar, METADATA_LINK_MEMBER, rmeta_link->data, rmeta_link->len);
    ar_add_member(&ar, MARKER_MEMBER, marker.data, marker.len);
    for (size_t i = 0; i < stand_ins->count; i++) {
        ar_add_member(&ar, stand_ins->names[i], stand_ins->bytes.data + start,
                      stand_ins->ends[i] - start);
        start = stand_ins->ends[i];
    }
    return ar_write(&ar, out, err);
}

static int hollow_from_rlib(const struct crate_file *crate, const char *in, const char *out,
                            struct error *err)
{
    auto_stand_ins stand_ins = {.bytes = BUF_INIT};
    const struct ar_member *rmeta_link = NULL;
    auto_ar rlib = AR_INIT;
    struct digest digest;

    crate_file_digest(crate, &digest);
    if (ar_parse(crate->mapping.data, crate->mapping.len, &rlib, err) < 0 ||
        rmeta_link_find(&rlib, &rmeta_link, err) < 0)
        return error_prefix(err, "%s", in);
    if (make_stand_ins(&rlib, &digest, &stand_ins, err) < 0)
        return -1;
    return write_hollow_rlib(crate, rmeta_link, &stand_ins, out, err);
}

static int hollow_from_metadata(const struct crate_file *crate, const char *out, struct error *err)
{
    static const struct stand_ins none = {.bytes = BUF_INIT};

    return write_hollow_rlib(crate, NULL, &none, out, err);
}

static int hollow_from_dylib(const struct crate_file *crate, const char *out, struct error *err)
{
    auto_buf object = BUF_INIT;
    struct elf elf;

    if (elf_open(crate->mapping.data, crate->mapping.len, &elf, err) != 0)
        return -1;
    /* A linked file may name an ABI that rustc's own objects don't. */
    elf.target.os_abi = 0;
    struct elf_section section = {
        .name = DYLIB_SECTION,
        .type = SHT_PROGBITS,
        .align = 1,
        .data = crate->metadata,
        .len = crate->metadata_len,
    };
    elf_write(&elf.target, &section, 1, &object);
    return fs_write_file(out, object.data, object.len, err);
}

int hollow_write(const char *in, const char *out, struct error *err)
{
    auto_crate_file crate = CRATE_FILE_INIT;

    if (crate_file_open(in, &crate, err) < 0)
        return -1;
    switch (crate.kind) {
    case CRATE_METADATA:
        return hollow_from_metadata(&crate, out, err);
    case CRATE_RLIB:
    case CRATE_HOLLOW_RLIB:
        return hollow_from_rlib(&crate, in, out, err);
    case CRATE_DYLIB:
    case CRATE_HOLLOW_DYLIB:
        return hollow_from_dylib(&crate, out, err);
    case CRATE_LINK_RLIB:
        break;
    }
    return error_set(err, ERROR_REFUSED,
                     "%s is a link rlib, which has no metadata: give the rlib that rustc wrote",
                     in);
}

/*
 * Appends the marker that takes the place of lib.rmeta: like that or, where it is no object, like
 * the first that is one. Returns 1 when there is none.
 */
static int add_link_marker(const struct ar *rlib, const struct digest *digest, struct buf *buf)
{
    struct marker marker = {.kind = MARKER_CRATE, .digest = *digest};
    const struct ar_member *metadata = ar_find(rlib, METADATA_MEMBER);

    assert(metadata);
    if (marker_write_like(&marker, metadata->data, metadata->len, buf) == 0)
        return 0;
    for (size_t i = 0; i < rlib->member_count; i++) {
        if (marker_write_like(&marker, rlib->members[i].data, rlib->members[i].len, buf) == 0)
            return 0;
    }
    return 1;
}

static int write_link_rlib(const struct crate_file *crate, const char *in, const char *out,
                           struct error *err)
{
    auto_ar rlib = AR_INIT;
    auto_ar link_rlib = AR_INIT;
    auto_buf marker = BUF_INIT;
    struct digest digest;

    crate_file_digest(crate, &digest);
    if (ar_parse(crate->mapping.data, crate->mapping.len, &rlib, err) < 0)
        return error_prefix(err, "%s", in);
    if (add_link_marker(&rlib, &digest, &marker) > 0)
        return fs_copy_file(in, out, err);
    for (size_t i = 0; i < rlib.member_count; i++) {
        const struct ar_member *member = &rlib.members[i];
        if (strcmp(member->name, METADATA_MEMBER) == 0)
            ar_add_member(&link_rlib, MARKER_MEMBER, marker.data, marker.len);
        else if (crate_member_kind(member) != CRATE_MEMBER_METADATA)
            ar_add_copy(&link_rlib, &rlib, member);
    }
    return ar_write(&link_rlib, out, err);
}

int link_rlib_write(const char *in, const char *out, struct error *err)
{
    auto_crate_file crate = CRATE_FILE_INIT;

    if (crate_file_open(in, &crate, err) < 0)
        return -1;
    if (crate.kind != CRATE_RLIB)
        return error_set(err, ERROR_REFUSED,
                         "%s (%s): a link rlib is made from the rlib that rustc wrote", in,
                         crate_file_kind_name(crate.kind));
    return write_link_rlib(&crate, in, out, err);
}
